"""Text to terms (docs/formats/search.md, section 2). The page's script does the same step for step;
the golden vectors in tests/data/search hold both to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

import Stemmer

from solicomm_build.features.search.engine import stopwords

LATIN = ("en", "fr", "es", "pt")
"""Languages in Latin script that have a stemmer; `""` stands for every other."""

MAX_BODY = 400_000
MAX_LINE = 1_000
"""Code points that are read of a body, and of a title or name."""
MAX_TERM = 64
"""Longer pieces are no words but data; one of 480,000 characters makes a shard of 327 KB."""

_STEMMERS = {
    "en": "english",
    "fr": "french",
    "es": "spanish",
    "pt": "portuguese",
    "ru": "russian",
    "ar": "arabic",
}
_LOAN_WORDS = {"ru", "ar", "zh", "ja", "ko"}


def _marks(*codes: range) -> str:
    """The combining marks (M*) as ranges of a character class; `re` counts them as no letters."""
    ranges: list[list[int]] = []
    for code in chain(*codes):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


_CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_ARABIC_MARKS = re.compile(
    "[\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]",
)
_BASIC = _marks(range(0x300, 0x10000))
WORD = re.compile(rf"[\w{_BASIC}{_marks(range(0x10000, 0x20000), range(0xE0100, 0xE01F0))}]+")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_NEAR = re.compile(rf"[\w{_BASIC}]+")
"""`WORD` for texts of the Basic Multilingual Plane: what is no part of a word is known sooner."""
_ASCII = "".join(
    c if c.islower() or c.isdecimal() or c == "_" else " " for c in map(chr, range(128))
)
"""What is no part of a word made a space: `translate` and `split` take half of `findall`'s time."""
_RUNS = re.compile(rf"([{_CJK}]+)|[^{_CJK}]+")
_HAS_CJK = re.compile(f"[{_CJK}]")
_JOINED = re.compile("^[وف](?=ال..)")
"""*And* and *so* are written together with the article that follows them."""
_ACCENTS = re.compile("(?<!n)\u0303|[\u0300\u0301\u0302\u0308\u030a\u0327]")


def latin(tag: str) -> str:
    """The Latin language of a language tag: one of `LATIN`, or `""` for none."""
    first = tag.lower().partition("-")[0]
    if first in LATIN:
        return first
    return "en" if first in _LOAN_WORDS else ""


def normalise(text: str) -> str:
    """Compatibility forms, case and Arabic marks made equal."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).lower()
    text = unicodedata.normalize("NFKC", text).replace("ς", "σ")
    return _ARABIC_MARKS.sub("", text)


def fold(text: str) -> str:
    """Without the accents that people leave out: é is e, ё is е; ñ and й stay."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def words(text: str) -> list[str]:
    """The words of a text that is normalised already."""
    if text.isascii():
        spaced = f" {text.translate(_ASCII)} "
        found = spaced.split()
        if " _" not in spaced and "_ " not in spaced:
            return found
    else:
        found = (WORD if _BEYOND.search(text) else _NEAR).findall(text)
        if "_" not in text:
            return found
    return [bare for word in found if (bare := word.strip("_"))]


def pieces(word: str) -> Iterator[tuple[str, bool]]:
    """A word's runs of CJK (True) and of other characters (False), in order."""
    if word.isascii() or not _HAS_CJK.search(word):
        yield word, False
        return
    for found in _RUNS.finditer(word):
        yield found.group(), found.group(1) is not None


def bigrams(run: str) -> list[str]:
    """What a CJK run is indexed as."""
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def language_of(piece: str, latin_language: str) -> str:
    """Whose stop words and stemmer a piece takes: its script's, or the Latin language."""
    code = ord(piece[0])
    if 0x400 <= code <= 0x52F:
        return "ru"
    if 0x600 <= code <= 0x6FF or 0x750 <= code <= 0x77F:
        return "ar"
    return latin_language


STOP_WORDS: dict[str, frozenset[str]] = {
    lang: frozenset(fold(normalise(word)) for word in listed)
    for lang, listed in stopwords.BY_LANGUAGE.items()
}
"""Folded, by language."""


def is_stop_word(piece: str, lang: str) -> bool:
    """Whether a piece is a stop word of `lang`; `""` has none."""
    return fold(piece) in STOP_WORDS.get(lang, ())


def stem(piece: str, lang: str) -> str:
    """The folded stem of a piece in `lang`; `""` folds only."""
    if lang == "ar":
        piece = _JOINED.sub("", piece)
    return fold(_stemmer(lang)(piece)) if lang else fold(piece)


@cache
def _stemmer(lang: str) -> Callable[[str], str]:
    made: Callable[[str], str] = Stemmer.Stemmer(_STEMMERS[lang], 0).stemWord  # we remember words
    return made


class _Known(dict[str, str | tuple[str, ...]]):
    """The terms of words, each found once: a word's only term, empty for none, or several."""

    def __init__(self, latin_language: str) -> None:
        super().__init__()
        self._latin = latin_language

    def __missing__(self, word: str) -> str | tuple[str, ...]:
        found = tuple(self._analysed(word))
        terms = found if len(found) > 1 else "".join(found)
        if len(word) <= MAX_TERM:
            self[word] = terms
        return terms

    def _analysed(self, word: str) -> Iterator[str]:
        for piece, is_cjk in pieces(word):
            if is_cjk:
                yield from bigrams(piece)
            elif len(piece) <= MAX_TERM:
                lang = language_of(piece, self._latin)
                term = "" if is_stop_word(piece, lang) else stem(piece, lang)
                if term:
                    yield term


class Analyser:
    """Terms of texts in one Latin language; remembers what it has seen of each word."""

    def __init__(self, latin_language: str) -> None:
        self._known = _Known(latin_language)

    def terms(self, text: str, limit: int = MAX_BODY) -> list[str]:
        """The terms of a text in order, repeated as often as they occur."""
        found: list[str] = []
        for word in words(normalise(text[:limit])):
            terms = self._known[word]
            if isinstance(terms, tuple):
                found += terms
            elif terms:
                found.append(terms)
        return found

    def counted(self, found: Iterable[str]) -> dict[str, int]:
        """How often each term occurs in words as `words` gives them."""
        counts: Counter[Any] = Counter(map(self._known.__getitem__, found))
        if tuple in map(type, counts):
            for terms in [one for one in counts if isinstance(one, tuple)]:
                times = counts.pop(terms)
                for term in terms:
                    counts[term] += times
        counts.pop("", None)
        return counts
