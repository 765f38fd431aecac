"""Is this post a command that went to the list by mistake, such as "unsubscribe"? Pure.

People write to the list what belongs to `<list>-request`. Such a post is not passed on to
everybody: its author gets help instead (docs/mail-rules.md#posting). To be taken for a command, a
line must be one of these phrases and nothing else, but for a please, the list's name, punctuation
and a greeting above it, and the whole text must be short: a discussion about unsubscribing is a
post.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

from solicomm_build.foundation.language import wordtables
from solicomm_build.message.values import Message
from solicomm_build.post.ownwords import without_greeting

MOST_LINES = 4
"""Lines that the text of a command has at most, its signature and quotes aside."""

PHRASES = wordtables.phrases(__file__, "commands")
"""What such lines say, by language; English counts everywhere."""

_PLEASE = wordtables.phrases(__file__, "please")
_ENDS = re.compile(r"^\W+|\W+$")


def is_command(message: Message, languages: Iterable[str], names: Iterable[str]) -> bool:
    """True when the subject or the first line is a command in one of the languages, and the text
    is short. `names` are what the list is called: its id, its address."""
    lines = without_greeting(list(islice(_own_lines(message.text), MOST_LINES + 2)))
    if len(lines) > MOST_LINES:
        return False
    phrases = _phrases(frozenset(tag.partition("-")[0].lower() for tag in languages))
    called = [_plain(name) for name in names]
    return any(_bare(line, called) in phrases for line in (message.subject, *lines[:1]))


@cache
def _phrases(languages: frozenset[str]) -> frozenset[str]:
    """What counts as a command where these languages are spoken."""
    return frozenset(
        _plain(phrase) for language in {"en", *languages} for phrase in PHRASES.get(language, ())
    )


@cache
def _polite() -> tuple[str, ...]:
    return tuple(map(_plain, wordtables.every(_PLEASE)))


def _own_lines(text: str) -> Iterator[str]:
    """The lines its author wrote, without empty ones, quotes and the signature."""
    for line in text.split("\n"):
        if line.rstrip() == "--":
            return
        if line.strip() and not line.startswith(">"):
            yield line


def _bare(line: str, names: Iterable[str]) -> str:
    """A line without courtesy, the list's name and punctuation around it."""
    text = _plain(line[:200])
    for word in (*_polite(), *names):
        if text.startswith(f"{word} "):
            text = text[len(word) + 1 :]
        if text.endswith(f" {word}"):
            text = text[: -len(word) - 1]
    return _ENDS.sub("", text)


def _plain(text: str) -> str:
    """A phrase as it is compared: no case, no accents, one blank, no punctuation around it."""
    letters = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _ENDS.sub("", " ".join(kept.split()))
