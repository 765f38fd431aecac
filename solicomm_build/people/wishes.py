"""What members want of a list's posts beyond how they come: not too many a day, some topics only,
or only what answers them.

Pure. `max: 10/day` gives the first ten posts of a day (UTC) by themselves and the rest of it as
a digest. `topics: wages,water` gives posts that say one of the words in the subject or in Keywords
(RFC 5322 3.6.5), or whose topic a moderator labelled so; others do not come by mail at all.
`mail: answers` gives posts of others that lead back to one of the member's own, by In-Reply-To or
References (RFC 5322 3.6.4), or stand in a topic that the member began.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from solicomm_build.people.membership import ANSWERS, option

MOST_TOPICS = 10
_LONGEST = 40
_MAX = re.compile(r"([1-9][0-9]{0,2})(?:/day)?")
_YEAR = tuple(datetime(2026, month, 1, 12, tzinfo=UTC) for month in range(1, 13))
_SEPARATORS = re.compile(r"[,;،\s]+")


@dataclass(frozen=True, slots=True)
class About:
    """What a wish looks at: the number of the post in its day, from 1, its words, which `of_post`
    makes, and whom it answers, as addresses that `fold` wrote."""

    nth: int = 1
    words: str = ""
    answers: frozenset[str] = frozenset()


def of_post(
    nth: int, subject: str, keywords: Iterable[str] = (), labels: Iterable[str] = ()
) -> About:
    """The facts of a post."""
    return About(nth, f" {_plain(' '.join((subject, *keywords, *labels)))} ")


def most_a_day(options: Mapping[str, str]) -> int:
    """How many posts a day come by themselves; 0 for all."""
    match = _MAX.fullmatch(option(options, "max"))
    return int(match[1]) if match else 0


def topics(options: Mapping[str, str]) -> tuple[str, ...]:
    """The words of the topics that are wanted, as they are compared; none for all."""
    return words(option(options, "topics"))


def words(text: str) -> tuple[str, ...]:
    """The words of a list as people write it, each once, sorted, at most MOST_TOPICS."""
    found = (_plain(word)[:_LONGEST] for word in _SEPARATORS.split(text))
    return tuple(sorted(dict.fromkeys(filter(None, found)))[:MOST_TOPICS])


def is_wanted(wanted: tuple[str, ...], about: About) -> bool:
    """Whether a post is about one of the topics; without any, every post is."""
    return not wanted or any(f" {word} " in about.words for word in wanted)


def needs_facts(everybody: Iterable[Mapping[str, str]]) -> bool:
    """Whether any of these subscriptions has a wish that looks at the post's day or words."""
    return any("max" in options or "topics" in options for options in everybody if options)


def needs_answers(everybody: Iterable[Mapping[str, str]]) -> bool:
    """Whether any of these subscriptions wants only what answers its member."""
    return any(option(options, "mail") == ANSWERS for options in everybody if options)


def _plain(text: str) -> str:
    """Words in lower case without accents, one space between."""
    split = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in split if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join(re.findall(r"\w+", kept))


def zone_named(word: str) -> str:
    """The zone of a name in whatever case, "" for none. The city alone is enough, with or without
    accents, where all zones that are called after it have the same clock."""
    names = sorted(available_timezones(), reverse=True)
    wanted = word.strip(" .,;").replace(" ", "_").lower()
    city = _plain(wanted.replace("_", " ")).replace(" ", "_")
    found = [name for name in names if name.lower() == wanted]
    places = (name for name in names if not name.startswith(("US/", "Canada/")))  # no cities
    found = found or [name for name in places if name.lower().endswith(f"/{city}")]
    found = [name for name in found if is_zone(name)]
    clocks = {tuple(at.astimezone(ZoneInfo(name)).hour for at in _YEAR) for name in found}
    return found[0] if len(clocks) == 1 else ""


def is_zone(name: str) -> bool:
    """Whether the system knows a time zone of this name."""
    if not re.fullmatch(r"[A-Za-z0-9_+/-]{1,60}", name):
        return False
    try:
        return name == "UTC" or ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):
        return False
