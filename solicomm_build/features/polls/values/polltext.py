"""What a moderator writes to `<conference>-poll@`: a poll in plain words, or an order. Pure.

    Shall we join the day of action?
    question (fr): Participons-nous à la journée d’action ?
    1. Yes
    2. No
    1 (fr): Oui
    closes: 2026-12-01 18:00

Lines of a form that is not known are faults and are named; nothing is guessed. A text that begins
as `poll.yaml` does (docs/formats/poll.md) is read as that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.voteaddress import POLL_ID
from solicomm_build.foundation import clock, yamlsafe
from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.post.said import natural, numbers

_EXAMPLE = wordtables.phrases(__file__, "example")
_CALLED = wordtables.table(__file__, "orders")
_ORDERS = wordtables.meanings(_CALLED, natural.bare)
_KEYS = wordtables.meanings(wordtables.table(__file__, "keys"), natural.bare)
_TYPES = wordtables.meanings(wordtables.table(__file__, "types"), natural.bare)
_BALLOTS = wordtables.meanings(wordtables.table(__file__, "ballots"), natural.bare)

_OPTION = re.compile(r"(\d{1,2})\s*+(?:\(([a-z]{2,3})\)\s*+:|[.):])\s*+(\S.*)")
_SETTING = re.compile(r"([^\W\d_][\w' ]{0,20}?)\s*+(?:\(([a-z]{2,3})\)\s*+)?[:：]\s*+(\S.*)")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]+(\d{2}):(\d{2}))?(?: ?(?:UTC|Z))?", re.I)


@dataclass(frozen=True, slots=True)
class Order:
    """`help`, `list`, `missing`, `remind` or `close`, and the poll it names, or "" for the one
    that is open."""

    name: str
    poll: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: `code` is `closes-missing`, `closes`, `closes-past`, `question`, `line`,
    `number`, `type`, `ballot`, `sealed` or `file`; `said` is what was written, or the fault itself.
    """

    code: str
    said: str = ""


def order(line: str) -> Order | None:
    """The order that the first own line gives, or None when it gives none."""
    words = natural.bare(line).split()
    named = words.pop() if words and POLL_ID.fullmatch(words[-1]) else ""
    name = _known(_ORDERS, " ".join(words))
    return Order(name, named) if name else None


def first(name: str, lang: str) -> str:
    """The word of an order that a letter shows."""
    return wordtables.shown(_CALLED, name, lang)


def example(lang: str) -> tuple[str, ...]:
    """The lines of a mail that opens a poll, as a letter in a language shows them."""
    rows = _EXAMPLE.get(lang) or _EXAMPLE[wordtables.ENGLISH]
    return tuple(clock.coming(row) for row in rows)


def read(
    identifier: str, lines: Iterable[str], subject: str, lang: str, now: datetime
) -> Poll | list[Fault]:
    """The poll that a text asks for, or all that is wrong with it. `lang` is the language of what
    names none."""
    rows = list(lines)
    if is_file("\n".join(rows[:3])):
        return _file(identifier, "\n".join(rows), now)
    return _Text(identifier, lang, now).read(rows, subject)


def is_file(text: str) -> bool:
    """Whether a text begins as `poll.yaml` does."""
    return any(row.startswith("schema:") for row in text.splitlines()[:3])


def _file(identifier: str, text: str, now: datetime) -> Poll | list[Fault]:
    if not re.search(r"^id:", text, re.MULTILINE):
        text += f"\nid: {identifier}\n"
    try:
        poll = polls.decode(text)
    except ContentErrors as error:
        return [Fault("file", str(fault)) for fault in error.faults]
    return poll if poll.closes > now else [Fault("closes-past", polls.stamp(poll.closes))]


class _Text:
    """One reading of plain words."""

    def __init__(self, identifier: str, lang: str, now: datetime) -> None:
        self.identifier, self.lang, self.now = identifier, lang, now
        self.question: dict[str, list[str]] = {}
        self.labels: dict[int, dict[str, str]] = {}
        self.settings: dict[str, str] = {}
        self.faults: list[Fault] = []

    def read(self, rows: list[str], subject: str) -> Poll | list[Fault]:
        for row in rows:
            self._row(natural.begun(row))
        if not self.question and subject.strip():
            self.question[self.lang] = [subject.strip()]
        values = self._values()
        if self.faults:
            return self.faults
        try:
            return polls.decode(yamlsafe.dump(values))
        except ContentErrors as error:
            return [Fault("file", fault.fault) for fault in error.faults]

    def _row(self, row: str) -> None:
        plain = numbers.digits(row)
        if match := _OPTION.fullmatch(plain):
            self._option(int(match[1]), match[2] or self.lang, row[match.start(3) :])
            return
        if (match := _SETTING.fullmatch(row)) and (key := _known(_KEYS, match[1])):
            if key == "question":
                self.question[match[2] or self.lang] = [match[3]]
            else:
                self.settings[key] = match[3].strip()
        elif not self.labels and not self.settings:
            self.question.setdefault(self.lang, []).append(row)
        else:
            self.faults.append(Fault("line", row[:80]))

    def _option(self, number: int, lang: str, label: str) -> None:
        known = self.labels.setdefault(number, {})
        if lang in known:
            self.faults.append(Fault("number", f"{number}. {label}"[:80]))
        known[lang] = label.strip()

    def _values(self) -> dict[str, Node]:
        if sorted(self.labels) != list(range(1, len(self.labels) + 1)):
            self.faults.append(Fault("number", ", ".join(map(str, sorted(self.labels)))))
        kind = self._word("type", _TYPES, "choice" if self.labels else "proposal")
        top: dict[str, Node] = {
            "schema": polls.SCHEMA,
            "id": self.identifier,
            "question": {
                lang: " ".join(filter(None, rows)) for lang, rows in self.question.items()
            },
            "type": kind,
            "ballot": self._word("ballot", _BALLOTS, "open"),
        }
        if not self.question:
            self.faults.append(Fault("question"))
        if self.labels:
            top["options"] = [{"label": dict(self.labels[n])} for n in sorted(self.labels)]
        if "quorum" in self.settings:
            top["quorum"] = {
                "share": numbers.digits(self.settings["quorum"]).replace(" ", "").replace(",", ".")
            }
        if "show" in self.settings:
            top["show"] = self.settings["show"].lower()
        if "topic" in self.settings:
            top["topic"] = self.settings["topic"]
        top["closes"] = self._closes()
        return top

    def _word(self, key: str, meanings: Mapping[str, tuple[str, str]], default: str) -> str:
        said = self.settings.get(key)
        if said is None:
            return default
        known = _known(meanings, said)
        if not known:
            self.faults.append(Fault(key, said))
        elif known == "sealed":
            self.faults.append(Fault("sealed", said))
        return known or default

    def _closes(self) -> str:
        said = self.settings.get("closes")
        if said is None:
            self.faults.append(Fault("closes-missing"))
            return ""
        at = _moment(numbers.digits(said).strip())
        if at is None:
            self.faults.append(Fault("closes", said))
        elif at <= self.now:
            self.faults.append(Fault("closes-past", said))
        return polls.stamp(at) if at else ""


def _moment(text: str) -> datetime | None:
    """`2026-12-01 18:00` in UTC; a day alone lasts to its end. What could be read in two ways,
    such as 1/12/2026, is not read."""
    if match := _DAY.fullmatch(text):
        year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
        try:
            at = time(hour, minute or 0) if hour is not None else time(23, 59, 59)
            return datetime.combine(datetime(year or 0, month or 0, day or 0), at, UTC)
        except ValueError:
            return None
    try:
        return polls.moment(text)
    except ValueError:
        return None


def _known(meanings: Mapping[str, tuple[str, str]], word: str) -> str:
    return meanings.get(natural.bare(word), ("", ""))[0]
