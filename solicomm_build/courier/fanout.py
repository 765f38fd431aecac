"""From the log of each list to `spool/out`: one item a post, for all who get a copy.

The consumer `courier` follows every repository of kind list. A commit with `Source: mail` that adds
a post is sent on; imports, pushes and administration are passed over, and so is what was written
while the repository was no list. The verbatim message comes from mail.git.

A post is one spool file, so it is queued whole or not at all, and its recipients are divided into
batches when it goes out (queue.py). The cursor moves when the file is durable. A kill between the
two is found at the next start: what already waits in the spool is not queued again. That holds
because nothing leaves the spool while a fan-out runs (run.py does one after the other, under one
lock). Histories are linear: every writer builds on the tip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from solicomm_build import clock
from solicomm_build.config import Config
from solicomm_build.courier.recipients import parties, recipients
from solicomm_build.errors import MessageError, SoliCommError, StoreError
from solicomm_build.maillog import MailLog
from solicomm_build.message import listcopy
from solicomm_build.message.listcopy import ListFacts
from solicomm_build.model import conference as conference_file
from solicomm_build.model import post as post_file
from solicomm_build.model.conference import Conference
from solicomm_build.spool import Item, Spool
from solicomm_build.store import log as store_log
from solicomm_build.store.cursor import Cursor
from solicomm_build.store.log import Changed, Commit
from solicomm_build.store.mailstore import MailStore
from solicomm_build.store.reader import Reader
from solicomm_build.store.repo import Repo, open_repo
from solicomm_build.store.rosterstore import RosterStore
from solicomm_build.types import Envelope, Oid, PostId, TopicId

CONSUMER = "courier"
_UNARCHIVED = re.compile(r"unarchived/[^/]+/([a-z2-7]{32})")


@dataclass(frozen=True, slots=True)
class _Post:
    """A post to send on; `tid` and `blob` are None when it is not kept on pages."""

    mid: PostId
    tid: TopicId | None
    blob: Oid | None


class Fanout:
    """Queues what the lists' logs have that has not gone out yet. Not for several threads."""

    def __init__(self, config: Config, spool: Spool, log: MailLog) -> None:
        self._config, self._spool, self._log = config, spool, log
        self._mail = MailStore(open_repo(config.mail_repo))
        self._roster = RosterStore(open_repo(config.roster_repo))
        self._seen: dict[str, Oid] = {}
        self._queued: set[str] | None = None

    def run(self) -> int:
        """One look at every list; returns how many posts were queued. Blocking.

        A list that cannot be read is logged and does not stop the others.
        """
        if self._queued is None:
            self._queued = set(_keys(self._spool))
        count = 0
        for path in sorted(self._config.conferences.glob("*.git")):
            try:
                count += self._follow(open_repo(path))
            except SoliCommError as error:
                self._log.event("fanout-failed", conference=path.stem, reason=error.public)
        self._queued.clear()  # from here on the cursors say it all
        return count

    def close(self) -> None:
        """Ends the reading processes."""
        self._mail.close()
        self._roster.close()

    def _follow(self, repo: Repo) -> int:
        """Queues the new posts of one repository and moves its cursor."""
        tip, name = repo.ref(), repo.path.stem
        if tip is None or self._seen.get(name) == tip:
            return 0
        count = 0
        with Reader(repo) as reader:
            settings = reader.at(tip, conference_file.FILE)
            if settings is not None and conference_file.decode(settings).is_list:
                count = self._catch_up(repo, reader, tip)
        self._seen[name] = tip
        return count

    def _catch_up(self, repo: Repo, reader: Reader, tip: Oid) -> int:
        cursor, count = Cursor(repo, CONSUMER), 0
        done = cursor.read()
        settings = _decoded(reader.at(done, conference_file.FILE)) if done is not None else None
        reached = done
        for commit in store_log.commits(repo, done, tip):
            settings = _changed_settings(reader, commit, settings)
            if settings is not None and settings.is_list and commit.trailer("Source") == "mail":
                for post in _posts(commit.changes):
                    count += self._queue(settings, reader, post, commit)
                cursor.advance(done, commit.oid)
                done = commit.oid
            reached = commit.oid
        if reached is not None and reached != done:
            cursor.advance(done, reached)
        return count

    def _queue(self, settings: Conference, reader: Reader, post: _Post, commit: Commit) -> bool:
        """Puts one post into the spool, durable on return, unless it is there; whether it did."""
        key = listcopy.post_key(settings.id, post.mid)
        if self._queued and key in self._queued:
            return False
        name = commit.trailer("Raw") or self._mail.find(post.mid, settings.id)
        raw = self._mail.raw(name) if name else None
        if raw is None:
            self._log.event("fanout-no-message", post=key)
            return False
        item = self._item(settings, reader, post, raw)
        if item is not None and item.envelope.rcpt_tos:
            self._spool.put([item])
            self._log.event("queued", post=key, rcpts=len(item.envelope.rcpt_tos))
            return True
        return False

    def _item(self, settings: Conference, reader: Reader, post: _Post, raw: bytes) -> Item | None:
        """The copy with its envelope; None when it had to be set aside."""
        facts = list_facts(self._config, settings)
        envelope = Envelope(facts.bounces, (), clock.now())
        try:
            to = recipients(
                self._roster.roster(), settings.id, parties(raw), never=(facts.address,)
            )
            message_id = _message_id(reader, post)
            copy = listcopy.list_copy(
                raw, facts, mid=post.mid, tid=post.tid, message_id=message_id
            )
        except MessageError as error:
            self._spool.quarantine(Item(envelope, raw), f"No copies can be made: {error.public}")
            self._log.event("fanout-quarantined", post=listcopy.post_key(settings.id, post.mid))
            return None
        return Item(Envelope(facts.bounces, to, envelope.received_at), copy)


def list_facts(config: Config, settings: Conference) -> ListFacts:
    """What a list's header fields are made from."""
    return ListFacts(
        list_id=settings.id,
        domain=config.domain,
        title=settings.title_in(settings.languages[0]),
        url=config.url,
        archived=settings.visibility in ("public", "unlisted"),
        posting=settings.posting != "announce",
    )


def post_of(item: Item) -> str | None:
    """Which post an outgoing item is the list copy of; None for other mail, such as a member's
    forwarded copy, which has the field as well but another reverse-path."""
    try:
        key = listcopy.key_of(item.raw)
    except MessageError:
        return None
    sender = item.envelope.mail_from or ""
    return key if key and sender.startswith(f"{key.partition('/')[0]}-bounces@") else None


def _keys(spool: Spool) -> Iterator[str]:
    """The posts whose copies wait in the spool."""
    for path in spool.pending():
        try:
            items = spool.read(path)
        except StoreError:
            continue  # the queue sets it aside when it comes to it
        yield from filter(None, map(post_of, items))


def _posts(changes: tuple[Changed, ...]) -> Iterator[_Post]:
    """The posts that a commit added."""
    for change in changes:
        if change.status != "A":
            continue
        if kept := post_file.parse_path(change.path):
            yield _Post(mid=kept[1], tid=kept[0], blob=change.oid)
        elif sent := _UNARCHIVED.fullmatch(change.path):
            yield _Post(PostId(sent[1]), None, None)


def _changed_settings(
    reader: Reader, commit: Commit, before: Conference | None
) -> Conference | None:
    """The settings after a commit, given those before it. Faulty ones change nothing: a list waits
    until its settings are mended and then sends what came in between."""
    for change in commit.changes:
        if change.path == conference_file.FILE:
            return (_decoded(reader.blob(change.oid)) or before) if change.oid else None
    return before


def _decoded(blob: bytes | None) -> Conference | None:
    try:
        return conference_file.decode(blob) if blob else None
    except SoliCommError:
        return None


def _message_id(reader: Reader, post: _Post) -> str | None:
    """The Message-ID that the post is known by, for a message that came without one."""
    if post.blob is None:
        return None
    try:
        return post_file.decode(reader.blob(post.blob)).message_id
    except SoliCommError:
        return None
