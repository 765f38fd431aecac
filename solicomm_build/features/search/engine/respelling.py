"""Other spellings that somebody who asks may have meant (docs/formats/search.md, section 8).

Accents are left out on telephones, and where they stand in an ending the stemmer does not know it
any more: *publicacao* keeps an ending that *publicação* loses. So a word of a query is looked up as
it would be with them, and a word with accents also without. Texts are indexed as they are written.
The page's script has the same rules (`themes/solicomm/static/search/respelling.js`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from solicomm_build.features.search.engine.analyser import fold

SHORTEST = 4
"""Code points of a word that is spelled in other ways."""

RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "es": (("ia(s|n|mos)?$", "ía{1}"), ("io$", "ió"), ("ra(n|s)?$", "rá{1}")),
    "fr": (
        ("e(e?s?)$", "é{1}"),
        ("iere(s?)$", "ière{1}"),
        ("erent$", "èrent"),
        ("au$", "aux"),
    ),
    "pt": (
        ("cao$", "ção"),
        ("coes$", "ções"),
        ("avel$", "ável"),
        ("ivel$", "ível"),
        ("aveis$", "áveis"),
        ("iveis$", "íveis"),
        ("encia(s?)$", "ência{1}"),
        ("ancia(s?)$", "ância{1}"),
        ("([gt])em$", "{1}ém"),
    ),
    "ru": (("к(а|и|у|е|ой|ам|ами|ах)$", "ок"), ("ок$", "ка")),
    "ar": (("^ال(...+)$", "{1}"), ("^(?!ال)", "ال"), ("ي$", "ى")),
}
"""By language: what stands in a word, and what may be meant; `{1}` is what the first group has.
Russian loses a vowel with its ending, Arabic joins the article and writes two letters as one."""

_GROUP = re.compile(r"\{(\d)\}")
_COMPILED = {lang: [(re.compile(p), to) for p, to in rules] for lang, rules in RULES.items()}


def respelled(piece: str, lang: str) -> Iterator[str]:
    """Other spellings of a piece of a query, normalised as it is."""
    if len(piece) < SHORTEST or not lang:
        return
    plain = fold(piece)
    if plain != piece:
        yield plain
        if lang not in ("ru", "ar"):
            return  # whoever wrote one accent wrote them all
    for pattern, to in _COMPILED.get(lang, ()):
        found = pattern.search(piece)
        if found:
            yield piece[: found.start()] + _filled(to, found) + piece[found.end() :]


def _filled(to: str, found: re.Match[str]) -> str:
    return _GROUP.sub(lambda group: found[int(group[1])] or "", to)
