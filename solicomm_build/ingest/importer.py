"""Archives into a conference: `solicomm import`. Idempotent, resumable, and nothing is mailed out.

Messages are read by several processes (readers), placed like mail that comes in (placing), and
written: a commit a message in the conference, a commit a hundred messages in mail.git. About every
second both are made durable and the locks given back, so that mail keeps coming in meanwhile. A
kill loses at most that second of work: run the import again.

The commits say `Source: import`, which the courier passes over. Their committer date is when the
mail was received by its own account, so that pages and feeds show the true times.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, MessageError, UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import SLUG, Envelope, post_id
from solicomm_build.git import maintenance
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import archive, reading
from solicomm_build.ingest.archive import Found
from solicomm_build.ingest.placing import Place, addition, place
from solicomm_build.ingest.readers import Read, Readers
from solicomm_build.ingest.reading import Reading
from solicomm_build.message.msgid import own_id
from solicomm_build.post import conference as settings
from solicomm_build.post.cells import hubmail
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.post.store import knownids
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.post.store.poststore import PostStore

Progress = Callable[[int, int, int], None]
"""Called with octets read, octets in all, and messages done."""

_SECONDS = 1.0  # between two checkpoints; a crash costs so much work, other writers wait so long
_OCTETS = 32 * 1024 * 1024  # verbatim mail kept in memory between two checkpoints
_MAIL_COMMIT = 100
_MANY_OCTETS = 2 << 20  # an archive of this size is worth processes of its own
_FIRST = 65_536  # octets of a message in which its Message-ID is looked for
_MESSAGE_ID = re.compile(rb"\n(?i:message-id:)[ \t]*(?:\r?\n[ \t]+)?(<[^<>\r\n]+>)")


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that did not get in: where it was and why. It lies in spool/quarantine, unless it
    could not be read at all, or is too large: then it is not `kept`, and nor may be what follows it
    in its file."""

    where: str
    reason: str
    kept: bool = True


@dataclass
class ImportReport:
    """What an import did: messages seen, posts made, posts that were there already, messages whose
    Message-ID another one had (they count as posts), those that were deleted in a mail program and
    are left out, and those that failed.
    """

    messages: int = 0
    posts: int = 0
    known: int = 0
    conflicts: int = 0
    deleted: int = 0
    failed: list[Failed] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def lacks(self) -> bool:
        """Whether the archives were not taken whole, or nothing of them."""
        is_left = any(not one.kept for one in self.failed)
        return is_left or (bool(self.failed) and not self.posts + self.known)


def run_import(
    config: Config, conference: str, files: Sequence[Path], progress: Progress | None = None
) -> ImportReport:
    """Imports mboxes and Maildirs into a conference. Blocking; safe to run again and in parallel.

    By a name that the conference had before, too. Raises HubError when it or a file does not exist;
    broken messages are reported.
    """
    if not SLUG.fullmatch(conference):
        raise UsageError(f"{conference!r} is not the id of a conference")
    if not (repo := config.conference_repo(conference)).exists():
        raise HubError(f"There is no conference or list {conference} in this hub")
    for file in files:
        if not file.exists():
            raise HubError(
                f"{file}: no such file. Name an mbox (also .gz .xz .zst), a Maildir, or a"
                " clone of a conference"
            )
    started = time.monotonic()
    importer = _Importer(config, repo.stem, progress or _no_progress)
    try:
        importer.run(files)
    finally:
        importer.close()
    importer.report.seconds = time.monotonic() - started
    return importer.report


class _Importer:
    """One run: the stores it writes and what it has counted."""

    def __init__(self, config: Config, conference: str, progress: Progress) -> None:
        self._config, self._conference, self._progress = config, conference, progress
        mail = hubmail.repo_of(config, conference)
        self._repos = [mail, open_repo(config.conference_repo(conference))]
        self._mail = MailStore(self._repos[0], all_names=True)
        self._posts = PostStore(self._repos[1], all_names=True)
        found = self._settings()
        self._rules = found.attachments if found else AttachmentRules()
        self._ids = knownids.ids_of(config, found, self._posts, self._mail) if found else None
        self._now = clock.now()
        self._unsent = 0
        self.report = ImportReport()

    def run(self, files: Sequence[Path]) -> None:
        total = sum(archive.size(file) for file in files)
        done = 0
        self._begin()
        with Readers(self._rules) as readers:
            if total > _MANY_OCTETS:
                readers.start()
            for file in files:
                for read in readers.map(self._to_read(file)):
                    self._take(read)
                    self._progress(done + read.about.octets_read, total, self.report.messages)
                done += archive.size(file)
        self._checkpoint()
        self._progress(total, total, self.report.messages)

    def close(self) -> None:
        self._mail.close()
        self._posts.close()
        for repo in self._repos:
            if maintenance.needed(repo):
                maintenance.run(repo)

    def _settings(self) -> Conference | None:
        blob = self._posts.at(settings.FILE)
        return settings.decode(blob) if blob else None

    def _to_read(self, file: Path) -> Iterator[tuple[Found, bytes]]:
        """The messages of a file that are not known to be done; counts the others."""
        for found in archive.read(file, longest=archive.LONGEST):
            if found.fault:
                self.report.messages += 1
                self.report.failed.append(Failed(found.where, found.fault, kept=False))
            elif found.deleted:
                self.report.messages += 1
                self.report.deleted += 1
            elif self._is_done(found.raw):
                self.report.messages += 1
                self.report.known += 1
                if self.report.known % 100 == 0:
                    self._pause()
            else:
                yield found, found.raw

    def _is_done(self, raw: bytes) -> bool:
        """Quickly, by the field's text alone: these octets are kept, and their post is there."""
        match = _MESSAGE_ID.search(b"\n" + raw[:_FIRST])
        if match is None:
            return False
        own = own_id(match[1].decode("utf-8", "surrogateescape"))
        mid = post_id(reading.called(own, self._ids))
        if not self._posts.knows(mid):
            return False
        name = self._mail.find(mid, self._conference)
        return name is not None and self._mail.raw(name) == raw

    def _take(self, read: Read[Found]) -> None:
        self.report.messages += 1
        if isinstance(read.result, str):
            self._fail(read.about, read.raw, read.result)
            return
        try:
            where = place(
                read.raw,
                self._named(read.raw, read.result),
                conference=self._conference,
                rules=self._rules,
                mail=self._mail,
                posts=self._posts,
                ids=self._ids,
            )
        except MessageError as error:
            self._fail(read.about, read.raw, error.public)
            return
        self._write(read.raw, where)
        self._pause()

    def _named(self, raw: bytes, read: Reading) -> Reading:
        """The reading with messages called as the conference calls them, which the other processes
        cannot know: read again where that differs. Raises MessageError."""
        if self._ids is None or all(
            one == self._ids(one) for one in (read.message_id, *read.above)
        ):
            return read
        return reading.read(raw, self._rules, self._ids)

    def _write(self, raw: bytes, where: Place) -> None:
        if where.keep_as is not None:
            self._mail.add(where.keep_as, raw)
            self._unsent += 1
            if self._unsent >= _MAIL_COMMIT:
                self._commit_mail()
        if where.known:
            self.report.known += 1
            return
        self.report.posts += 1
        self.report.conflicts += where.conflict
        self._posts.add(addition(where.reading, self._now, source="import"))

    def _fail(self, found: Found, raw: bytes, reason: str) -> None:
        """Sets a message aside, apart from what came by mail, so that a retry cannot mail it."""
        self.report.failed.append(Failed(found.where, reason))
        address = f"{self._conference}@{self._config.domain}"
        item = Item(Envelope(None, (address,), self._now), raw)
        aside = Spool(self._config.spool_in.with_name("import"))
        aside.quarantine(item, f"{found.where}: {reason}")

    def _commit_mail(self) -> None:
        self._mail.commit("Import", when=self._now, Source="import", Conference=self._conference)
        self._unsent = 0

    def _pause(self) -> None:
        """Every second: makes things durable and lets other writers have their turn."""
        late = time.monotonic() - self._begun >= _SECONDS
        if late or self._mail.pending_octets >= _OCTETS:
            self._checkpoint()
            self._begin()

    def _begin(self) -> None:
        self._mail.begin()
        if hubmail.repo_of(self._config, self._conference).path != self._mail.repo.path:
            raise HubError(f"{self._conference} went to another cell. Run the import again")
        self._posts.begin()
        self._begun = time.monotonic()

    def _checkpoint(self) -> None:
        self._mail.checkpoint(
            "Import", when=self._now, Source="import", Conference=self._conference
        )
        self._unsent = 0
        point("import.after-mail-commit")
        self._posts.checkpoint()
        point("import.after-post-commit")


def _no_progress(_octets: int, _total: int, _messages: int) -> None:
    """For callers who do not look."""
