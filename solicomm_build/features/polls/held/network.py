"""Polls of a network: what a hub that follows does, and what the home does after the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from solicomm_build.desk.chores import Step
from solicomm_build.desk.plan import Plan, Write
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.bymail.pollresult import post
from solicomm_build.features.polls.held.running import Running
from solicomm_build.features.polls.networked import collected
from solicomm_build.features.polls.networked.collected import Collected
from solicomm_build.features.polls.networked.electorate import electorate
from solicomm_build.features.polls.pollwork import PollWork
from solicomm_build.features.polls.values import networkvotes
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.faults import point
from solicomm_build.git.reader import Reader

_LATE = timedelta(days=7)
"""How long after the last report its mail may go out: nobody hears of votes of years ago when a hub
was away, or learns to tell of them."""


@dataclass(frozen=True, slots=True)
class Counted(Running):
    """One poll of a network that has ended at its home, and of which hubs have reported what was
    voted there. When none can any more, whoever was told the result is told what it is with all."""

    def steps(self) -> Iterator[Step]:
        until, now = self.poll.reports, clock.now()
        count = len(self.files.reports)
        if until is None or not until <= now < until + _LATE or count <= self._told():
            return
        with Reader(self.office.repo(self.conference)) as reader:
            whole = store.load(reader, self.identifier)
        told = post(self.office, self.conference, whole, hubs=count)
        events = (*self.trusted(), self.telling(count, now))
        plan = Plan(
            events=events,
            posts=(told,) if told else (),
            subject=f"Tell the result of {self.identifier} at all hubs",
        )
        yield Step(f"poll-{self.conference}-{self.identifier}-told-{count}", plan, None)

    def _told(self) -> int:
        ledger = self.office.roster().ledger(PollWork)
        return ledger.told.get((self.conference, self.identifier), 0)


@dataclass(frozen=True, slots=True)
class Collecting(Running):
    """One poll of a conference that has its home at another hub, which opens it, ends it and counts
    it. Members here are asked when it is a poll of the network, and what they voted is reported
    when it has ended; nothing is written into the conference (networked/collected.py)."""

    def steps(self) -> Iterator[Step]:
        poll, now = self.poll, clock.now()
        if poll.reports is None or self.files.opening is None:
            return
        found = collected.read(self.office.config, self.conference, poll.id)
        if found is None:
            is_open = self.files.closing is None and now < poll.closes
            if is_open and (step := self._begin(now)):
                yield step
            return
        if found.end is not None:
            if poll.ballot == "pseudonymous":  # also where its home never tells that it has ended
                self.book.forget()
            return
        end = min(poll.closes, self.files.closing.at if self.files.closing else poll.closes)
        if now >= end:
            is_sure = timekeeping.is_sure(self.office.config.state)
            if (self.files.closing or is_sure) and not self.is_waiting(end, now):
                yield self._report(found, end)
            return
        here = replace(self, files=collected.local(self.office.config, self.conference, self.files))
        key = (self.conference, poll.id)
        wished = self.office.roster().ledger(PollWork).reminders.get(key, 0)
        for turn in range(wished + 1):
            yield from here.ask(turn)

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
        rows = networkvotes.rows_of(self.poll, self.last_ballots(end).values())
        return self._kept(replace(found, end=end, rows=rows), "report")

    def _kept(self, found: Collected, what: str) -> Step:
        path = collected.path(self.conference, self.identifier)
        plan = Plan(writes=(Write.to_private(path, found.text),), subject=f"Poll: {what}")
        return Step(f"poll-{self.conference}-{self.identifier}-{what}", plan, None)
