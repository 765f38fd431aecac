"""An answer in somebody's own words: `yes please`, `Oui !`, `Option 3`, a thumb. Pure.

One reader for votes, confirmations, moderators' answers and answers to meetings; each gives it the
words that mean something there. Manners, smileys, greetings and what is told besides are taken off.
Nothing is ever guessed: who asks (`yes?`), doubts or binds (`yes, but`, `sí, pero mañana no`), says
two things, or more than a short sentence, has not answered, and is asked back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from solicomm_build.foundation import characters
from solicomm_build.foundation.language import wordtables

_POLITE = wordtables.known(lambda: wordtables.phrases(__file__, "polite"))
_DOUBTS = wordtables.known(lambda: wordtables.phrases(__file__, "doubts"))
_TURNS = wordtables.known(lambda: wordtables.phrases(__file__, "turns"))
_YES = wordtables.known(lambda: wordtables.phrases(__file__, "yes"))
_NO = wordtables.known(lambda: wordtables.phrases(__file__, "no"))
_MOST_POLITE = 4
"""Words of the longest of those."""

LONGEST = 200
"""Characters of a line that can be an answer."""
UP, DOWN = "up", "down"
"""A thumb, or a sign that says the same."""
YES, NO, UNSURE = "yes", "no", "unsure"

Means = Callable[[str], str]
"""The meaning of words as `folded` gives them; empty for words that mean nothing."""

_SIGNS = {UP: "👍✅✔☑🙋", DOWN: "👎❌✖"}
_SMILEYS = re.compile(
    r"[:;=]-?[)D(P]+(?!\w)|[\U0001F000-\U0001FAFF\u2190-\u21FF\u2600-\u27BF\uFE0E\uFE0F\u200D]+"
)
_MARKS = re.compile(r"(?<![,.;:!،؛–—])[,.;:!،؛–—]++(?:\s|$)|\s-++\s|(?<=\w)[!،؛](?=\w)|\s[!;:]\s")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
END_MARKS = " \t\"'«»„“”‘’.,;:!¡،؛*_()[]"
"""What may stand around words. No question mark: who asks has not answered."""
_SPELLINGS = str.maketrans(
    {"’": "'", "ё": "е", "أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي", "ـ": None}
)
_MOST_AROUND = 12


def meaning(line: str, means: Means, signs: Mapping[str, str] | None = None) -> str:
    """What a line means, as `means` says of its words or `signs` of its thumb; empty for what is no
    certain answer."""
    text = _clean(line)
    if not text or len(text) > LONGEST or _asks(text):
        return ""
    shown = {said for said, marks in _SIGNS.items() if any(mark in text for mark in marks)}
    pointed = {(signs or {}).get(sign, "") for sign in shown}
    pointed -= {""} if DOWN not in shown else set()
    bare = _SMILEYS.sub(" ", text).strip(END_MARKS)
    if not bare:
        return pointed.pop() if len(pointed) == 1 else ""
    found = means(folded(bare)) or _among(bare, means)
    return found if pointed <= {found} else ""


def _among(bare: str, means: Means) -> str:
    """The meaning of the first thing that is said, when nothing beside it turns or binds it."""
    parts = [part for part in (_polite(one) for one in _MARKS.split(bare)) if part]
    if not parts:
        return ""
    found = means(folded(parts[0]))
    return found if found and _is_harmless(parts[1:], found, means) else ""


def _is_harmless(parts: list[str], found: str, means: Means) -> bool:
    words = [folded(word) for part in parts for word in _WORD.findall(part)]
    if len(words) > _MOST_AROUND or not _DOUBTS.keys().isdisjoint(words):
        return False
    if any(character.isdigit() for word in words for character in word):
        return False
    return all(means(said) in ("", found) for said in (*words, *map(folded, parts)))


def _polite(text: str) -> str:
    """A part without `please`, thanks and greetings at its ends; empty when it is nothing else."""
    words = text.strip(END_MARKS).split()
    first, end = 0, len(words)
    changed = True
    while first < end and changed:
        changed = False
        for count in range(min(_MOST_POLITE, end - first), 0, -1):
            if folded(" ".join(words[end - count : end])) in _POLITE:
                end, changed = end - count, True
                break
            if folded(" ".join(words[first : first + count])) in _POLITE:
                first, changed = first + count, True
                break
    return " ".join(words[first:end])


def unadorned(line: str) -> str:
    """A line without smileys and manners, for what is no word, such as `1 3 please`; empty when it
    asks, or has a thumb, which must say the same."""
    text = _clean(line)
    has_sign = any(mark in text for marks in _SIGNS.values() for mark in marks)
    return "" if has_sign or _asks(text) else _polite(_SMILEYS.sub(" ", text).strip(END_MARKS))


def is_hesitant(text: str) -> bool:
    """Whether words beside an answer ask, doubt or bind it."""
    said = map(folded, _WORD.findall(_clean(text)))
    return _asks(text) or not _DOUBTS.keys().isdisjoint(said)


def consent(line: str) -> str:
    """YES or NO, UNSURE when it is one of them with a doubt, a question, or a short line that has
    a doubt (`I never asked for this`), and "" for any other text."""
    found = meaning(line, _consents, {UP: YES, DOWN: NO})
    if found:
        return found
    text = _clean(line)
    words = [folded(word) for word in _WORD.findall(text)]
    heads = [_consents(" ".join(words[:count])) for count in (3, 2, 1)]
    head = next(filter(None, heads), "")
    if _asks(text):
        return UNSURE if head or len(words) <= _MOST_AROUND else ""
    if head == NO:
        first = folded(_polite(_MARKS.split(text)[0]))
        is_plain = _consents(first) == NO and _TURNS.keys().isdisjoint(words)
        return NO if is_plain and _YES.keys().isdisjoint(words) else UNSURE
    if head == YES:
        return UNSURE if is_hesitant(text) or any(_consents(one) == NO for one in words) else YES
    is_down = any(mark in text for mark in _SIGNS[DOWN])
    is_doubt = len(words) <= _MOST_AROUND and is_hesitant(text)
    return UNSURE if is_down or is_doubt else ""


def _consents(words: str) -> str:
    if words in _YES:
        return YES
    return NO if words in _NO else ""


def folded(text: str) -> str:
    """As words are compared: lower case, one space, straight apostrophe, Arabic letters in one
    spelling. Accents stay: they tell `sí` from `si`."""
    plain = text.strip(END_MARKS).lower()
    if plain.isascii():
        return " ".join(plain.split())
    plain = unicodedata.normalize("NFC", plain).translate(_SPELLINGS)
    return " ".join("".join(c for c in plain if unicodedata.category(c) != "Mn").split())


def bare(text: str) -> str:
    """As words of orders and labels are compared: lower case, no accents, straight apostrophe, one
    space, no punctuation around them."""
    plain = text.strip(" .,;:!?؟").lower()
    if plain.isascii():
        return " ".join(plain.split())
    split = unicodedata.normalize("NFKD", plain.replace("’", "'"))
    return " ".join("".join(c for c in split if unicodedata.category(c) != "Mn").split())


def begun(line: str) -> str:
    """A line from its first character that is seen, without white space at its end."""
    return characters.begun(line).rstrip()


def _clean(line: str) -> str:
    return " ".join(
        characters.UNSEEN.sub("", line).replace("\u00a0", " ").replace("\u202f", " ").split()
    )


def _asks(text: str) -> bool:
    return any(mark in text for mark in "?؟⁇‽？")
