"""What a moderator's mail to a topic asks for, line by line. Pure; nothing is ever guessed.

    pin                                    label water +wages -old
    close                                  hide https://hub.example/conferences/…/#q7x2… reason
    retitle Water: the new agreement       summary        (the rest of the mail is the summary)
    why: so that it is found               (a line anywhere before that: why all of it is done)

A mail is read up to its signature or to what it quotes. It is one of commands when every line is
one, in any of the six languages (topicwords.py). `summary` and `translation` end the reading: what
follows is their text. Whose mail it is, and whether it may be done, others ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from solicomm_build.features.topics.words import ACTS, LANGUAGES, WHY
from solicomm_build.foundation.language import languagetag, wordtables
from solicomm_build.foundation.oneline import LONGEST_SUBJECT, one_line
from solicomm_build.foundation.types import SLUG
from solicomm_build.post import ownwords
from solicomm_build.post.event import LONGEST_LABEL, MOST_LABELS
from solicomm_build.post.ownwords import plain

MOST = 10
"""Commands in one mail."""

TEXTED = frozenset({"summary", "translation"})
"""Commands whose text is the rest of the mail."""

_LONGEST_LINE = 600
_MEANINGS = wordtables.meanings(ACTS, plain)
_TONGUES = wordtables.meanings(LANGUAGES, plain)
_WHYS = wordtables.known(lambda: WHY, plain)
_LONGEST_WORD = 20
_ENDS = "\"'«»„“”.,;:!?،؛؟*_"
_ID = re.compile(r"[a-z2-7]{32}")
_IDS = re.compile(r"(?<![a-z0-9])[a-z2-7]{32}(?![a-z0-9])", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<?([^\s<>@/]+@[^\s<>@/]+)>?")
_BARE = frozenset({"pin", "unpin", "close", "reopen", "summary"})

Fault = Literal["", "unknown", "more", "title", "text", "labels", "place", "topic", "post", "lang"]
"""Why a line is no command: no word of ours, words too many, or something is missing after it."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command: the type of event, what it is about (a mid, a tid, a Message-ID, a conference,
    as it was written), its words, and the language of the word by which it was given."""

    act: str
    about: str = ""
    words: tuple[str, ...] = ()
    language: str = "en"
    line: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that is no command, or not a whole one: `act` is what its first word means."""

    line: str
    fault: Fault
    act: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """What a mail says: its commands, the lines that are none, and the text after `summary`."""

    orders: tuple[Order, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    text: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it holds commands and nothing else."""
        return bool(self.orders) and not self.wrong

    @property
    def is_bare(self) -> bool:
        """The same, and no text that somebody could read as a post."""
        return self.is_whole and not self.text

    @property
    def begins(self) -> bool:
        """Whether it begins with a command and goes on with something else, in few short lines: to
        send that to everybody would be wrong, and to do a part of it, too."""
        lines = [one.line for one in self.wrong]
        short = all(len(line) <= 120 for line in lines)
        return bool(self.orders) and bool(lines) and short and len(lines) <= MOST

    @property
    def language(self) -> str:
        """The language of the first command that is not an English one, else empty."""
        return next((one.language for one in self.orders if one.language != "en"), "")


NOTHING = Script()


def read(text: str, names: Iterable[str] = ()) -> Script:
    """The commands of a text; an empty script when its first line is none. What an author of these
    `names` (post/ownwords.py) signs with is no line of it."""
    rows = rows_of(text)
    return _script(rows, len(ownwords.without_signoff(rows, names, is_command=_is_order)))


def read_typed(text: str) -> Script:
    """The same of what a page sends: nothing after `summary` or `translation` quotes or signs, all
    of it is their text."""
    rows = text.split("\n")
    return _script(rows, len(rows))


def _script(rows: list[str], end: int) -> Script:
    """The commands of rows, of which those from `end` on are no commands."""
    why, script = _why(rows), _read(rows, end)
    if not why or not script.orders:
        return script
    return replace(script, orders=tuple(replace(one, why=why) for one in script.orders))


def rows_of(text: str) -> list[str]:
    """The lines of a mail that are not quoted."""
    return list(_joined(ownwords.rows(text, is_command=_is_order)))


def _why(rows: Iterable[str]) -> str:
    """Why it is done, as a line before a text of its own says it."""
    for row in rows:
        if reason := _reason(row):
            return reason
        found = one(row.strip())
        if isinstance(found, Order) and found.act in TEXTED:
            return ""
    return ""


def _reason(row: str) -> str:
    """What stands after `why:`; "" in any other line."""
    head, colon, rest = row.strip().partition(":")
    if not colon or len(head) > _LONGEST_WORD or plain(head.strip()) not in _WHYS:
        return ""
    return one_line(rest, LONGEST_SUBJECT).strip()


def _read(rows: list[str], end: int) -> Script:
    orders: list[Order] = []
    wrong: list[Wrong] = []
    for number, row in enumerate(rows[:end]):
        if not row.strip() or _reason(row):
            continue
        found = one(row.strip())
        if not orders and not isinstance(found, Order):
            return Script() if found.fault == "unknown" else Script(wrong=(found,))
        if isinstance(found, Wrong):
            wrong.append(found)
        elif len(orders) == MOST:
            wrong.append(Wrong(found.line, "more", found.act))
        else:
            orders.append(found)
            if found.act in TEXTED:
                rest = "\n".join(rows[number + 1 :]).strip("\n")
                if number + 1 >= end or not rest.strip():
                    return Script(
                        tuple(orders[:-1]), (*wrong, Wrong(row.strip(), "text", found.act))
                    )
                return Script(tuple(orders), tuple(wrong), rest)
    return Script(tuple(orders), tuple(wrong))


def one(line: str) -> Order | Wrong:
    """The command in one line, or why it is none."""
    line = " ".join(line.replace("\u00a0", " ").split())
    if len(line) > _LONGEST_LINE:
        return Wrong(line[:_LONGEST_LINE], "unknown")
    words = line.split(" ")
    for count in range(min(_longest_act(), len(words)), 0, -1):
        head = plain(" ".join(words[:count])).strip(_ENDS)
        known = _MEANINGS.get(head)
        if known is not None:
            return _whole(known[0], known[1], words[count:], line)
    return Wrong(line, "unknown")


@cache
def _longest_act() -> int:
    """How many words the longest name of a command has."""
    return max(word.count(" ") + 1 for word in _MEANINGS)


def reference(word: str) -> str:
    """What a word names: the last id in a link or address (a post's or a topic's), or a Message-ID
    without brackets; empty when it names nothing."""
    if found := _IDS.findall(word):
        return str(found[-1]).lower()
    match = _MESSAGE_ID.fullmatch(word)
    return match[1] if match else ""


def language(word: str) -> str:
    """The tag that a word such as `fr`, `pt-BR` or `français` means; empty for none."""
    known = _TONGUES.get(plain(word).strip(_ENDS))
    if known:
        return known[0]
    return languagetag.of(word.strip(_ENDS).replace("_", "-"))


def _is_order(row: str) -> bool:
    return isinstance(one(row), Order)


def _joined(rows: Iterable[str]) -> Iterator[str]:
    """Lines as they were before a program broke them in front of a long link."""
    before: str | None = None
    for row in rows:
        if before is not None and _LINK.match(row.strip()) and _wants(before):
            before = f"{before} {row.strip()}"
            continue
        if before is not None:
            yield before
        before = row
    if before is not None:
        yield before


def _wants(row: str) -> bool:
    """Whether a line is the word of a command that a link may follow."""
    known = _MEANINGS.get(plain(row).strip(_ENDS + " "))
    return known is not None and known[0] not in _BARE and known[0] not in ("retitle", "label")


_LINK = re.compile(r"https?://|#[a-z2-7]{32}|<[^\s<>@]++@[^\s<>]++>", re.IGNORECASE)


def _whole(act: str, tongue: str, after: list[str], line: str) -> Order | Wrong:
    """The command with what has to follow its word, and no more than that."""
    rest = " ".join(after)
    if act in _BARE:
        if not rest.strip(_ENDS + " "):
            return Order(act, "", (), tongue, line)
        return Wrong(line, "more", act)
    if act == "retitle":
        title = one_line(rest, LONGEST_SUBJECT).strip()
        return Order(act, "", (title,), tongue, line) if title else Wrong(line, "title", act)
    if act == "label":
        return _label(after, tongue, line)
    if act == "move":
        return _move(after, tongue, line)
    if act in ("merge", "unmerge"):
        about = reference(after[0]) if len(after) == 1 else ""
        good = bool(_ID.fullmatch(about))
        return Order(act, about, (), tongue, line) if good else Wrong(line, "topic", act)
    return _about_post(act, after, tongue, line)


def _label(after: Sequence[str], tongue: str, line: str) -> Order | Wrong:
    labels = [word.strip(",;،؛") for word in after]
    labels = [word for word in labels if word]
    sound = all(
        0 < len(word.lstrip("+-")) <= LONGEST_LABEL
        and not re.search(r"[/\\]", word)
        and re.search(r"\w", word)
        for word in labels
    )
    if not labels or len(labels) > MOST_LABELS or not sound:
        return Wrong(line, "labels", "label")
    return Order("label", "", tuple(labels), tongue, line)


def _move(after: Sequence[str], tongue: str, line: str) -> Order | Wrong:
    word = after[0].strip(_ENDS).lower() if len(after) == 1 else ""
    place = word.rstrip("/").rpartition("/")[2].partition("@")[0]
    if not SLUG.fullmatch(place):
        return Wrong(line, "place", "move")
    return Order("move", place, (), tongue, line)


def _about_post(act: str, after: list[str], tongue: str, line: str) -> Order | Wrong:
    about = reference(after[0]) if after else ""
    words = after[1:] if about else after
    if act in ("translation", "lang"):
        tag = language(words[0]) if len(words) == 1 else ""
        if words and not tag:
            return Wrong(line, "lang" if about else "post", act)
        if act == "lang" and not (about and tag):
            return Wrong(line, "post" if not about else "lang", act)
        return Order(act, about, (tag,) if tag else (), tongue, line)
    if act == "hide":
        reason = one_line(" ".join(words), LONGEST_SUBJECT)
        if not about:
            return Wrong(line, "post", act)
        return Order(act, about, (reason,) if reason else (), tongue, line)
    if (not about and act != "unhide") or words:
        return Wrong(line, "more" if about else "post", act)
    return Order(act, about, (), tongue, line)
