"""What a moderator writes about a meeting: lines with a label in one of six languages. Pure.

    Title: General assembly
    When: 2026-12-01 18:00
    Until: 20:00
    Where: Union house, room 2
    Zone: Africa/Nairobi
    Names: hidden
    Remind: yes

Lines that are not known are faults and are named; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from solicomm_build.features.meetings.meeting import LONGEST_PLACE, LONGEST_TITLE, Meeting
from solicomm_build.foundation import characters, clock
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.oneline import one_line
from solicomm_build.message.address import mask
from solicomm_build.people import wishes
from solicomm_build.post.said import natural, numbers

_EXAMPLE = wordtables.phrases(__file__, "example")
_KEYS = wordtables.meanings(wordtables.table(__file__, "keys"), natural.bare)
_SHOWN = wordtables.meanings(wordtables.table(__file__, "names"), natural.bare)
_FLAGS = wordtables.meanings(wordtables.table(__file__, "flags"), natural.bare)
_ORDERS = wordtables.table(__file__, "orders")
_ORDERED = wordtables.meanings(_ORDERS, natural.bare)
_LABELLED = re.compile(r"([^\W\d_][\w' ]{0,24}?)\s*+[:：]\s*+(.*)")
_COLON = re.compile("[:：]")
_WHEN = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[ T,]+(\d{1,2})[:.h](\d{2})")
_TIME = re.compile(r"(\d{1,2})[:.h](\d{2})")
USUAL = timedelta(hours=2)
"""How long a meeting lasts that does not say."""
_LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: `code` is `title`, `when-missing`, `when`, `past`, `until`, `zone`, `names`,
    `remind`, `reveal` (names were promised to stay hidden), `address`, `line` or `nothing`; `said`
    is what was written."""

    code: str
    said: str = ""


def order(line: str) -> str:
    """The order that a first line gives: one of help, cancel, list, minutes; else ""."""
    return _known(_ORDERED, line)


def first(name: str, lang: str) -> str:
    """The word of an order that a letter shows."""
    return wordtables.shown(_ORDERS, name, lang)


def example(lang: str) -> tuple[str, ...]:
    """The lines of a mail that calls a meeting, as a letter in a language shows them."""
    rows = _EXAMPLE.get(lang) or _EXAMPLE[wordtables.ENGLISH]
    return tuple(clock.coming(row) for row in rows)


def read(fresh: Meeting, lines: Iterable[str], now: datetime) -> Meeting | list[Fault]:
    """The meeting that a text asks for, with `fresh` for what it does not say; or all that is wrong
    with it."""
    return _Text(now).read(fresh, lines, is_new=True)


def change(known: Meeting, lines: Iterable[str], now: datetime) -> Meeting | list[Fault]:
    """The next version of a meeting, by the lines that say something else; a new time keeps how
    long it lasts unless they say until when."""
    found = _Text(now).read(known, lines, is_new=False)
    if not isinstance(found, Meeting):
        return found
    if found.names and not known.names:
        return [Fault("reveal")]
    if found == known:  # said twice, or as it is
        return [Fault("nothing")]
    return replace(found, sequence=known.sequence + 1)


class _Text:
    """One reading of a text."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.faults: list[Fault] = []

    def read(self, known: Meeting, lines: Iterable[str], *, is_new: bool) -> Meeting | list[Fault]:
        said = self._said(lines)
        if not said and not self.faults:
            self.faults.append(Fault("nothing"))
        made = self._plain(known, said)
        made = self._times(made, known, said, is_new=is_new)
        if is_new and not made.title:
            self.faults.append(Fault("title"))
        return self.faults or made

    def _said(self, lines: Iterable[str]) -> dict[str, str]:
        said: dict[str, str] = {}
        for row in filter(None, map(natural.begun, lines)):
            match = _LABELLED.fullmatch(characters.UNSEEN.sub("", row).replace("’", "'"))
            key = _known(_KEYS, match[1]) if match else ""
            if match and key and (match[2] or key == "where"):  # a place may be taken away
                own = _COLON.split(row, 1)[1] if key in ("title", "where") else match[2]
                said[key] = own.strip()
            else:
                self.faults.append(Fault("line", row[:80]))
        return said

    def _plain(self, known: Meeting, said: Mapping[str, str]) -> Meeting:
        title = one_line(said.get("title", known.title), LONGEST_TITLE)
        place = one_line(said.get("where", known.place), LONGEST_PLACE)
        for text in (title, place):
            if "@" in text and mask(text) != text:
                self.faults.append(Fault("address", text[:80]))
        return replace(
            known,
            title=title,
            place=place,
            zone=self._zone(said, known.zone),
            names=self._word("names", _SHOWN, said, known.names, "shown"),
            remind=self._word("remind", _FLAGS, said, known.remind, "yes"),
        )

    def _zone(self, said: Mapping[str, str], known: str) -> str:
        if "zone" not in said:
            return known
        found = wishes.zone_named(said["zone"])
        if not found:
            self.faults.append(Fault("zone", said["zone"]))
        return found or known

    def _word(
        self,
        key: str,
        meanings: Mapping[str, tuple[str, str]],
        said: Mapping[str, str],
        known: bool,
        meant: str,
    ) -> bool:
        if key not in said:
            return known
        word = _known(meanings, said[key])
        if not word:
            self.faults.append(Fault(key, said[key]))
        return word == meant

    def _times(
        self, made: Meeting, known: Meeting, said: Mapping[str, str], *, is_new: bool
    ) -> Meeting:
        zone, lasts = made.local, known.ends - known.starts
        if is_new:
            lasts = USUAL
        starts: datetime | None = known.starts
        if "when" in said:
            starts = _moment(said["when"], zone)
            if starts is None:
                self.faults.append(Fault("when", said["when"]))
            elif starts <= self.now:
                self.faults.append(Fault("past", said["when"]))
        elif is_new:
            self.faults.append(Fault("when-missing"))
        elif "zone" in said:  # the same hour on the clock there
            plain = known.starts.astimezone(known.local).replace(tzinfo=zone)
            starts = plain.astimezone(UTC)
        if starts is None:
            return made
        ends = starts + lasts
        if "until" in said:
            found = _until(said["until"], starts, zone)
            if found is None or not starts < found <= starts + _LONGEST:
                self.faults.append(Fault("until", said["until"]))
            ends = found or ends
        if ends <= self.now and "when" not in said:  # nobody would hear of it any more
            self.faults.append(Fault("past", said.get("until", said.get("zone", ""))))
        return replace(made, starts=starts, ends=ends)


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """`2026-12-01 18:00` by the clocks of a zone. What could be read in two ways, such as
    1/12/2026, is not read; nor the last year there is, which ends earlier by other clocks."""
    match = _WHEN.fullmatch(numbers.digits(text).strip())
    if match is None:
        return None
    year, month, day, hour, minute = map(int, match.groups())
    if year >= MAXYEAR:
        return None
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _until(text: str, starts: datetime, zone: ZoneInfo) -> datetime | None:
    """A moment, or a time of the same day, or of the next where that would be before the start."""
    match = _TIME.fullmatch(numbers.digits(text).strip())
    if match is None:
        return _moment(text, zone)
    day: date = starts.astimezone(zone).date()
    try:
        at = datetime.combine(day, time(int(match[1]), int(match[2])), zone)
    except ValueError:
        return None
    if at <= starts:
        at = datetime.combine(day + timedelta(days=1), at.timetz())
    return at.astimezone(UTC)


def _known(meanings: Mapping[str, tuple[str, str]], word: str) -> str:
    return meanings.get(natural.bare(word), ("", ""))[0]
