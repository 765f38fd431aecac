"""From the log of each conference to mails for those who follow its topics.

The courier asks at each post that it sends on (courier/hooks.py): its author follows the topic from
then on, who muted it is left out of the copies, and what is to be mailed to followers is noted. It
is put into the spool when it is due: the first post about a topic at once, others together
(rules.py). A mail is in the spool before it is noted as sent; killed between the two, it is found
there at the next start, before anything leaves. So nobody gets a post twice, or misses one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from solicomm_build.courier.hooks import Going
from solicomm_build.features.following import rules
from solicomm_build.features.following.follows import (
    ANSWER,
    BEGAN,
    FOLLOWS,
    QUESTION,
    RECEIPT,
    WROTE,
    Due,
    Follow,
    Follows,
    Person,
)
from solicomm_build.features.following.mails import Mails, named, question
from solicomm_build.features.following.muting import muters
from solicomm_build.features.following.owing import Owing
from solicomm_build.features.following.proofs import Proofs
from solicomm_build.features.following.topics import may_read
from solicomm_build.features.following.unnoted import Had, Unnoted
from solicomm_build.foundation import clock, faults
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.message.address import key
from solicomm_build.message.auth.authorship import is_automatic
from solicomm_build.message.parse import parse
from solicomm_build.message.split import split
from solicomm_build.message.values import Message
from solicomm_build.people import grants
from solicomm_build.people.address import fold
from solicomm_build.people.roster import Roster
from solicomm_build.post import decision, topicstate
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import answered
from solicomm_build.post.store.conferencetopics import Topics
from solicomm_build.post.store.placesettings import PUBLIC

_KEPT = timedelta(days=2)
"""So long what was mailed is remembered: a post that comes to two lists, or again, is known."""
QUESTION_AFTER = timedelta(seconds=15)
"""Who is not proved is asked after so long, member or not: first come the copies of the post."""
_AT_ONCE = 100
"""Mails that are put into the spool in one go; then new posts have their turn."""


class Answers:
    """The courier's companion for topics that people follow. Not for several threads. Close it."""

    def __init__(
        self, config: Config, spool: Spool, log: MailLog, roster: Callable[[], Roster]
    ) -> None:
        self._config, self._spool, self._log = config, spool, log
        self._desk = Spool(config.spool_desk)
        self._mail = HubMail(config)
        self._roster = roster
        self._follows = Follows(config)
        self._owing = Owing(self._follows)
        self._proofs = Proofs(self._mail)
        self._mails = Mails(config, self._mail, self._follows, log)
        self._unnoted = Unnoted(config.state)
        self._is_looked = False
        self._swept: datetime | None = None
        self._read: tuple[bytes, Message] | None = None

    def close(self) -> None:
        """Ends the reading processes."""
        self._mails.close()
        self._mail.close()
        self._follows.close()
        self._desk.close()

    # -- at each post ---------------------------------------------------------------------------

    def without(self, conference: Conference, tid: TopicId, raw: bytes) -> frozenset[str]:
        """Who gets no copy of a post, since they muted its topic, or were mailed it because of one
        that they follow elsewhere: addresses as `fold` writes."""
        home, roster = self._home(conference.id, tid, raw), self._roster()
        muted = muters(self._follows, conference.id, home, roster)
        own = self._header(raw).msgid
        had = self._owing.elsewhere(post_id(own), conference.id)[0] if own else []
        return muted | {fold(rules.address_of(one, roster)) for one in had}

    def going(self, post: Going) -> None:
        """Takes a new post in: who wrote it follows it, who follows is to be mailed; durable on
        return, safe to do again."""
        name, roster, now = post.conference.id, self._roster(), clock.now()
        home = self._home(name, post.tid, post.raw, post.mid)
        tids = self._follows.threads(name, home)
        with self._follows.change():
            self._author(post, home, tids)
            self._not_again(post, roster)
            followers = self._follows.of_topic(name, tids)
            if not followers:
                return
            authors = frozenset(map(key, post.parties.authors))
            addressed, served = post.parties.addressed, post.served()
            owed = [
                self._due(one.person, post, home, ANSWER, rules.due(one, now))
                for one in followers
                if rules.gets(
                    one,
                    roster,
                    post.conference,
                    authors=authors,
                    addressed=addressed,
                    served=served,
                )
            ]
            for one in followers:
                if rules.has_left(one, roster):
                    self._follows.end(one)
            self._owing.owe(owed)
        faults.point("following.noted")

    def _not_again(self, post: Going, roster: Roster) -> None:
        """Who gets the copy need not be mailed the same message because of another conference."""
        _, waits = self._owing.elsewhere(post.mid, post.conference.id)
        served = post.served() if waits else ()
        for one in waits:
            if fold(rules.address_of(one, roster)) in served:
                self._owing.had(one.id, [post.mid], ANSWER, clock.now())

    def _author(self, post: Going, home: str, tids: Sequence[str]) -> None:
        """Its author follows the topic; somebody new hears that the post is there, and so does who
        was told that it waits, and gets no copy."""
        header = self._header(post.raw)
        if len(post.parties.authors) != 1 or _is_of_program(header):
            return
        address, name = _address(header), post.conference.id
        roster = self._roster()
        ours = f"{name}@{self._config.domain}"  # a post whose author is at another hub
        if not address or address == ours or not may_read(roster, post.conference, address):
            return
        if not self._proofs.is_proved(name, post.mid):  # the roster is not looked into (ADR 0026)
            if post.conference.visibility not in PUBLIC:
                return
            claimed = self._follows.person(address, 0, post.lang)
            at = clock.timestamp() + QUESTION_AFTER.total_seconds()
            due = self._due(claimed, post, home, QUESTION, at)
            self._owing.receipt(due)
            return
        member = roster.member(address)
        number = member.number if member else 0
        is_on = number in roster.subscriptions[name]
        person = self._follows.person(address, number, post.lang)
        for one in self._follows.of_topic(name, tids):
            if one.person.id == person.id and rules.has_left(one, roster):
                self._follows.end(one)
        why = BEGAN if post.mid == home else WROTE
        wish = Follow(0, name, home, person, FOLLOWS, why, is_on)
        self._follows.begin(wish, tids, clock.now())
        self._follows.awake(person, name, tids)
        due = self._due(person, post, home, RECEIPT, clock.timestamp())
        if not is_on and self._owing.receipt(due):
            return
        if fold(address) not in post.served() and self._was_let_in(name, post.mid):
            self._owing.owe([due])  # as the letter said that it waits

    def _was_let_in(self, conference: str, mid: PostId) -> bool:
        """Whether a post waited for somebody who let it in."""
        blob = self._mail.decision(conference, mid)
        try:
            made = decision.decode(blob) if blob else None
        except SoliCommError:
            return False
        return made is not None and made.lets_in

    def _due(self, person: Person, post: Going, home: str, what: str, at: float) -> Due:
        return Due(person, post.mid, what, post.conference.id, post.tid, home, at)

    def _header(self, raw: bytes) -> Message:
        """The header alone: what is attached says nothing here. The last one is remembered."""
        if self._read is None or self._read[0] is not raw:
            self._read = raw, parse(raw[: split(raw).end] + b"\r\n")
        return self._read[1]

    def _home(self, name: str, tid: TopicId, raw: bytes, own: PostId | None = None) -> str:
        chain = [*answered.ancestors(raw, self._config), *([own] if own else [])]
        return self._follows.home(name, tid, chain)

    # -- what moderators do to topics -----------------------------------------------------------

    def changed(self, conference: str) -> None:
        """Topics of a conference were moved, split or joined: who followed them follows them
        still. Blocking: reads the whole conference."""
        topics = Topics(self._config, conference, grants.read(self._config))
        try:
            placed = [one for one in topics.events if one.event.type in _BINDING]
            bonds = topicstate.bonds(((one.tid, one.event) for one in placed), topics.may)
            homes = {str(tid): str(topics.home(tid)) for tid in bonds.merged}
            begun = [(mid, topics.posts[mid]) for mid in bonds.splits if mid in topics.posts]
            self._follows.bind(conference, homes, begun)
            for one in placed:
                to = one.event.data.get("to")
                if one.event.type == "move" and isinstance(to, str) and topics.may(one.event):
                    self._follows.moved(conference, one.tid, to)
        finally:
            topics.close()

    # -- sending --------------------------------------------------------------------------------

    def run(self) -> int:
        """Puts what is due into the spool; how many mails that were. Blocking."""
        if not self._is_looked:
            self._look()
        now = clock.now()
        if self._swept is None or now - self._swept > _KEPT / 8:
            self._owing.sweep(now - _KEPT)
            self._swept = now
        self._read = None
        self._mails.begin()
        due = self._owing.due(now)
        groups = [[*group] for _, group in groupby(sorted(due, key=_order), key=_group)]
        groups = sorted(groups, key=lambda group: min(one.at for one in group))[:_AT_ONCE]
        made = [(group, item) for group in groups for item in [self._made(group)]]
        items = [item for _, item in made if item is not None]
        asked = [item for item in items if item.envelope.rcpt_tos[0].endswith(self._own)]
        if mails := [item for item in items if item not in asked]:
            put = self._spool.put(mails)
            self._log.event("answers", id=put.stem, mails=len(mails))
        if asked:
            self._desk.put(asked)
            self._desk.ring()
        faults.point("following.before-sent")
        if groups:
            self._sent([one for group in groups for one in group], now)
        return len(groups)

    def waits(self) -> bool:
        """Whether anything is to be mailed later."""
        return self._owing.waits() > 0

    @property
    def _own(self) -> str:
        return f"@{self._config.domain}"

    def _made(self, group: Sequence[Due]) -> Item | None:
        """The mail of one person about one topic; None when nothing is to be said any more."""
        try:
            if group[0].what == QUESTION:
                return question(self._config, group[0], self._roster())
            return self._mails.made(group, self._roster())
        except StoreError:
            raise
        except SoliCommError as error:
            self._log.event("answers-failed", post=group[0].mid, reason=error.public)
            return None

    def _sent(self, ones: Sequence[Due], now: datetime) -> None:
        try:
            self._owing.sent(ones, now)
        except SoliCommError:  # they are on their way all the same
            self._unnoted.add([(one.person.id, one.what, [one.mid]) for one in ones])
            self._is_looked = False
            raise

    def _look(self) -> None:
        """Finds what a courier that was killed put into the spool and did not note as sent. It is
        remembered until it can be noted, since it leaves the spool before that."""
        waiting: list[Had] = []
        for path in self._spool.pending():
            try:
                items = self._spool.read(path)
            except (StoreError, FileNotFoundError):
                continue  # the queue sets it aside when it comes to it
            waiting += filter(None, map(named, items))
        had = [*self._unnoted.all(), *waiting]
        try:
            with self._follows.change() if had else contextlib.nullcontext():
                for person, what, mids in had:
                    self._owing.had(person, mids, what, clock.now())
        except SoliCommError:
            self._unnoted.add(waiting)
            raise
        self._unnoted.forget()
        self._is_looked = True


_BINDING = topicstate.BINDING | {"move"}


def _group(one: Due) -> tuple[int, str, str, str]:
    return one.person.id, one.conference, one.home, one.what


def _order(one: Due) -> tuple[tuple[int, str, str, str], int]:
    return _group(one), one.nth


def _address(header: Message) -> str:
    """The author's address as it was written."""
    return header.from_[0].addr_spec if len(header.from_) == 1 else ""


def _is_of_program(header: Message) -> bool:
    return is_automatic(header) or any(f.name.lower().startswith("list-") for f in header.fields)
