"""How a conference is: who waits for an answer, how long answers take, who takes part. Pure.

Everything is counted from what everybody can read, of days that have ended. Who somebody is is told
by the name over the posts, so two people of one name are one and a person who changes it is two.
How long mail waited for moderators is private in each case; the desk files one number a month
(`health/<yyyy>-<mm>.json` in the conference's repository), and only of at least `FEWEST` decisions,
so that nobody is singled out:

    {"decisions": 12, "median_seconds": 5400}
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from solicomm_build.foundation.errors import ContentError

FEWEST = 5
"""Decisions of a month below which nothing is said about how long they took."""
MONTHS = 12
"""How far back the page looks, this month included."""
WAITING = 50
"""Topics without an answer that are listed, the newest."""

_PATH = re.compile(r"health/(2[0-9]{3}-(?:0[1-9]|1[0-2]))\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class Started:
    """A topic that began in the time looked at; `started` in seconds since 1970."""

    tid: str
    title: str
    starter: str
    started: int
    closed: bool
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """One month (`2026-11`). `topics` began in it, `answered` of them have an answer by now, after
    `median` and `ninth` (the 90th percentile) seconds; `in_time` of them within the target.
    `decided` is how long moderators took, None when that is not told."""

    month: str
    posts: int
    people: int
    topics: int
    answered: int
    in_time: int
    median: int | None
    ninth: int | None
    decided: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """`months` are the oldest first, from the first in which anything was on; `waiting` topics that
    are open and have no answer, the newest first, `waits` how many there are; `languages` (tag,
    posts), the most used first."""

    months: tuple[Month, ...]
    waiting: tuple[Started, ...]
    waits: int
    languages: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Counts:
    posts: int = 0
    people: set[str] = field(default_factory=set)
    topics: int = 0
    answers: list[int] = field(default_factory=list)


def health(
    months: Sequence[str],
    started: Iterable[Started],
    posts: Iterable[tuple[str, int, str, str]],
    *,
    target: int,
    decided: Mapping[str, int],
) -> Health:
    """Counts. `posts` are (topic, time, name, language) of these months, oldest first, without the
    hidden ones; `target` is in seconds, `decided` the median seconds of months that may be told."""
    counts = {month: _Counts() for month in months}
    topics = {topic.tid: topic for topic in started}
    first: dict[str, int] = {}
    languages: Counter[str] = Counter()
    for tid, time, name, lang in posts:
        month = counts[_month(time)]
        month.posts += 1
        month.people.add(name.casefold())
        languages[lang] += 1
        topic = topics.get(tid)
        if topic and tid not in first and name.casefold() != topic.starter.casefold():
            first[tid] = max(0, time - topic.started)
    for topic in topics.values():
        month = counts[_month(topic.started)]
        month.topics += 1
        if topic.tid in first:
            month.answers.append(first[topic.tid])
    waiting = [t for t in topics.values() if t.tid not in first and not t.closed]
    waiting.sort(key=lambda t: (t.started, t.tid), reverse=True)
    languages.pop("", None)
    told = [_told(month, counts[month], target, decided.get(month)) for month in months]
    begun = next((at for at, one in enumerate(told) if one.posts or one.topics or one.decided), -1)
    return Health(
        tuple(told[begun:]),
        tuple(waiting[:WAITING]),
        len(waiting),
        tuple(sorted(languages.items(), key=lambda item: (-item[1], item[0]))),
    )


def _told(month: str, counts: _Counts, target: int, decided: int | None) -> Month:
    answers = sorted(counts.answers)
    return Month(
        month,
        counts.posts,
        len(counts.people),
        counts.topics,
        len(answers),
        sum(seconds <= target for seconds in answers),
        percentile(answers, 50),
        percentile(answers, 90),
        decided,
    )


def percentile(ordered: Sequence[int], part: int) -> int | None:
    """The smallest value that `part` of a hundred do not exceed (nearest rank); None of none.

    >>> percentile([1, 2, 3, 4], 50)
    2
    """
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * part // 100) - 1)]


def last_months(last: str, count: int = MONTHS) -> list[str]:
    """So many months until `last` (`2026-11`), the oldest first."""
    year, month = int(last[:4]), int(last[5:7])
    places = range(year * 12 + month - count, year * 12 + month)
    return [f"{place // 12:04}-{place % 12 + 1:02}" for place in places]


def path(month: str) -> str:
    """Where the desk files how long moderators took in a month."""
    return f"health/{month}.json"


def parse_path(text: str) -> str | None:
    """The month of such a path; None for any other."""
    match = _PATH.fullmatch(text)
    return match[1] if match else None


def encode(waited: Sequence[int]) -> str | None:
    """The file of a month in which decisions took these seconds; None when they are too few."""
    if len(waited) < FEWEST:
        return None
    median = percentile(sorted(waited), 50)
    return json.dumps({"decisions": len(waited), "median_seconds": median}) + "\n"


def decode(blob: bytes, file: str = "") -> int:
    """The median seconds in such a file. Raises ContentError, also when it tells of too few."""
    try:
        facts: dict[str, Any] = json.loads(blob)
        decisions, median = facts["decisions"], facts["median_seconds"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ContentError(
            "this does not say how long moderators took",
            file=file,
            remedy='Write {"decisions": 12, "median_seconds": 5400}',
        ) from error
    sane = type(decisions) is int and type(median) is int and median >= 0
    if not sane or decisions < FEWEST:
        raise ContentError(
            f"a month is told of from {FEWEST} decisions on",
            file=file,
            remedy="Take the file away",
        )
    return int(median)


def _month(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m")
