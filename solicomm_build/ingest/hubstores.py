"""The repositories that ingest and moderation write, opened once and kept.

Each conference that gets mail keeps a git process for a while; when there are many, those unused
for longest are let go. Settings and roster are read again when their repository has moved.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, SoliCommError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import maintenance
from solicomm_build.git.repo import open_repo
from solicomm_build.message.msgid import Ids
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as settings
from solicomm_build.post.cells import hubmail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import knownids
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.post.store.poststore import PostStore

_MOST_OPEN = 16


@dataclass
class _Open:
    posts: PostStore
    tip: Oid | None = None
    blob: bytes = b""
    conference: Conference | None = None


@dataclass
class HubStores:
    """The stores of one cell of a hub. Not for several threads; close it."""

    config: Config
    _conferences: OrderedDict[str, _Open] = field(default_factory=OrderedDict)
    _mail: MailStore | None = None
    _roster: RosterStore | None = None

    @property
    def mail(self) -> MailStore:
        """Verbatim and held mail. Take its lock (`begin`) before a conference's."""
        if self._mail is None:
            self._mail = MailStore(open_repo(self.config.mail_repo))
        return self._mail

    def is_own(self, conference: str) -> bool:
        """Whether a conference belongs to this cell; while mail's lock is held it stays so."""
        return cells.cell_of(self.config, cells.CONFERENCES, conference) == self.config.cell

    @contextlib.contextmanager
    def mail_of(self, conference: str) -> Iterator[MailStore]:
        """The mail of a conference, locked; of one in another cell for this once: then the lock of
        our own is not to be held, and is not."""
        if self.is_own(conference):
            self.mail.begin()
            yield self.mail
            return
        self.mail.checkpoint("Nothing", when=clock.now())  # gives the lock back
        with hubmail.writing(self.config, conference) as mail:
            yield mail

    def roster(self) -> Roster:
        """The members as of now; nobody when the hub has no roster yet."""
        if self._roster is None:
            if not self.config.roster_repo.exists():
                return Roster()
            self._roster = RosterStore.of(self.config)
        return self._roster.roster()

    def roster_tip(self) -> str:
        """The commit of the roster that was read last; empty when there is none."""
        return (self._roster.tip if self._roster is not None else None) or ""

    def settings_id(self, conference: str) -> str:
        """The blob id of the settings that `conference` read last (git-hash-object)."""
        blob = self._open(conference).blob
        head = b"blob %d\0" % len(blob)
        return hashlib.sha1(head + blob, usedforsecurity=False).hexdigest()

    def posts(self, conference: str) -> PostStore:
        """The posts of a conference. Raises HubError when there is no such conference."""
        return self._open(conference).posts

    def conference(self, conference: str) -> Conference:
        """The settings of a conference as of now. Raises HubError, ContentErrors."""
        opened = self._open(conference)
        tip = opened.posts.tip()
        if opened.conference is None or tip is None or tip != opened.tip:
            blob = opened.posts.at(settings.FILE)
            if blob is None:
                raise HubError(f"{conference}: the conference has no {settings.FILE}")
            if opened.conference is None or blob != opened.blob:
                opened.conference, opened.blob = settings.decode(blob), blob
            opened.tip = tip
        return opened.conference

    def ids(self, conference: str, mail: MailStore | None = None) -> Ids | None:
        """What a conference calls messages; asked while its lock and its mail.git's are held, which
        is ours unless it is given. Raises HubError, ContentErrors, StoreError."""
        posts, mail = self.posts(conference), mail or self.mail
        return knownids.ids_of(self.config, self.conference(conference), posts, mail)

    def learn(self, conference: str) -> None:
        """Reads what finding a message in a conference needs: it grows with the conference, and is
        no message's fault. What fails is said of each message when its turn comes."""
        with contextlib.suppress(SoliCommError, OSError):
            self.posts(conference).learn()

    def opened(self) -> Iterator[PostStore]:
        """The conferences that are open."""
        return (opened.posts for opened in self._conferences.values())

    def abort(self) -> None:
        """Forgets everything that was not made durable, and gives all locks back."""
        for posts in self.opened():
            posts.abort()
        if self._mail is not None:
            self._mail.abort()

    def trim(self) -> None:
        """Lets conferences go that are over the number kept. Call between two batches."""
        while len(self._conferences) > _MOST_OPEN:
            _, opened = self._conferences.popitem(last=False)
            opened.posts.close()

    def maintain(self, *, packs: int = maintenance.PACKS) -> None:
        """Merges packs where more than `packs` have piled up, and lets conferences go that were
        taken off the hub. Call between two batches."""
        for name, opened in list(self._conferences.items()):
            try:
                _maintain(opened.posts, packs)
            except (SoliCommError, OSError):
                if opened.posts.repo.path.exists():
                    raise
                del self._conferences[name]
                opened.posts.close()
        if self._mail is not None:
            _maintain(self._mail, packs)

    def close(self) -> None:
        """Ends every process; what was not made durable is forgotten."""
        for posts in self.opened():
            posts.close()
        self._conferences.clear()
        for store in (self._mail, self._roster):
            if store is not None:
                store.close()
        self._mail = self._roster = None

    def _open(self, conference: str) -> _Open:
        found = self._conferences.get(conference)
        if found is None:
            repo = open_repo(self.config.conference_repo(conference))
            found = self._conferences[conference] = _Open(PostStore(repo))
        self._conferences.move_to_end(conference)
        return found


def _maintain(store: PostStore | MailStore, packs: int) -> None:
    if maintenance.needed(store.repo, packs=packs):
        store.rest()
        maintenance.run(store.repo)
