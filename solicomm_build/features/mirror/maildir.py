"""A conference as a Maildir for its members' mail programs, which an IMAP server shows read-only.

    mirrors/imap/<conference>/{cur,new,tmp}   mode 0700, the hub's
    mirrors/imap/<conference>/dovecot-acl     who may read: members with a mailbox that is kept here

A message is the copy that members get, without what is one member's own: Bcc, passwords in
Approved and, where the list wants it, the way it came are out of it. Attachments stay. Its file's
name has the post's id, so what is hidden, taken away or erased is unlinked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from solicomm_build.cleaning import letter
from solicomm_build.features.mirror.steps import Step
from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.foundation.faults import hold
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import fsync_dir, write_atomic
from solicomm_build.foundation.types import PostId
from solicomm_build.foundation.watch import Watch
from solicomm_build.git.reader import Reader
from solicomm_build.message import listcopy
from solicomm_build.people.address import fold
from solicomm_build.people.memberstore import address_of
from solicomm_build.people.roster import Roster
from solicomm_build.post import post as post_file
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.post import Post
from solicomm_build.post.store import maildir, mboxfile

KIND = "imap"
CONSUMER = "mirror-imap"
RIGHTS = "lrs"
"""Look up, read, and mark as read, which Dovecot keeps for each reader alone (RFC 4314 2.1)."""

_FORMAT = "4"
_ACL = "dovecot-acl"


class ListMaildir:
    """The Maildir of one conference. Not for several threads."""

    def __init__(
        self,
        config: Config,
        settings: Conference,
        source: Reader,
        mail: HubMail,
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch or Watch.idle()
        self._source, self._mail, self._list = source, mail, settings.id
        self._facts, self._veiled = list_facts(config, settings), settings.pseudonyms == "required"
        self._cleans = settings.attachments.clean
        self.folder = folder_of(config, settings.id)
        self.version = f"{_FORMAT} {config.url} {settings.redact_origin} {self._cleans}"
        if self._veiled:
            self.version += " veiled"

    def is_at(self, made: str) -> bool:
        """Whether the Maildir is there; what a killed run added is found by its name."""
        return made == "" and (self.folder / "cur").is_dir()

    def take(self, steps: Iterable[Step], *, anew: bool) -> str:
        """Adds what came and unlinks what went, durable on return. With `anew` the steps are all
        there are: files of other posts go, too."""
        last: dict[PostId, Step] = {step.mid: step for step in steps}
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.parent.chmod(0o700)
        maildir.make(self.folder)
        there = set[str]()
        for name, file in [*maildir.files(self.folder, None if anew else last)]:
            step = last.get(PostId(name))
            if (step is None and anew) or (step is not None and not step.comes):
                file.unlink(missing_ok=True)
            else:
                there.add(name)
        for part in ("new", "cur"):
            fsync_dir(self.folder / part)
        for mid, step in last.items():
            if step.comes and mid not in there:
                self._put(step)
        return ""

    def _put(self, step: Step) -> None:
        if self._watch.is_aside(mark := f"post:{self._list}/{step.mid}"):
            return
        name = None if self._veiled else self._mail.find(step.mid, self._list)
        raw = self._mail.raw(name, self._list) if name else None
        blob = self._source.blob(step.blob)
        with self._watch.item(mark, len(blob) + len(raw or b"")):
            hold("mirror", blob)
            try:
                post = post_file.decode(blob)
            except SoliCommError:
                return
            data = self._copy(step, post, raw)
        maildir.put(self.folder, step.mid, int(step.when.timestamp()), data)

    def _copy(self, step: Step, post: Post, raw: bytes | None) -> bytes:
        """What members got; where only pseudonyms are shown, or mail.git has it not (any more),
        what the pages show."""
        if raw is not None:
            with contextlib.suppress(MessageError):
                copy = listcopy.list_copy(
                    raw, self._facts, mid=step.mid, tid=step.tid, message_id=post.message_id
                )
                return letter.cleaned(copy) if self._cleans else copy
        url = f"{self._facts.url}/conferences/{self._list}/t/{step.tid}/#{step.mid}"
        return mboxfile.mail(post, step.when, url=url)


def allow(config: Config, roster: Roster, conference: str, *, closed: bool) -> None:
    """Writes down who may read the Maildir of a conference, where that is another than before. Does
    nothing where there is no Maildir."""
    folder = folder_of(config, conference)
    if not folder.is_dir():
        return
    who = readers(config, roster, conference, closed=closed)
    lines = "".join(f"user={one} {RIGHTS}\n" for one in who)
    path, data = folder / _ACL, lines.encode("utf-8")
    if not path.is_file() or path.read_bytes() != data:
        write_atomic(path, data, mode=0o600)
        with contextlib.suppress(FileNotFoundError):  # what Dovecot concluded from others
            (folder.parent / "dovecot-acl-list").unlink()


def readers(config: Config, roster: Roster, conference: str, *, closed: bool) -> list[str]:
    """The names that members of a conference log in with: addresses of mailboxes that keep mail.
    Nobody who is banned where only members read (`closed`)."""
    people = roster.subscribers(conference, closed=closed)
    members = {fold(member.address) for member, _ in people}
    kept = (address_of(config, rule) for rule in roster.mailboxes.values() if rule.keep)
    return sorted(one.lower() for one in kept if fold(one) in members)


def folder_of(config: Config, conference: str) -> Path:
    """Where the Maildir of a conference lies."""
    return config.mirrors / KIND / conference
