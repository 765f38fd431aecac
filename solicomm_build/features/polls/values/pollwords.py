"""What a voter wrote, as a vote: a number, numbers in order, or a word of six languages. Pure.

Only the first line that the author wrote himself is read, and as a whole, and nothing is ever
guessed. What people write around a vote is taken off (post/said/natural.py): `Option 3`, a thumb,
`Yes, I want to join :)`; but not where they doubt, ask or bind it. A word that means a vote in one
language and something else in another is ambiguous and is asked back (`AMBIGUOUS`), unless the
voter is written to in a language where it is plain: `si` is a vote of who gets letters in Spanish.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.tally import is_valid
from solicomm_build.foundation import characters
from solicomm_build.foundation.language import wordtables
from solicomm_build.post.said import natural, numbers
from solicomm_build.post.said.natural import DOWN, LONGEST, UP

WORDS = wordtables.table(__file__, "positions")
"""Positions by language; the first word is what letters show."""

UNDO = wordtables.phrases(__file__, "undo")
"""Takes the last vote back; the first word is what letters show."""

AMBIGUOUS = frozenset({"si", "da", "na", "ne", "ni", "не", "на", "para", "i", "o", "y"})
"""`si` is yes in Spanish without its accent, and `if` in French and Spanish; `da` is Russian for
yes in Latin letters, and `of the` in Portuguese. Nobody's vote hangs on an accent."""

_OWN_WORDS: Mapping[str, Mapping[str, str]] = {
    "es": {"si": "sí"},
    "fr": {"si": "oui"},
    "ru": {"da": "да"},
}
"""What a word that is ambiguous in general means to who is written to in that language."""

_AND = re.compile(r"(?<=[0-9])\s*+(?:,\s*+)?(?:and|et|y|e|и|و|&|\+)\s*+(?=#?[0-9])", re.IGNORECASE)
_NUMBERS = re.compile(r"#?[0-9]{1,2}(?:(?: ?[,;>.] ?| )#?[0-9]{1,2})*")
_LABELLED = re.compile(r"#?([0-9]{1,2}) ?[.):=-] ?(.+)|#?([0-9]{1,2}) (.+)")


@dataclass(frozen=True, slots=True)
class Vote:
    """A choice: keys of options in the voter's order."""

    choice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undo:
    """The last vote shall be taken back."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """No vote. `why` is `empty`, `ambiguous` (the word means several things), `too-many`, `twice`,
    `no-such` (a number that is no option's) or `text`; `line` is what was read."""

    why: str
    line: str = ""


Meaning = Vote | Undo | Unclear


def read(poll: Poll, line: str, lang: str = "") -> Meaning:
    """What the first own line of an answer says; `lang` is the voter's language, which tells what
    a word of several languages means."""
    found = _read(poll, line)
    if not isinstance(found, Unclear) or found.why not in ("text", "ambiguous"):
        return found
    plainer = numbers.without_names(natural.unadorned(line))
    again = _read(poll, plainer) if plainer else found
    if not isinstance(again, Unclear):
        return again
    means = partial(_means, poll, lang)
    key = natural.meaning(line, means, {UP: means("agree"), DOWN: means("disagree")})
    return Vote((key,)) if key else found


def _means(poll: Poll, lang: str, words: str) -> str:
    """The one option that words stand for, however they name it; empty for none or several."""
    said = numbers.without_preface(words)
    said = _OWN_WORDS.get(lang, {}).get(said, said)
    if said in AMBIGUOUS:
        return ""
    meant, place = _meant(poll, said), numbers.spoken(said)
    if 1 <= place <= len(poll.keys):
        meant.add(poll.keys[place - 1])
    return meant.pop() if len(meant) == 1 else ""


def _read(poll: Poll, line: str) -> Meaning:
    text = (
        _plain_digits(characters.UNSEEN.sub("", line)).replace("\u00a0", " ").strip()[: LONGEST + 1]
    )
    text = _AND.sub(",", text)
    if not text:
        return Unclear("empty")
    shown = line.strip()[:LONGEST]
    if len(text) > LONGEST:
        return Unclear("text", shown)
    bare = text.strip(natural.END_MARKS)
    if _NUMBERS.fullmatch(bare):
        return _numbers(poll, re.findall(r"[0-9]+", bare), shown)
    word = natural.folded(bare)
    if word in {natural.folded(one) for words in UNDO.values() for one in words}:
        return Undo()
    if labelled := _LABELLED.fullmatch(bare):
        return _labelled(poll, labelled[1] or labelled[3], labelled[2] or labelled[4], shown)
    return _word(poll, word, shown)


def _plain_digits(text: str) -> str:
    """Digits of every script, as Arabic-Indic ones, as 0 to 9; the comma of Arabic as ours."""
    return "".join(
        str(unicodedata.digit(c)) if c.isdigit() and unicodedata.category(c) == "Nd" else c
        for c in text.replace("،", ",").replace("٬", ",")
    )


def _numbers(poll: Poll, numbers: list[str], shown: str) -> Meaning:
    """Options are numbered from 1, a proposal's positions as well."""
    places = [int(number) for number in numbers]
    if any(not 1 <= place <= len(poll.options) for place in places):
        return Unclear("no-such", shown)
    choice = tuple(poll.keys[place - 1] for place in places)
    if len(set(choice)) != len(choice):
        return Unclear("twice", shown)
    return Vote(choice) if is_valid(poll, choice) else Unclear("too-many", shown)


def _labelled(poll: Poll, number: str, label: str, shown: str) -> Meaning:
    """`2. Abstain`, as the letter has it: the number and the words must say the same."""
    by_number = _numbers(poll, [number], shown)
    return (
        by_number
        if by_number == _word(poll, natural.folded(label), shown)
        else Unclear("text", shown)
    )


def _word(poll: Poll, word: str, shown: str) -> Meaning:
    meant = _meant(poll, word)
    if len(meant) == 1 and word not in AMBIGUOUS:
        return Vote((meant.pop(),))
    return Unclear("ambiguous" if meant or word in AMBIGUOUS else "text", shown)


def _meant(poll: Poll, word: str) -> set[str]:
    """The options that a word may stand for: a position's words, an option's label, and where an
    option's label is such a word (`Yes`), that word in the other languages."""
    found = set()
    for option in poll.options:
        labels = {natural.folded(label) for label in option.label.values()}
        concepts = {option.key} if poll.type == "proposal" else _concepts(labels)
        own = {natural.folded(one) for concept in concepts for one in _all(concept)}
        if word in labels | own:
            found.add(option.key)
    return found


def _concepts(labels: set[str]) -> set[str]:
    return {name for name in WORDS if labels & {natural.folded(one) for one in _all(name)}}


def _all(concept: str) -> list[str]:
    return list(wordtables.every(WORDS[concept]))
