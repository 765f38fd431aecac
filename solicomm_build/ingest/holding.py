"""Held mail and what is decided about it. Wiring on the stores; ingest and the commands use it.

Held mail lies in mail.git under `held/<conference>/`, decisions beside it (post/decision.py). Who
decides writes a file; whoever holds mail.git's lock next carries it out (`carry_out`): ingest when
its bell rings, or the command that decided. Letting a message in is three durable steps, each safe
to do again: the message into `messages/`, the post into the conference, the held copy away. A post
let in goes out like any other (`Source: mail`). The decision stays, so that all know who made it.

Trust and bans are events in the roster. They are written before mail.git is locked: the desk locks
the roster first and mail.git second.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import ContentError, HubError, SoliCommError, StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid, PostId, TopicId, post_id
from solicomm_build.git import log
from solicomm_build.ingest import moved, reading
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.placing import addition, place
from solicomm_build.message.address import key
from solicomm_build.message.auth import authorship
from solicomm_build.message.msgid import references_of, topic_of
from solicomm_build.message.parse import Message, parse
from solicomm_build.people import rosterevents
from solicomm_build.people.memberstore import changing
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import decision as decisions
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.decision import Decision
from solicomm_build.post.store.mailstore import Held, Place, author_hash

_STANDINGS = {decisions.TRUST: "trusted", decisions.BAN: "banned"}
_ALL = timedelta(hours=1)
_MAINTAINED = 100
"""Decisions between two looks whether packs have piled up."""
Report = Callable[[Held, Decision, str], None]


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """What a moderator sees of a held message; `received_at` is UTC-aware."""

    conference: str
    mid: PostId
    rule: str
    reason: str
    name: str
    subject: str
    received_at: datetime


def list_held(config: Config, conference: str | None = None) -> list[HeldMessage]:
    """The messages that wait, of one conference or of all, oldest first."""
    with closing(HubMail(config)) as mail:
        found = [_shown(held) for held in mail.held()]
    wanted = [held for held in found if conference in (None, held.conference)]
    return sorted(wanted, key=lambda held: (held.received_at, held.mid))


def decide(
    config: Config, conference: str, mid: PostId, wanted: Decision, *, log: MailLog | None = None
) -> Decision:
    """Decides about a held message and carries it out, durable on return; returns the decision that
    counts, which is somebody else's if that was first. Raises HubError when it is not held.
    """
    log = log or maillog.to_nobody()

    def report(held: Held, made: Decision, fault: str) -> None:
        note(log, held, made, fault)
        if fault:
            raise HubError(f"{held.conference}/{held.mid}: decided, but not carried out: {fault}")

    stores = HubStores(cells.at(config, conference))
    try:
        mail = stores.mail
        mail.begin()
        if not stores.is_own(conference):
            raise HubError(f"{conference} goes to another cell just now. Decide again in a moment")
        if mail.held_raw(conference, mid) is None:
            raise HubError(f"{conference} holds no message {mid}. It may be decided already")
        mail.decide(conference, mid, decisions.encode(wanted))
        mail.checkpoint("Decide", when=clock.now(), Conference=conference, Message=mid)
        point("moderation.after-decision")
        made = decisions.decode(mail.decision(conference, mid) or b"")
        carry_out(stores, report=report)
        return made
    finally:
        stores.close()


def note(log: MailLog, held: Held, made: Decision, fault: str) -> None:
    """The line of a decision that was carried out, or could not be."""
    facts = {"conference": held.conference, "mid": held.mid, "by": made.by}
    log.event("decided", **facts, decision=made.decision, fault=fault or None)


class Decisions:
    """Looks for decisions that wait to be carried out, quickly when none has come; for all of them
    once an hour, else for those that came since the last look, or could not be carried out then."""

    def __init__(self, stores: HubStores) -> None:
        self._stores = stores
        self._tip: Oid | None = None
        self._seen: Oid | None = None
        self._left: set[Place] = set()
        self._all: datetime | None = None  # when the next look is for all

    def carry_out(self, report: Report) -> int:
        """Carries out what has come since the last look; returns how many. Blocking."""
        tip = self._stores.mail.repo.ref()
        if tip == self._tip:
            return 0
        mail, count = self._stores.mail, 0
        came = mail.id_of("decisions")
        if came != self._seen:
            among = self._since(came)
            count = carry_out(self._stores, report=report, among=among)
            left = mail.decided(lambda conference: True, among)
            self._left = {(one.conference, one.mid) for one in left}
        self._tip, self._seen = tip, came
        return count

    def _since(self, came: Oid | None) -> set[Place] | None:
        """Where there are others than at the last look, or some were left; None: everywhere."""
        now = clock.now()
        if came is None or self._seen is None or not clock.is_early(self._all or now, _ALL):
            self._all = now + _ALL
            return None
        try:
            changed = log.diff(self._stores.mail.repo, self._seen, came)
        except StoreError:  # erased since
            return None
        places = (decisions.parse_path(f"decisions/{one.path}") for one in changed)
        return self._left | {one for one in places if one is not None}


def carry_out(stores: HubStores, *, report: Report, among: Collection[Place] | None = None) -> int:
    """Does what was decided about mail that is still held, `among` these or among all; returns how
    many were done.

    `report` hears of each, with what kept it from being done, or "". One that cannot be carried out
    stays and does not stop the others. Raises StoreError or OSError.
    """
    count = 0
    for number, held in enumerate(list(_decided(stores, report, among)), 1):
        if number % _MAINTAINED == 0:  # each leaves a pack, and is looked for in all of them
            stores.maintain()
        blob = stores.mail.decision(held.conference, held.mid)
        made = decisions.decode(blob or b"")
        try:
            _apply(stores, held, made)
        except (StoreError, OSError):
            stores.abort()
            raise
        except SoliCommError as error:
            stores.abort()
            report(held, made, error.public)
        else:
            report(held, made, "")
            count += 1
    return count


def _decided(stores: HubStores, report: Report, among: Collection[Place] | None) -> Iterator[Held]:
    """The held mail with a decision that can be read."""
    for held in stores.mail.decided(stores.is_own, among):
        blob = stores.mail.decision(held.conference, held.mid)
        if blob is None:
            continue
        try:
            decisions.decode(blob, decisions.path(held.conference, held.mid))
        except ContentError as error:
            report(held, Decision(decisions.REJECT, decisions.OPERATOR, clock.now()), error.public)
        else:
            yield held


def _apply(stores: HubStores, held: Held, made: Decision) -> None:
    raw = stores.mail.held_raw(held.conference, held.mid)
    if raw is None:  # somebody else carried it out since we looked
        return
    author = authorship.author(parse(raw)) or ""
    if author and made.decision in _STANDINGS:
        _stand(stores, held, author, made)
    stores.mail.begin()
    if stores.mail.held_raw(held.conference, held.mid) is None or not stores.is_own(
        held.conference
    ):
        stores.mail.checkpoint("Nothing", when=clock.now())  # gives the lock back
        return
    action = "accept" if made.lets_in else "discard"
    by = made.by.replace(":", "-")
    facts = f"author={author_hash(author)} decision={made.decision} by={by}"
    line = f"{action} decided {held.conference}/{held.mid} {facts}"
    if made.lets_in:
        _let_in(stores, held, raw, line)
    stores.mail.release(held.conference, held.mid)
    if not made.lets_in:
        stores.mail.note(line)
    stores.mail.checkpoint("Release", when=clock.now(), Conference=held.conference)


def _let_in(stores: HubStores, held: Held, raw: bytes, line: str) -> None:
    """The message into mail.git and the post into its conference; ends with mail.git locked."""
    conference = _where(stores, held, raw)
    posts, rules = stores.posts(conference), stores.conference(conference).attachments
    with stores.mail_of(conference) as mail:
        posts.begin()
        ids = stores.ids(conference, mail)
        read = reading.read(raw, rules, ids)
        where = place(
            raw, read, conference=conference, rules=rules, mail=mail, posts=posts, ids=ids
        )
        if where.keep_as is not None:
            mail.add(where.keep_as, raw)
        mail.note(line)
        mail.checkpoint("Accept", when=clock.now(), Conference=conference)
        point("moderation.after-mail-commit")
        if not where.known:
            new = addition(where.reading, clock.now(), source="mail", at=_shown(held).received_at)
            if held.facts.get("archive", True):
                posts.add(new)
            else:
                posts.mark_unarchived(new)
        posts.checkpoint()
        point("moderation.after-post-commit")
    stores.mail.begin()


def _where(stores: HubStores, held: Held, raw: bytes) -> str:
    """The conference where a message belongs now: its topic may have moved while it waited."""
    topic, above = answers_of(held, parse(raw))
    if str(topic) == held.mid:
        return held.conference
    return moved.destination(stores, held.conference, above, topic)


def answers_of(held: Held, message: Message) -> tuple[TopicId, list[PostId]]:
    """The topic of a held message and the posts above it, as its conference calls them."""
    if "topic" in held.facts:
        return TopicId(str(held.facts["topic"])), [PostId(one) for one in held.facts["above"]]
    return topic_of(message, held.mid), [post_id(one) for one in references_of(message)]


def _stand(stores: HubStores, held: Held, author: str, made: Decision) -> None:
    """Notes trust or a ban in the roster, unless it is noted. Who took another address since the
    message came is meant by it: a ban is of that one, too, and trust of that one alone, since the
    one before may be somebody else's."""
    wanted, roster, people = _STANDINGS[made.decision], stores.roster(), [author]
    since = roster.since_moved(author, _shown(held).received_at)
    if since is not None and key(since.address) != key(author):
        people = [since.address] if wanted == "trusted" else [author, since.address]
    people = [one for one in people if roster.listed_standing(held.conference, one) != wanted]
    if not people:
        return
    store = RosterStore.of(stores.config)
    try:
        with changing(stores.config):
            now = clock.now()
            events = [
                rosterevents.standing(held.conference, one, wanted, at=now, by=made.by)
                for one in people
            ]
            store.append(events, at=now, subject=f"{made.decision} in {held.conference}")
    finally:
        store.close()


def _shown(held: Held) -> HeldMessage:
    facts = held.facts
    return HeldMessage(
        conference=held.conference,
        mid=held.mid,
        rule=str(facts.get("rule", "")),
        reason=str(facts.get("reason", "")),
        name=str(facts.get("name", "")),
        subject=str(facts.get("subject", "")),
        received_at=datetime.fromisoformat(facts["envelope"]["received_at"]),
    )
