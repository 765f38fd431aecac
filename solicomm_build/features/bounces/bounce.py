"""What a bounce costs: class, score, probe, and when counting must stop.

Pure; imports message.dsn and types. Only a `gone` on a probe ends delivery; a full mailbox, a spam
block or an outage never does. Days are days since 1970-01-01 in UTC. The events that a bounce
leaves in the roster are made here and folded by features/bounces/bounceledger.py; their format is
docs/formats/roster.md.

The rules: docs/mail-rules.md#bounces.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from solicomm_build.features.bounces.kind import Kind
from solicomm_build.features.bounces.reports.failure import Failure
from solicomm_build.foundation.oneline import one_line

PROBE_AT = 3.0
"""The score at which the list asks with a mail of its own whether the address still works."""
CLEAN_DAYS = 14
"""So many days with posts and without a bounce, and the score is 0 again."""
PROBE_WAIT = 7
"""Days within which a probe must come back; after that the address counts as working."""
OLDEST_TAG = 30
"""Days; a bounce of something older says nothing about today (servers give up after 5 or 7)."""
PROBES_EVERYWHERE = 3
"""Lists whose probes came back as gone, after which the address gets nothing from any list."""
NOTICE_DAYS = (7, 14, 28)
"""Days after the end of delivery on which the member is told."""
REMOVE_AFTER = 35
"""Days after which the subscription ends: one week after the last notice."""
BLOCKED_FOR, BLOCKED_DAYS = 30, 5
"""Days from the first to the last refusal by policy, and on how many at least, before the owners
hear that somebody's provider turns the list away."""
LONGEST_DIAGNOSTIC = 200

FREEZE = timedelta(hours=24)
PAST = timedelta(days=180)
"""How far back a domain's failures say what is usual there."""
_WINDOW = timedelta(hours=1)
_FEWEST, _SHARE, _MORE = 5, 0.2, 1.5
_USUAL_DAYS, _USUAL_SPAN = 5, 7

PROBE_BIT = 0x8000
"""Set in the day of a probe's tag; plain days reach this bit in 2059."""


WEIGHTS = {Kind.GONE: 1.0, Kind.FULL: 0.25, Kind.SOFT: 0.1, Kind.SIZE: 0.0, Kind.POLICY: 0.0}

# -- score ------------------------------------------------------------------------------------


def epoch_day(moment: datetime) -> int:
    """The day of an aware moment, counted from 1970-01-01 in UTC."""
    return int(moment.timestamp()) // 86_400


@dataclass(frozen=True, slots=True)
class Bounce:
    """One failure of one subscription. `at` is when it came in, UTC; `sent` the day of the copy."""

    number: int
    conference: str
    kind: Kind
    at: datetime
    domain: str
    status: str = ""
    diagnostic: str = ""
    sent: int = 0


def score(days: Iterable[tuple[int, Kind]], today: int, posted: Callable[[int, int], int]) -> float:
    """The score of a subscription after failures on these days (docs/mail-rules.md#bounces).

    Of each day the worst counts, once. `posted(a, b)` says on how many days from a to b, both
    included, the list sent a post; it is asked only about gaps that are long enough to matter.
    """
    worst: dict[int, float] = {}
    for day, kind in days:
        worst[day] = max(WEIGHTS[kind], worst.get(day, 0.0))
    total, last = 0.0, today
    for day in sorted(worst):
        if _is_clean(last, day, posted):
            total = 0.0
        total, last = total + worst[day], day
    return 0.0 if worst and _is_clean(last, today + 1, posted) else round(total, 4)


def _is_clean(last: int, day: int, posted: Callable[[int, int], int]) -> bool:
    """Whether enough days with posts lie between two days."""
    return day - last > CLEAN_DAYS and posted(last + 1, day - 1) >= CLEAN_DAYS


def is_blocked(days: Iterable[tuple[int, str]], today: int) -> bool:
    """Whether all that came back of late, over a month and up to now, were refusals by policy.

    Such refusals never cost a subscription, so that an address which is dead behind them would
    never be found out; people have to ask.
    """
    run: set[int] = set()
    last = today
    for day, kind in sorted(days, reverse=True):
        if kind != Kind.POLICY or last - day > CLEAN_DAYS:
            break
        run.add(day)
        last = day
    return len(run) >= BLOCKED_DAYS and max(run) - min(run) >= BLOCKED_FOR


# -- probes and tags --------------------------------------------------------------------------


def probe_day(day: int) -> int:
    """What stands for the day in the VERP tag of a probe."""
    return day | PROBE_BIT


def read_day(tagged: int) -> tuple[int, bool]:
    """(day, whether it is a probe) of the day in a VERP tag."""
    return tagged & ~PROBE_BIT, bool(tagged & PROBE_BIT)


# -- circuit breaker --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trip:
    """Why counting stops for a domain: the class, how many members, and one bounce as a sample."""

    kind: Kind
    members: int
    sample: Bounce


@dataclass(slots=True)
class Hour:
    """What failed of one domain within an hour, counted as it comes: each failure costs the same,
    however many there are."""

    _rows: list[tuple[datetime, int, Kind]] = field(default_factory=list)  # by time
    _named: dict[Kind, Counter[int]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, found: Bounce) -> None:
        """Takes a failure in."""
        insort(self._rows, (found.at, found.number, found.kind))
        self._named.setdefault(found.kind, Counter())[found.number] += 1

    def take(self, found: Bounce, fast: timedelta) -> int:
        """The same; how many members failed so within the hour that ends with it. What was before
        that, or lies ahead by more than `fast`, is forgotten."""
        self.forget(found.at - _WINDOW, found.at + fast)
        self.add(found)
        ahead = bisect_right(self._rows, found.at, key=_moment)
        later = Counter(number for _, number, kind in self._rows[ahead:] if kind is found.kind)
        named = self._named[found.kind]
        return len(named) - sum(named[number] == count for number, count in later.items())

    def forget(self, before: datetime, after: datetime) -> None:
        """Forgets what was earlier, or later."""
        rows = self._rows
        first, end = bisect_left(rows, before, key=_moment), bisect_right(rows, after, key=_moment)
        gone = [*rows[:first], *rows[end:]]
        if gone:
            self._rows = rows[first:end]
        for _, number, kind in gone:
            named = self._named[kind]
            named[number] -= 1
            if not named[number]:
                del named[number]


def _moment(row: tuple[datetime, int, Kind]) -> datetime:
    return row[0]


def breaker(
    found: Bounce, named: int, members: Callable[[], int], usual: Callable[[Kind], int]
) -> Trip | None:
    """Whether a domain's bounces say more about us or its servers than about people
    (docs/mail-rules.md#bounces): within the hour up to `found` one class for at least five members
    (`named`), for more than a fifth of those the domain has (`members`), and for half as many again
    as usually fail there so (`usual`). Both are asked only when it matters.

    What one member's provider refuses, by policy too, says nothing about another member; and what
    fails at every post is no outage, or else dead addresses would be kept alive by their number.
    """
    if named < _FEWEST or named <= _SHARE * members() or named <= _MORE * usual(found.kind):
        return None
    return Trip(found.kind, named, found)


def usual_failures(past: Iterable[tuple[int, int]]) -> int:
    """How many of a domain's members usually fail on a day of posts, by (day, member) of earlier
    failures of one class: what was reached on five days over a week; 0 while it was not.

    So an outage of some days is none, and what goes on is usual after a week.
    """
    days: dict[int, set[int]] = {}
    for day, number in past:
        days.setdefault(day, set()).add(number)
    counts = sorted((len(numbers) for numbers in days.values()), reverse=True)
    if len(counts) < _USUAL_DAYS:
        return 0
    for level in dict.fromkeys(counts[_USUAL_DAYS - 1 :]):
        reached = [day for day, numbers in days.items() if len(numbers) >= level]
        if max(reached) - min(reached) >= _USUAL_SPAN:
            return level
    return 0


def frozen_from(moment: datetime) -> datetime:
    """Where a freeze that begins at `moment` reaches back to: what made it trip does not count."""
    return moment - _WINDOW


def domain_of(address: str) -> str:
    """The domain of an address, in lower case."""
    return address.rpartition("@")[2].lower()


def diagnostic_line(failure: Failure) -> str:
    """What is kept of a diagnosis."""
    return one_line(failure.diagnostic, LONGEST_DIAGNOSTIC)


def time_text(moment: datetime) -> str:
    """A moment as events write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
