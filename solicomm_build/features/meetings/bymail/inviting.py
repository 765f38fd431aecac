"""Meetings that are ahead: what the desk does by itself, and at which time.

    a version of the meeting, by mail ─→ invitations, some hundred at a time   private/…/told/s<n>
      → answers, as everybody may see them                                     answers/<ts>.yaml
      → a reminder on the day before, at nine by the clocks of who gets it     private/…/told/r<n>
      → the list for the door to the moderator, with it

Who gets a letter is written down in the same plan (ledger.py), so a kill anywhere invites nobody
twice. Where no names are shown, answers are published once an hour at most, so that nobody can tell
by the time of a commit whose mail came when.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Letter, Plan, Write
from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings import meetingfiles
from solicomm_build.features.meetings.bymail import doorlist, meetingplaces
from solicomm_build.features.meetings.bymail import meetingletters as letters
from solicomm_build.features.meetings.bymail.meetingletters import Invited
from solicomm_build.features.meetings.invited import outside, people, uninvited
from solicomm_build.features.meetings.meeting import MAYBE, NO, YES, Batch, Meeting, Said
from solicomm_build.features.meetings.meetingbook import Answer, Book, book
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.people.membership import Member

BATCH = 100
"""Letters in one plan: a kill repeats no more than that, and each mail costs some kilobytes."""

_REST = 2.0  # seconds between two looks at all conferences
_AGAIN = timedelta(minutes=1)  # when answers are looked at again
_PACE = timedelta(hours=1)
_AT = time(9)  # when reminders go, by the clock of who gets one
_SHORTLY = timedelta(hours=2)  # the list for the door of a meeting that was set after that
_LONG = timedelta(days=1)  # after its end answers that waited are published still
_LATER = Step("", NOTHING)  # something waits for its time


@dataclass(slots=True)
class Seen:
    """What was seen of a conference: its tip, the meetings there are, and of each, with which
    roster and when it was last found that nothing is to be done, with what nobody was left to be
    invited, and with what no answer to be published."""

    tip: Oid | None = None
    known: dict[str, MeetingFiles] = field(default_factory=dict)
    done: dict[str, tuple[Oid | None, datetime]] = field(default_factory=dict)
    invited: dict[str, Hashable] = field(default_factory=dict)
    published: dict[str, Hashable] = field(default_factory=dict)


def steps(office: Office, looked: Looked[Seen]) -> Iterator[Step]:
    """What is to be done now, in the order of conferences; costs next to nothing where no meeting
    is ahead, and where one is, a `stat` of the folder of each who answered once a minute. Who is on
    the list, and what was answered, is read again when it is another."""
    if looked.rests(_REST):
        return
    roster, now = open_repo(office.config.roster_repo).ref(), clock.now()
    tips = office.tips()
    seen_of = {name: looked.seen.setdefault(name, Seen()) for name in tips}
    moved = [name for name, seen in seen_of.items() if seen.known or seen.tip != tips[name]]
    for name in office.watch.each("meetings", moved):
        seen = seen_of[name]
        for files in _ahead(office, seen, name, now):
            before = seen.done.get(files.meeting.id)
            if before and before[0] == roster and clock.is_early(before[1] + _AGAIN, _AGAIN):
                continue
            for step in _Ahead(office, name, files, now, seen, roster).steps():
                looked.at_once()
                seen.done.pop(files.meeting.id, None)
                yield step
                break
            else:
                seen.done[files.meeting.id] = (roster, now)


def _ahead(office: Office, seen: Seen, name: str, now: datetime) -> list[MeetingFiles]:
    tip = office.repo(name).ref()
    if tip != seen.tip:
        with Reader(office.repo(name)) as reader:
            known = meetingfiles.identifiers(reader) if tip is not None else []
        found = {one: meetingplaces.load(office, name, one) for one in known}
        seen.known = {one: files for one, files in found.items() if files is not None}
        seen.tip, seen.done, seen.invited, seen.published = tip, {}, {}, {}
    return [files for files in seen.known.values() if now < files.meeting.ends + _LONG]


@dataclass(frozen=True, slots=True)
class _Ahead:
    """One meeting that is ahead, or just over."""

    office: Office
    conference: str
    files: MeetingFiles
    now: datetime
    seen: Seen
    roster: Oid | None

    @property
    def meeting(self) -> Meeting:
        return self.files.meeting

    @property
    def book(self) -> Book:
        return book(self.office.config, self.conference, self.meeting.id)

    def steps(self) -> Iterator[Step]:
        if self.now < self.meeting.ends:
            yield from self._once(self.seen.invited, (self.roster, self._has_begun), self._invite())
        if self._is_near and not self._has_begun and not self.meeting.is_cancelled:
            if self.meeting.remind:
                yield from self._remind()
            yield from self._door()
        members = self.roster if self.meeting.names or self._is_closed() else None
        stamp = self.book.stamp()
        rests_on = None if stamp is None else (members, stamp)
        yield from self._once(self.seen.published, rests_on, self._publish())

    def _once(
        self, seen: dict[str, Hashable], rests_on: Hashable, work: Iterator[Step]
    ) -> Iterator[Step]:
        """What is to be done, if it was not found before that nothing is, resting on the same; None
        is never the same. Work that has to wait for its time yields a step of nothing."""
        if rests_on is not None and seen.get(self.meeting.id) == rests_on:
            return
        seen.pop(self.meeting.id, None)
        left = False
        for step in work:
            left = True
            if step is not _LATER:
                yield step
        if not left:
            seen[self.meeting.id] = rests_on

    @property
    def _has_begun(self) -> bool:
        return self.now >= self.meeting.starts

    @property
    def _is_near(self) -> bool:
        """Whether anywhere on earth it may be nine on the day before."""
        return self.now >= self.meeting.starts - timedelta(days=2, hours=14)

    # -- letters ----------------------------------------------------------------------------------

    def _invite(self) -> Iterator[Step]:
        """The letters of this version that have not gone out: to everybody on the list, also who
        joined since; that it has changed or is cancelled to who was invited before. Once it has
        begun nobody is invited any more, but those who were hear of it."""
        turn = f"s{self.meeting.sequence}"
        invited = self.book.invited()
        members = self.office.roster().members
        who = {number: members[number] for number in invited if number in members}
        if not self.meeting.is_cancelled and not self._has_begun:
            who |= people(self.office.roster(), self.conference, closed=self._is_closed())
        numbers = who.keys() - self.book.told(turn) - self._shut_out()
        rest = [who[number] for number in sorted(numbers)]
        heard = [(one, self.book.told(f"s{one.sequence}")) for one in self.files.versions[-2::-1]]
        yield from self._letters(turn, rest, lambda one: self._invitation(one, invited, heard))

    def _invitation(
        self, member: Member, invited: set[int], heard: list[tuple[Meeting, set[int]]]
    ) -> Letter:
        about = self._about(member)
        if self.meeting.is_cancelled:
            return letters.cancelled(about)
        before = self._known(member, heard) if member.number in invited else None
        return letters.invite(about, before)

    def _known(self, member: Member, heard: list[tuple[Meeting, set[int]]]) -> Meeting | None:
        """The version before this one that a member is to hear the difference from: the last of
        which there was a letter, or one after it at another time, since answers to that are lost,
        too. `heard` is who was told of each, the newest first."""
        passed = list[Meeting]()
        for one, told in heard:
            passed.append(one)
            if member.number in told:
                break
        times = (self.meeting.starts, self.meeting.ends)
        moved = (one for one in passed if (one.starts, one.ends) != times)
        return next(moved, passed[0] if passed else None)

    def _is_closed(self) -> bool:
        settings = self.office.conference(self.conference)
        return settings is None or settings.is_closed

    def _outside(self, numbers: set[int]) -> set[int]:
        """Those of some members who read nothing of a list for members any more."""
        if not self._is_closed():
            return set()
        return outside(self.office.roster(), self.conference, numbers)

    def _shut_out(self) -> set[int]:
        """Who was invited and hears no more: who reads nothing of the list any more; and who has
        left it or wants no invitations, but for those who come or may come. That it is cancelled
        these hear, too, since it is in their calendars."""
        roster, invited = self.office.roster(), self.book.invited()
        out = self._outside(invited)
        if not self.meeting.is_cancelled:
            last = self.book.last().items()
            comes = {number for number, answer in last if answer.choice in (YES, MAYBE)}
            out |= uninvited(roster, self.conference, invited) - comes
        return out

    def _remind(self) -> Iterator[Step]:
        """To who did not say no: on the day before, by the clock of who gets it."""
        said = self.book.last()
        reminded = set[int]().union(*(self.book.told(f"r{one}") for one in self._of_this_time()))
        members = self.office.roster().members
        rest = [
            members[number]
            for number in sorted(self.book.invited() - reminded - self._shut_out())
            if number in members and self._choice(said, number) != NO
        ]
        due = [one for one in rest if self._is_due(self._about(one).zone, said.get(one.number))]
        yield from self._letters(
            self._reminder,
            due,
            lambda one: letters.remind(
                self._about(one), self._choice(said, one.number), is_today=self._is_today(one)
            ),
        )

    @property
    def _reminder(self) -> str:
        """The turn of reminders of this version."""
        return f"r{self.meeting.sequence}"

    def _of_this_time(self) -> Iterator[int]:
        """The versions since it has the time that it has now: who was reminded of one of them is
        told what else has changed, and not reminded again."""
        yield from (one.sequence for one in self.files.versions if one.at >= self.files.set_at)

    def _is_today(self, member: Member) -> bool:
        zone = self._about(member).zone
        return self._day(zone) <= self.now.astimezone(zone).date()

    def _day(self, zone: tzinfo) -> date:
        """The day on which it begins."""
        return self.meeting.starts.astimezone(zone).date()

    def _is_due(self, zone: tzinfo, said: Answer | None = None) -> bool:
        """Whether it is nine, or later, on the day before. The day itself is for who should have
        heard then and did not, as the hub was off, and has said nothing since."""
        day = self._day(zone)
        first = self._first(zone)
        if self.now >= datetime.combine(day, time(), zone):
            return self.files.set_at < first and (said is None or said.at < first)
        return first <= self.now

    def _first(self, zone: tzinfo) -> datetime:
        """Nine on the day before."""
        return datetime.combine(self._day(zone) - timedelta(days=1), _AT, zone)

    def _is_list_due(self, zone: tzinfo) -> bool:
        if self.files.set_at < self._first(zone):
            return self._is_due(zone)
        return self.now >= self.meeting.starts - _SHORTLY

    def _door(self) -> Iterator[Step]:
        """The list for the door, once to each who gets it for a time: on the day before, or shortly
        before it begins where nobody could have answered by then."""
        told = set[int]().union(*(self.book.told(f"dr{one}") for one in self._of_this_time()))
        turn = f"d{self._reminder}"
        for member in self._at_the_door():
            if member.number in told or not self._is_list_due(self._about(member).zone):
                continue
            office, number = self.office, member.number
            letter = doorlist.letter(office, self.conference, member, self.files, notice=True)
            plan = Plan(
                letters=(letter,),
                writes=(self.book.telling(turn, [number]),),
                subject="Send the list for the door",
            )
            yield Step(f"meeting-{self.conference}-{self.meeting.id}-{turn}-{number}", plan)

    def _at_the_door(self) -> list[Member]:
        """Who gets the list for the door, which has addresses: the moderator who set the meeting;
        all who look after the list when that one does so no more, or gets no mail."""
        people = self.office.roster().with_role(self.conference, "moderator", "host")
        chair = self.book.chair()
        return [one for one in people if one.number == chair] or people

    def _choice(self, said: Mapping[int, Answer], number: int) -> str:
        """What a member answered to the meeting as it is: an answer to another time counts no
        more."""
        answer = said.get(number)
        return answer.choice if answer is not None and answer.at >= self.files.set_at else ""

    def _about(self, member: Member) -> Invited:
        return Invited(self.office, self.conference, self.meeting, member, self.files.made)

    def _letters(
        self, turn: str, rest: list[Member], write: Callable[[Member], Letter]
    ) -> Iterator[Step]:
        """The letters of a turn. Whose mail comes back gets them once that is over."""
        active = [one for one in rest if one.state == "active"]
        for first in range(0, len(active), BATCH):
            some = active[first : first + BATCH]
            writes = [self.book.telling(turn, (one.number for one in some))]
            if turn != self._reminder and (late := self._late(some)):
                writes.append(self.book.telling(self._reminder, late))
            plan = Plan(
                letters=tuple(map(write, some)),
                writes=tuple(writes),
                subject=f"Write to {len(some)} about {self.meeting.id}",
            )
            name = f"meeting-{self.conference}-{self.meeting.id}-{turn}-{some[0].number}"
            yield Step(name, plan)

    def _late(self, some: list[Member]) -> list[int]:
        """Who hears of the meeting, or of a change, when the reminder would be due: this is it."""
        near = some if self._is_near else []
        return [one.number for one in near if self._is_due(self._about(one).zone)]

    # -- what everybody may see -------------------------------------------------------------------

    def _publish(self) -> Iterator[Step]:
        """The answers that are not published yet, and how many are invited."""
        now_, known = self._answers(), self.files.answers
        erased = sum(bool(said.choice) for one, said in known.items() if one not in now_)
        invited = self._asked() + erased  # whose answers count on
        new = {one: said for one, said in now_.items() if known.get(one, Said("")) != said}
        if not self._is_time(is_new := bool(new) or invited != self.files.invited):
            yield from (_LATER,) * is_new
            return
        at = self.now
        if (batches := self.files.batches) and batches[-1].at > at:  # of a clock that was ahead
            at = batches[-1].at + timedelta(seconds=1)  # the newest counts
        text = meetings.encode_answers(Batch(at, invited, new)).decode("utf-8")
        path = meetings.answers_path(self.meeting.id, at)
        write = Write.to_conference(self.conference, path, text)
        plan = Plan(writes=(write,), subject=f"Publish {len(new)} answers to {self.meeting.id}")
        yield Step(f"meeting-{self.conference}-{self.meeting.id}-answers", plan)

    def _asked(self) -> int:
        """How many are invited: who was written to, and who has answered in My hub without that;
        nobody who is out of a list for members since."""
        found = self.book.invited() | self.book.said(self.files.set_at).keys()
        return len(found - self._outside(found))

    def _is_time(self, is_new: bool) -> bool:
        batches = self.files.batches
        if not is_new or not batches:
            return is_new
        last, is_open = batches[-1].at, self.meeting.names or self.now >= self.meeting.starts
        if last > self.now + clock.FAST:  # of a clock that was ahead: in the first minute of hours
            return is_open or self.now.minute == 0
        if last >= self.now.replace(microsecond=0):
            return False
        return is_open or self.now >= last + _PACE

    def _answers(self) -> dict[str, Said]:
        """What each one who is invited says now, by the id of this meeting."""
        said, found = self.book.last(), dict[str, Said]()
        members, out = self.office.roster().members, self._outside({*said})
        for number in said:
            choice = "" if number in out else self._choice(said, number)
            known = self.book.invitee(number)
            if known:
                name = self._name(members.get(number)) if choice else ""
                found[known] = Said(choice, name)
        return found

    def _name(self, member: Member | None) -> str:
        return self._about(member).name if self.meeting.names and member is not None else ""
