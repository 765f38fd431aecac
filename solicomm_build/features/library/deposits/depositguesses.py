"""What a document itself makes likely about its card. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from solicomm_build.features.search.engine.analyser import STOP_WORDS, words
from solicomm_build.foundation import i18n
from solicomm_build.foundation.language import wordtables

_DATE = re.compile(r"\b(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?\b")
_TYPES = wordtables.table(__file__, "types")
_UNIONS = wordtables.phrases(__file__, "unions")


def guesses(text: str, name: str, own_title: str, when: datetime) -> dict[str, str]:
    """What the document itself makes likely."""
    found = {"date": f"{when:%Y}", "type": "report", "title": own_title or name}
    head = text[:3000]
    if dates := _DATE.findall(head):
        found["date"] = dates[0]
    unions = (row.split(". ")[0].strip() for row in head.split("\n")[:40] if _is_any(_UNIONS, row))
    if organisation := next((row for row in unions if len(row) <= 80), ""):
        found["organisation"] = organisation
    language = language_of(text[:20_000])
    if language:
        found["language"] = language
    if country := _country_in(head, language):
        found["country"] = country
    looked = f"{own_title}\n{name}\n{head[:600]}"
    kind = next((k for k, like in _TYPES.items() if _is_any(like, looked)), "")
    return found | ({"type": kind} if kind else {})


def _is_any(patterns: Mapping[str, tuple[str, ...]], text: str) -> bool:
    return bool(re.search("|".join(wordtables.every(patterns)), text, re.IGNORECASE))


def authors(text: str, creators: Iterable[str]) -> str:
    """Those whom a document names in itself among those whom its file names: who only saved it
    stays unnamed."""
    head = _plain(text[:3000])
    return "; ".join(name for name in creators if len(name) > 3 and _plain(name) in head)


def _country_in(head: str, language: str) -> str:
    """The country that a text names oftenest, in its own language or in English; empty when there
    is none, or no single one."""
    text = f" {_plain(head)} "
    counts: Counter[str] = Counter()
    for code in i18n.countries():
        names = {_plain_name(code, lang) for lang in {language or "en", "en"}}
        counts[code] = max(text.count(f" {name} ") for name in names)
    (best, most), (_, second) = counts.most_common(2)
    return best if most > second else ""


@cache
def _plain_name(code: str, lang: str) -> str:
    return _plain(i18n.country_name(code, lang))


def _plain(text: str) -> str:
    """Words with one space between, without signs and case."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def language_of(text: str) -> str:
    """The language most of whose small words are in a text; empty when there are too few."""
    votes = dict.fromkeys(STOP_WORDS, 0)
    for word in words(text.lower()):
        for language, those in STOP_WORDS.items():
            votes[language] += word in those
    best = max(votes, key=lambda language: votes[language])
    return best if votes[best] >= 3 else ""
