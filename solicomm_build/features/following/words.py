"""`follow`, `unfollow` and `mute` in six languages, as people write them. Pure.

One word or phrase alone, with a please, a thank you or `this topic` around it, in the first line of
a short mail, a greeting aside; or the subject of a mail without a text. All are understood
everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from solicomm_build.desk.commands import ANSWER
from solicomm_build.foundation.language import wordtables
from solicomm_build.message.values import Message
from solicomm_build.post import ownwords
from solicomm_build.post.misdirected import MOST_LINES
from solicomm_build.post.ownwords import plain

FOLLOW, UNFOLLOW, MUTE = "follow", "unfollow", "mute"

WORDS = wordtables.table(__file__, "follow")
"""The first of a language is the one that letters show."""

_MEANINGS = wordtables.Lazy(
    lambda: {
        " ".join(plain(phrase).split()): (what, lang)
        for what, by_language in WORDS.items()
        for lang, phrases in reversed([*by_language.items()])
        for phrase in phrases
    }
)
_AROUND = wordtables.known(lambda: wordtables.phrases(__file__, "around"), plain)
_TOPIC = re.compile(r"(?:/t/|\+t-)([a-z2-7]{32})(?![a-z2-7])", re.IGNORECASE)
_ENDS = " \t\"'«»„“”.,;:!?،؛؟*_<>()"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: the word in English, its language, and the stored topic that a link in
    the mail names ("" for none)."""

    what: str
    lang: str
    tid: str = ""


def shown(what: str, lang: str) -> str:
    """The word as a letter in this language shows it."""
    return wordtables.shown(WORDS, what, lang)


def read(message: Message) -> Wish | None:
    """What a mail asks for; None when it is a post, or anything else."""
    subject = ANSWER.sub("", message.subject)
    rows = ownwords.rows(message.text, is_command=lambda row: _meaning(row) is not None)
    names = ownwords.names_of(message.from_)
    rows = ownwords.without_signoff(rows, names, is_command=lambda row: _meaning(row) is not None)
    lines = [row.strip() for row in ownwords.without_greeting(rows) if row.strip()]
    if len(lines) > MOST_LINES:
        return None
    found = _meaning(lines[0] if lines else subject)
    if found is None:
        return None
    return Wish(found[0], found[1], topic_in(f"{subject}\n{message.text[:10_000]}"))


def topic_in(text: str) -> str:
    """The first topic that a text names, by its link or its address; "" for none."""
    match = _TOPIC.search(text)
    return match[1].lower() if match else ""


def _meaning(line: str) -> tuple[str, str] | None:
    """(word, language) of a line that says nothing but this."""
    if len(line) > _LONGEST:
        return None
    text = " ".join(word for word in line.split() if not _TOPIC.search(word))
    text = " ".join(plain(text.replace("\u00a0", " ")).strip(_ENDS).split())
    while text not in _MEANINGS:
        shorter = _without_one(text)
        if shorter == text:
            return None
        text = shorter
    return _MEANINGS[text]


def _without_one(text: str) -> str:
    """A text without one of the words around what is meant."""
    for word in sorted(_AROUND, key=len, reverse=True):
        if text.endswith(f" {word}"):
            return text[: -len(word)].strip(_ENDS)
        if text.startswith((f"{word} ", f"{word}, ")):
            return text[len(word) :].strip(_ENDS)
    return text
