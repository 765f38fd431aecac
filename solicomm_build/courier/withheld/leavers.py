"""Whether somebody to whom a copy waits still reads the list, where only members read.

Copies may wait for days, when a mail server is away or refuses for a while. Who left meanwhile, was
taken off or banned gets none of those of a conference for members any more, nor what follows its
topics. Looked at each time that a file of the spool is offered; of what everybody may read nothing
is looked at but whether it is so.

The rules: docs/mail-rules.md#handing-over.
"""

from __future__ import annotations

import contextlib

from solicomm_build.courier.outcome import SENT
from solicomm_build.courier.queue import Batch, Consignment
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import SLUG, Envelope, Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference
from solicomm_build.post.store.readers import is_reader

_FEW = 100
"""Members who are asked about one by one: what waits for one of a list of thousands is offered
again and again."""


class Leavers:
    """Answers for one hub. Not for several threads. Close it."""

    def __init__(self, config: Config, log: MailLog) -> None:
        self._config, self._log = config, log
        self._closed: dict[str, tuple[Oid, bool]] = {}
        self._store: RosterStore | None = None

    def settle(self, consignment: Consignment) -> None:
        """Lets go of who shall get nothing of a file any more, durable on return. Where that cannot
        be read, everybody is offered it. Blocking."""
        for number, item in enumerate(consignment.items):
            waiting = consignment.due(number)
            gone: tuple[int, ...] = ()
            with contextlib.suppress(SoliCommError):
                gone = self._gone(item, tuple(waiting)) if waiting else ()
            if gone:
                batch = Batch(number, item, gone)
                consignment.settle(batch, [SENT] * len(gone), clock.now())
                name, of = _list_of(item.envelope), consignment.path.stem
                self._log.event("not-theirs", id=of, item=number, conference=name, left=len(gone))

    def close(self) -> None:
        """Ends the reading process."""
        if self._store is not None:
            self._store.close()

    def _gone(self, item: Item, places: tuple[int, ...]) -> tuple[int, ...]:
        envelope, members = item.envelope, item.envelope.members
        of = _list_of(envelope)
        repo = open_repo(self._config.conference_repo(of)) if of and members else None
        if repo is None or not self._is_closed(repo):
            return ()
        self._store = self._store or RosterStore.of(self._config)
        name = repo.path.stem  # that of now: the list may have been renamed
        roster = self._store.roster()
        if not envelope.list_id:
            return tuple(one for one in places if not _may_read(roster, name, envelope, one))
        if len(places) <= _FEW:
            return tuple(one for one in places if not _reads(roster, name, members[one]))
        readers = {one.number for one, _ in roster.subscribers(name, closed=True)}
        return tuple(place for place in places if members[place] not in readers)

    def _is_closed(self, repo: Repo) -> bool:
        """Whether a list is for members only; read when its log has moved."""
        tip, name = repo.ref(), repo.path.stem
        if tip is None:
            return False
        known = self._closed.get(name)
        if known is None or known[0] != tip:
            with Reader(repo) as reader:
                blob = reader.at(tip, conference.FILE)
            known = tip, blob is not None and conference.decode(blob).is_closed
            self._closed[name] = known
        return known[1]


def _list_of(envelope: Envelope) -> str:
    """Of which list a copy is; of mail to one about its topics that says the reverse-path."""
    name, tag, _ = (envelope.mail_from or "").partition("-bounces+")
    return envelope.list_id or (name if tag and SLUG.fullmatch(name) else "")


def _may_read(roster: Roster, name: str, envelope: Envelope, place: int) -> bool:
    """Whether the one whom such a mail is for reads the list: who looks after it may without being
    on it, and then has a number of another kind there."""
    number = envelope.members[place]
    if number not in roster.members:
        member = roster.member(envelope.rcpt_tos[place])
        number = member.number if member is not None else 0
    return is_reader(roster, number, name)


def _reads(roster: Roster, name: str, number: int) -> bool:
    """Whether a member is among the active subscribers of a list for members only."""
    member = roster.members.get(number)
    if member is None or member.state != "active" or number not in roster.subscriptions[name]:
        return False
    is_active = roster.state(number, name).state == "active"
    return is_active and not roster.is_shut_out(name, member)
