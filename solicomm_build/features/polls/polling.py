"""Polls from their opening to their end: what the desk does by itself, and at which time.

    poll.yaml, pushed, by mail or by command ─→ voters.yaml, open.yaml   the list is settled
      → letters to the voters, some hundred at a time                    poll-asked in the roster
      → now and then how many have voted                                 turnout/<ts>.yaml
      → at the deadline, or when a moderator says so                     ballots/…, close.yaml
      → a post with the result, through spool/in as any mail

Each is a plan of its own (ledger.py): a kill anywhere asks nobody twice and closes nothing twice.
The end waits for mail that came before it and is still in a spool.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter, Plan, Write
from solicomm_build.features.polls import pollbook
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.bymail import pollletters as letters
from solicomm_build.features.polls.bymail.pollletters import Asked
from solicomm_build.features.polls.bymail.pollresult import post
from solicomm_build.features.polls.networked import collected
from solicomm_build.features.polls.networked.collected import Collected
from solicomm_build.features.polls.networked.electorate import electorate
from solicomm_build.features.polls.pollbook import PollBook
from solicomm_build.features.polls.pollwork import PollWork
from solicomm_build.features.polls.values import networkvotes, votefiles
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.poll import Ballot, Closing, Opening, Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Event

BATCH = 200
"""Letters in one plan: a kill repeats no more than that, and each mail costs some kilobytes."""

_REST = 2.0  # seconds between two looks at all conferences
_TURNOUT = timedelta(hours=1)
_PATIENCE = timedelta(hours=1)  # how long the end waits for mail that is stuck in a spool
_WHO = "polls"  # in the roster, who trusted the address that results are sent from


@dataclass(slots=True)
class Seen:
    """What was seen of a conference: the polls that run, and when each was last counted."""

    tip: Oid | None = None
    running: dict[str, PollFiles] = field(default_factory=dict)
    counted: dict[str, datetime] = field(default_factory=dict)


def steps(office: Office, looked: Looked[Seen]) -> Iterator[Step]:
    """What is to be done now, in the order of conferences; costs a look at one small file a
    conference, every two seconds."""
    if looked.rests(_REST):
        return
    for name in office.watch.each("polls", sorted(office.lists())):
        seen = looked.seen.setdefault(name, Seen())
        kind = _kind(office, name)
        for identifier, files in _running(office, seen, name).items():
            for step in kind(office, seen, name, identifier, files).steps():
                looked.at_once()
                yield step


def _kind(office: Office, name: str) -> type[_Running]:
    """How polls of a conference are held: of one that has its home at another hub, as its home
    says."""
    settings = office.conference(name)
    return _Collecting if settings is not None and settings.home else _Running


def _running(office: Office, seen: Seen, name: str) -> dict[str, PollFiles]:
    """The polls of a conference that have not ended, without their ballots."""
    repo = office.repo(name)
    tip = repo.ref()
    if tip is None or seen.tip == tip:
        return seen.running
    found: dict[str, PollFiles] = {}
    with Reader(repo) as reader:
        for identifier in store.identifiers(reader, tip):
            at = f"{polls.folder(identifier)}close.yaml"
            is_over = reader.oid_at(tip, at) is not None
            if is_over and not collected.is_running(office.config, name, identifier):
                _tidy(office, name, identifier, reader, tip)
                continue
            try:
                found[identifier] = store.load(reader, identifier, tip, ballots=False)
            except SoliCommError:
                continue  # the page and `solicomm fsck` say what is wrong with it
    seen.tip, seen.running = tip, found
    return found


def _tidy(office: Office, name: str, identifier: str, reader: Reader, tip: Oid) -> None:
    """What tied codes to members is destroyed when the votes of a pseudonymous poll are out."""
    book = pollbook.book(office.config, name, identifier)
    if not book.folder.exists():
        return
    try:
        poll = store.load(reader, identifier, tip, ballots=False).poll
    except SoliCommError:
        return
    if poll.ballot == "pseudonymous":
        book.forget()


@dataclass(frozen=True, slots=True)
class _Running:
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
            if not self._is_waiting(end.at, now):
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
            yield from self._ask(turn)
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
        opening = Opening(now, hashlib.sha256(text).hexdigest(), hashlib.sha256(voters).hexdigest())
        added = (
            self._added("voters.yaml", voters),
            self._added("open.yaml", votefiles.encode_open(opening)),
        )
        plan = Plan(self._trusted(), writes=added, subject=f"Open poll {self.identifier}")
        return Step(f"poll-{self.conference}-{self.identifier}-open", plan, None)

    # -- letters ----------------------------------------------------------------------------------

    def _ask(self, turn: int) -> Iterator[Step]:
        """The letters of a round that have not gone out: the question, or a reminder to those who
        have not voted."""
        order = sorted(self.files.voters)
        asked = self.office.roster().ledger(PollWork).asked(self.conference, self.identifier, turn)
        if asked >= len(order):
            return
        numbers, cast = self.book.voters(), self.book.cast() if turn else {}
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
        last = max(noted[0] if noted else opened, counted)
        if now < last + _TURNOUT:
            return
        self.seen.counted[self.identifier] = now
        votes = len(self.book.cast())
        if votes != (noted[1] if noted else 0):
            path = polls.turnout_path(self.identifier, now)
            added = (self._added(path, votefiles.encode_turnout(now, votes)),)
            plan = Plan(writes=added, subject=f"Note the turnout of {self.identifier}")
            yield Step(f"poll-{self.conference}-{self.identifier}-turnout", plan, None)

    # -- the end ----------------------------------------------------------------------------------

    def _end(self, now: datetime) -> Closing | None:
        """How it ends, if now."""
        wish = self.office.roster().ledger(PollWork).ends.get((self.conference, self.identifier))
        if wish is not None and (at := polls.moment(wish[0])) < self.poll.closes:
            return Closing(at, "operator" if wish[1] == "operator" else "moderator")
        return Closing(self.poll.closes, "deadline") if now >= self.poll.closes else None

    def _is_waiting(self, end: datetime, now: datetime) -> bool:
        """Whether mail that came before the end has not been looked at yet."""
        if now >= end + _PATIENCE:
            return False
        limit = int(end.timestamp() * 1_000_000)
        config = self.office.config
        for folder in (config.spool_in, config.spool_desk):
            for path in Spool(folder).pending():
                came = path.name.partition("-")[0]
                if came.isdigit() and int(came) <= limit:
                    return True
        return False

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
        plan = Plan(
            events=self._trusted(),
            writes=tuple(added),
            posts=(told,) if told else (),
            subject=f"Close poll {self.identifier}",
        )
        return Step(f"poll-{self.conference}-{self.identifier}-close", plan, None)

    def _shown(self, closing: Closing) -> list[Ballot]:
        """The last ballot of each voter before the end; pseudonymous ones without their time, which
        would say whose mail it was."""
        last = self._last(closing.at)
        if self.poll.live:
            return []
        found = [ballot for _, ballot in sorted(last.items()) if ballot.choice]
        if self.poll.ballot == "pseudonymous" and self.files.opening is not None:
            found = [replace(one, at=self.files.opening.at, name="") for one in found]
        return found

    def _last(self, end: datetime) -> dict[str, Ballot]:
        """The last ballot of each voter before the end."""
        last: dict[str, Ballot] = {}
        for ballot in sorted(self.book.all_ballots(), key=lambda one: (one.at, one.bid)):
            if ballot.at < end:
                last[ballot.voter] = ballot
        return last

    def _trusted(self) -> tuple[Event, ...]:
        """Results come from the poll's own address, which no rule of the conference holds up."""
        sender = self.office.address(f"{self.conference}-poll")
        if self.office.roster().listed_standing(self.conference, sender) == "trusted":
            return ()
        made = rosterevents.standing(
            self.conference, sender, "trusted", at=clock.now(), by=_WHO, reason="results of polls"
        )
        return (made,)


@dataclass(frozen=True, slots=True)
class _Collecting(_Running):
    """One poll of a conference that has its home at another hub, which opens it, ends it and counts
    it. Members here are asked when it is a poll of the network, and what they voted is reported
    when it has ended; nothing is written into the conference (networked/collected.py)."""

    def steps(self) -> Iterator[Step]:
        poll, now = self.poll, clock.now()
        if poll.reports is None or self.files.opening is None:
            return
        found = collected.read(self.office.config, self.conference, poll.id)
        if found is None:
            if now < poll.closes and (step := self._begin(now)):
                yield step
            return
        if found.end is not None:
            return
        end = min(poll.closes, self.files.closing.at if self.files.closing else poll.closes)
        if now >= end:
            if not self._is_waiting(end, now):
                yield self._report(found, end)
            return
        here = replace(self, files=collected.local(self.office.config, self.conference, self.files))
        key = (self.conference, poll.id)
        wished = self.office.roster().ledger(PollWork).reminders.get(key, 0)
        for turn in range(wished + 1):
            yield from here._ask(turn)

    def _begin(self, now: datetime) -> Step | None:
        """The list of voters here, frozen."""
        if not self.book.exists():
            chosen = electorate(self.office.roster(), self.conference, self.poll)
            if not 1 <= len(chosen) <= polls.MOST_VOTERS:
                return None
            self.book.settle({voter.id: member.number for member, voter in chosen})
        point("polls.after-book")
        return self._kept(Collected(now, len(self.book.voters())), "begin")

    def _report(self, found: Collected, end: datetime) -> Step:
        """What members here voted, as it goes to the home."""
        rows = networkvotes.rows_of(self.poll, self._last(end).values())
        return self._kept(replace(found, end=end, rows=rows), "report")

    def _kept(self, found: Collected, what: str) -> Step:
        path = collected.path(self.conference, self.identifier)
        plan = Plan(writes=(Write.to_private(path, found.text),), subject=f"Poll: {what}")
        return Step(f"poll-{self.conference}-{self.identifier}-{what}", plan, None)
