"""What a mail to `LIST-request` asks for (docs/mail-rules.md#commands). Pure.

A mail is read line by line: its subject when that is a command, then its text. A greeting above it,
blank and quoted lines are passed over; the first other line that is no command, or `-- `, ends the
reading, and so do ten commands. HTML has become text before (message/body.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from solicomm_build.desk import vocabulary
from solicomm_build.foundation import characters
from solicomm_build.message.values import Message
from solicomm_build.post import ownwords

MOST = 10
"""Commands read from one mail."""

_TURNING = f"{characters.DIRECTION}{characters.BOM}\u200b\u200e\u200f\u061c"
ANSWER = re.compile(
    rf"^[\s{_TURNING}]*+(?:(?:re|fwd?|aw|antw|wg|tr|rv|rép|res|sv|enc|odp|ynt|رد|إعادة توجيه"
    rf"|отв|ответ|пер|пересл|回复|答复|转发)\s*+(?:\[\d++\]\s*+)?[:：][\s{_TURNING}]*+)++",
    re.IGNORECASE,
)
_TURNS = characters.any_of(_TURNING)
"""What programs put into a line of Arabic for its direction, beside letters that it belongs to."""
END_MARKS = "\"'«»„“”‘’`.,;:!?،؛؟：*"
"""What may stand around the word of a command, and around what stands after it."""
LONGEST_LINE = 200
"""Characters of a line that may be a command."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command by its English name, what stands after it, and the language of its word."""

    name: str
    words: tuple[str, ...] = ()
    language: str = "en"

    @property
    def line(self) -> str:
        """The command as it could be written again, in English."""
        return " ".join((self.name, *self.words))


@dataclass(frozen=True, slots=True)
class Script:
    """The commands of a mail in their order. `rest` is true when a line was not understood before
    any command was, `more` when there were more than MOST.
    """

    commands: tuple[Command, ...]
    rest: bool = False
    more: bool = False

    @property
    def language(self) -> str:
        """The first language other than English that a command was written in, else empty."""
        return next((c.language for c in self.commands if c.language != "en"), "")


def read(message: Message) -> Script:
    """The commands in a message's subject and text."""
    subject = one(ANSWER.sub("", message.subject))
    found = [subject] if subject is not None else []
    for line in ownwords.without_greeting(list(lines(message.text))):
        command = one(line)
        if command is None:
            return Script(tuple(found), rest=not found)
        if found and command == found[0] and len(found) == 1 and subject is not None:
            continue  # people write the same into the subject and the text
        if len(found) == MOST:
            return Script(tuple(found), more=True)
        found.append(command)
        if command.name == "stop":
            break
    return Script(tuple(found))


def lines(text: str) -> Iterator[str]:
    """The author's own lines of a text: not blank, not quoted, nor what leads to a quotation, up
    to the signature (post/ownwords.py)."""
    for row in ownwords.rows(text, beyond_quotes=True, is_command=lambda row: bool(one(row))):
        if row.strip():
            yield row.strip()


def one(line: str) -> Command | None:
    """The command a line gives, or None when it is none."""
    if len(line) > LONGEST_LINE:
        return None
    words = _TURNS.sub("", line).split()
    commands, longest = _known()
    for count in range(min(longest, len(words)), 0, -1):
        head = vocabulary.plain(" ".join(words[:count])).strip(END_MARKS)
        known = commands.get(head)
        if known is not None and _fits(known[0], words[count:]):
            return Command(known[0], _after(known[0], words[count:]), known[1])
    return None


def _after(name: str, words: list[str]) -> tuple[str, ...]:
    """What stands after the command without the marks around it: `set digest: “daily”.` Words that
    are looked for stay as they are, since quotes mean something there."""
    if name in _LOOKED_FOR:
        return tuple(words)
    return tuple(filter(None, (word.strip(END_MARKS + "=<>()[]") for word in words)))


@cache
def _known() -> tuple[Mapping[str, tuple[str, str]], int]:
    """Plain word to (English name, language), and how many words the longest has."""
    found = vocabulary.meanings(vocabulary.commands())
    return found, max(word.count(" ") + 1 for word in found)


_MOST_WORDS = {"search": 12, "set": 8, "get": 10, "index": 2, "watch": 75, "unwatch": 75}
_FREE_WORDS = 2
_LOOKED_FOR = frozenset({"search", "watch", "unwatch"})


def _fits(name: str, after: list[str]) -> bool:
    """Whether what follows may belong to the command: `who can help me with this` is a question."""
    if name in _MOST_WORDS:
        return len(after) <= _MOST_WORDS[name]
    return len(after) <= _FREE_WORDS
