"""One poll that this hub holds: what is to be done for it now (polling.py)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from solicomm_build.desk.chores import Step
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter, Plan, Write
from solicomm_build.features.polls import pollbook
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.bymail import pollletters as letters
from solicomm_build.features.polls.bymail.pollletters import Asked
from solicomm_build.features.polls.bymail.pollresult import post
from solicomm_build.features.polls.networked.electorate import electorate
from solicomm_build.features.polls.pollbook import PollBook
from solicomm_build.features.polls.pollwork import PollWork
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import votefiles
from solicomm_build.features.polls.values.poll import Ballot, Closing, Opening, Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.objects import incoming, passing
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Event

BATCH = 200
"""Letters in one plan: a kill repeats no more than that, and each mail costs some kilobytes."""

_TURNOUT = timedelta(hours=1)
_PATIENCE = timedelta(hours=1)  # how long the end waits for mail that is stuck in a spool
_NEVER = datetime.max.replace(tzinfo=UTC)
_WHO = "polls"  # in the roster, who trusted the address that results are sent from


@dataclass(slots=True)
class Seen:
    """What was seen of a conference: the polls that run, when each was last counted, and with which
    roster and when it was last found that nothing is to be done for it; at the end of one, when the
    oldest mail came in each file that waits for the desk, or for ingest."""

    tip: Oid | None = None
    running: dict[str, PollFiles] = field(default_factory=dict)
    counted: dict[str, datetime] = field(default_factory=dict)
    done: dict[str, tuple[Oid | None, datetime]] = field(default_factory=dict)
    came: dict[str, datetime] = field(default_factory=dict)
    passed: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """One poll that has not ended."""

    office: Office
    seen: Seen
    conference: str
    identifier: str
    files: PollFiles

    @property
    def poll(self) -> Poll:
        return self.files.poll

    @property
    def book(self) -> PollBook:
        return pollbook.book(self.office.config, self.conference, self.identifier)

    def steps(self) -> Iterator[Step]:
        now = clock.now()
        if self.files.opening is None:
            if now < self.poll.closes and (step := self._open(now)):
                yield step
            return
        end = self._end(now)
        if end is not None:
            if not self.is_waiting(min(end.at, now), now):
                yield self._close(end)
            return
        if now >= self.poll.closes:
            return
        wished = (
            self.office.roster()
            .ledger(PollWork)
            .reminders.get((self.conference, self.identifier), 0)
        )
        for turn in range(wished + 1):
            yield from self.ask(turn)
        if not self.poll.live:
            yield from self._turnout(now)

    def _added(self, name: str, octets: bytes) -> Write:
        path = name if "/" in name else f"{polls.folder(self.identifier)}{name}"
        return Write.to_conference(self.conference, path, octets.decode("utf-8"))

    # -- the beginning ----------------------------------------------------------------------------

    def _open(self, now: datetime) -> Step | None:
        """The list of voters, frozen. Whose an id is was written down first, so that a kill in
        between changes nobody's."""
        chosen = electorate(self.office.roster(), self.conference, self.poll)
        if not 1 <= len(chosen) <= polls.MOST_VOTERS:
            return None
        known = {number: voter for voter, number in self.book.voters().items()}
        if known:
            chosen = [
                (member, replace(voter, id=known[member.number]))
                for member, voter in chosen
                if member.number in known
            ]
        else:
            self.book.settle({voter.id: member.number for member, voter in chosen})
        point("polls.after-book")
        with Reader(self.office.repo(self.conference)) as reader:
            text = reader.at(MAIN, f"{polls.folder(self.identifier)}poll.yaml") or b""
        voters = votefiles.encode_voters(self.identifier, [voter for _, voter in chosen])
        at = timekeeping.believed(self.office.config.state)
        opening = Opening(at, hashlib.sha256(text).hexdigest(), hashlib.sha256(voters).hexdigest())
        added = (
            self._added("voters.yaml", voters),
            self._added("open.yaml", votefiles.encode_open(opening)),
        )
        plan = Plan(self.trusted(), writes=added, subject=f"Open poll {self.identifier}")
        return Step(f"poll-{self.conference}-{self.identifier}-open", plan, None)

    # -- letters ----------------------------------------------------------------------------------

    def ask(self, turn: int) -> Iterator[Step]:
        """The letters of a round that have not gone out: the question, or a reminder to those who
        have not voted."""
        asked = self.office.roster().ledger(PollWork).asked(self.conference, self.identifier, turn)
        if asked >= len(self.files.voters):
            return
        numbers, cast = self.book.voters(), self.book.cast() if turn else {}
        order = _unsaying(self.files.voters, numbers)
        # who was erased meanwhile is at the end: the others moved up, and rather hear twice
        asked = max(0, asked - min(len(order) - len(numbers), BATCH // 2))
        while asked < len(order):
            upto = min(len(order), asked + BATCH)
            written = [
                letter
                for voter in order[asked:upto]
                if voter not in cast and (letter := self._letter(voter, numbers.get(voter), turn))
            ]
            noted = rosterevents.about_poll(
                "poll-asked",
                at=clock.now(),
                conference=self.conference,
                poll=self.identifier,
                round=turn,
                upto=upto,
            )
            subject = (
                f"Ask {len(written)} to vote" if not turn else f"Remind {len(written)} to vote"
            )
            plan = Plan(events=(noted,), letters=tuple(written), subject=subject)
            yield Step(f"poll-{self.conference}-{self.identifier}-ask-{turn}-{upto}", plan, None)
            asked = upto

    def _letter(self, voter: str, number: int | None, turn: int) -> Letter | None:
        member = self.office.roster().members.get(number or 0)
        if member is None or member.state != "active":
            return None
        about = Asked(self.office, self.conference, self.poll, self.files.voters[voter], member)
        return letters.ask(about, again=turn > 0)

    # -- in between -------------------------------------------------------------------------------

    def _turnout(self, now: datetime) -> Iterator[Step]:
        """How many have voted, at most once an hour and only when it changed: who watches cannot
        tell by it whose mail came when."""
        noted = self.files.turnout
        opened = self.files.opening.at if self.files.opening else now
        counted = self.seen.counted.get(self.identifier, opened)
        # a clock that was far ahead has said nothing of when it was noted last
        there = (opened, noted[0] if noted else opened, counted)
        last = max((at for at in there if at <= now + clock.FAST), default=now - _TURNOUT)
        if now < last + _TURNOUT:
            return
        self.seen.counted[self.identifier] = now
        votes = len(self.book.cast())
        if votes != (noted[1] if noted else 0):
            at = max(now, noted[0] + timedelta(seconds=1)) if noted else now  # the newest counts
            path = polls.turnout_path(self.identifier, at)
            added = (self._added(path, votefiles.encode_turnout(at, votes)),)
            plan = Plan(writes=added, subject=f"Note the turnout of {self.identifier}")
            yield Step(f"poll-{self.conference}-{self.identifier}-turnout", plan, None)

    # -- the end ----------------------------------------------------------------------------------

    def _end(self, now: datetime) -> Closing | None:
        """How it ends, if now."""
        wish = self.office.roster().ledger(PollWork).ends.get((self.conference, self.identifier))
        if wish is not None and (at := polls.moment(wish[0])) < self.poll.closes:
            why = "operator" if wish[1] == "operator" else "moderator"
            return Closing(self._after_all(at), why)
        is_over = now >= self.poll.closes and timekeeping.is_sure(self.office.config.state)
        return Closing(self.poll.closes, "deadline") if is_over else None

    def _after_all(self, end: datetime) -> datetime:
        """An end before the deadline, or a second after the ballots that a clock dated which was
        ahead: they came before it, and count."""
        latest = end + clock.FAST
        ahead = [one.at for one in self.book.all_ballots() if one.at > latest]
        return min(max(ahead) + timedelta(seconds=1), self.poll.closes) if ahead else end

    def is_waiting(self, end: datetime, now: datetime) -> bool:
        """Whether mail that came before the end has not been looked at yet."""
        if now >= end + _PATIENCE:
            return False
        try:
            if self._is_on_the_way(end):
                return True
        except (ObjectsError, FileNotFoundError):  # it cannot be seen now, or goes on just now
            return True
        desk = Spool(self.office.config.spool_desk)
        handed_over = desk.pending()
        if any(_is_named_before(path, end) for path in handed_over):
            return True
        self.seen.came = _came(partial(_at_desk, desk), handed_over, self.seen.came)
        return any(came < end for came in self.seen.came.values())

    def _is_on_the_way(self, end: datetime) -> bool:
        """Whether such mail has not reached the desk: it waits for ingest, which may be that of
        another cell than it came to, or for the desk on another machine."""
        config = self.office.config
        spools = incoming.every(config)
        arrived = [spool.pending() for spool in spools]
        if any(_is_named_before(path, end) for paths in arrived for path in paths):
            return True
        if config.cells > 1:  # passed on to cell 0, it has a later name
            self.seen.passed = _came(spools[0].read, arrived[0], self.seen.passed)
            if any(came < end for came in self.seen.passed.values()):
                return True
        return any(_first(items) < end for items in passing.coming(config, "desk"))

    def _close(self, closing: Closing) -> Step:
        """The votes, as everybody may see them, the end, and the post that tells it."""
        shown = self._shown(closing)
        with Reader(self.office.repo(self.conference)) as reader:
            files = store.load(reader, self.identifier)
        whole = replace(files, closing=closing, ballots=tuple({*files.ballots, *shown}))
        told = post(self.office, self.conference, whole)
        added = [
            self._added(polls.ballot_path(self.identifier, one), votefiles.encode_ballot(one))
            for one in shown
        ]
        added.append(self._added("close.yaml", votefiles.encode_close(closing)))
        events = self.trusted()
        if whole.reports:
            events = (*events, self.telling(len(whole.reports), clock.now()))
        plan = Plan(
            events=events,
            writes=tuple(added),
            posts=(told,) if told else (),
            subject=f"Close poll {self.identifier}",
        )
        return Step(f"poll-{self.conference}-{self.identifier}-close", plan, None)

    def _shown(self, closing: Closing) -> list[Ballot]:
        """The last ballot of each voter before the end; pseudonymous ones without their time, which
        would say whose mail it was."""
        last = self.last_ballots(closing.at)
        if self.poll.live:
            return []
        found = [ballot for _, ballot in sorted(last.items()) if ballot.choice]
        if self.poll.ballot == "pseudonymous" and self.files.opening is not None:
            found = [replace(one, at=self.files.opening.at, name="") for one in found]
        return found

    def last_ballots(self, end: datetime) -> dict[str, Ballot]:
        """The last ballot of each voter before the end."""
        last: dict[str, Ballot] = {}
        for ballot in sorted(self.book.all_ballots(), key=lambda one: (one.at, one.bid)):
            if ballot.at < end:
                last[ballot.voter] = ballot
        return last

    def telling(self, reports: int, now: datetime) -> Event:
        """That a mail told the result with so many reports."""
        about = {"conference": self.conference, "poll": self.identifier}
        return rosterevents.about_poll("poll-told", at=now, reports=reports, **about)

    def trusted(self) -> tuple[Event, ...]:
        """Results come from the poll's own address, which no rule of the conference holds up."""
        sender = self.office.address(f"{self.conference}-poll")
        if self.office.roster().listed_standing(self.conference, sender) == "trusted":
            return ()
        made = rosterevents.standing(
            self.conference, sender, "trusted", at=clock.now(), by=_WHO, reason="results of polls"
        )
        return (made,)


def _unsaying(voters: Iterable[str], numbers: Mapping[str, int]) -> list[str]:
    """Voters in the order in which they are written to, which logs of mail have, ours and others':
    that of members. In that of ids, which everybody can read, it would say whose each is."""
    return sorted(voters, key=lambda voter: (voter not in numbers, numbers.get(voter, 0), voter))


def _is_named_before(path: Path, end: datetime) -> bool:
    """Whether a file of a spool was put there before the end."""
    put = path.name.partition("-")[0]
    return put.isdigit() and int(put) <= int(end.timestamp() * 1_000_000)


def _came(
    read: Callable[[Path], list[Item]], files: Sequence[Path], known: dict[str, datetime]
) -> dict[str, datetime]:
    """When the oldest mail of each file came: what ingest hands over later, and what a page puts
    there, has the later moment in its name. What is `known` is not read again; what is damaged is
    set aside, and never came."""
    found: dict[str, datetime] = {}
    for path in files:
        try:
            found[path.name] = known.get(path.name) or _first(read(path))
        except StoreError:
            found[path.name] = _NEVER
    return found


def _at_desk(desk: Spool, path: Path) -> list[Item]:
    """What waits for the desk; nothing when it is dealt with meanwhile."""
    try:
        return desk.read(path)
    except FileNotFoundError:
        return []


def _first(items: Sequence[Item]) -> datetime:
    return min((item.envelope.received_at for item in items), default=_NEVER)
