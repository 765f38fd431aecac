"""Words looked for within one document: with or without accents, all of them on one page. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_QUERY = 100
MOST_HITS = 50
_AROUND = 110  # characters before and after what was found
_ALIKE = (
    "aàáâãäåāą", "cçćč", "dďđ", "eèéêëēęě", "gğ", "iìíîïīı", "lł", "nñńň", "oòóôõöøō", "rř", "sśšş",
    "tť", "uùúûüūů", "yýÿ", "zźżž", "её", "иий", "اأإآ", "يى", "هة",
)  # fmt: skip
_CLASSES = {char: f"[{group}]" for group in _ALIKE for char in group}


@dataclass(frozen=True, slots=True)
class Hit:
    """A page (from 1 on) on which all words stand, and the place of the first one."""

    page: int
    excerpt: str


def words_of(query: str) -> list[str]:
    """The words of a query."""
    return query.casefold()[:MOST_QUERY].split()[:8]


def pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """Finds any of the words; None when there are none."""
    if not words:
        return None
    return re.compile("|".join(map(_spelled, sorted(words, key=len, reverse=True))), re.IGNORECASE)


def hits(pages: Sequence[str], words: Sequence[str]) -> Iterator[Hit]:
    """The pages with all words, in their order."""
    each = [re.compile(_spelled(word), re.IGNORECASE) for word in words]
    for number, page in enumerate(pages, 1):
        first = [one.search(page) for one in each]
        if first and all(first):
            at = min(match.start() for match in first if match)
            yield Hit(number, _excerpt(page, at))


def _spelled(word: str) -> str:
    return "".join(_CLASSES.get(char, re.escape(char)) for char in word)


def _excerpt(page: str, at: int) -> str:
    start, end = max(0, at - _AROUND), at + _AROUND
    text = page[start:end]
    if start:
        text = f"…{text.partition(' ')[2]}"
    if end < len(page):
        text = f"{text.rpartition(' ')[0]}…"
    return " ".join(text.split())
