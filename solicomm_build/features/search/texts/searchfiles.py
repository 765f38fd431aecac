"""The texts of documents, page by page: `files/*.txt` beside the page of a card.

Whoever brings a document has its text kept beside it, with a form feed behind each page. Each page
is a document of the search, named by the PDF that it is in and the number that PDF readers go to
(RFC 8118 3: `#page=7`); a text without pages is one. Texts are read when they are indexed; how many
pages each has is kept in `state/search/texts.json` by SHA-256, since that is asked with every post.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.search.texts.searchtext import PageText
from solicomm_build.foundation import safeio
from solicomm_build.message.text import spoken

MOST_PAGES = 2_000
"""Pages of one text that are indexed; what comes after is in the document only."""
_LEAST = 20
"""Characters of a page that is worth finding."""
_FOLDER, _SUFFIX = "files/", ".txt"


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a text, numbered from 1; 0 is a text without pages."""

    path: str
    number: int

    @property
    def name(self) -> str:
        """What the search calls it."""
        return f"{self.path}#{self.number}"


def part_of(name: str) -> Part | None:
    """The page of a text that is called so; None for the page of a card."""
    path, _, number = name.rpartition("#")
    return Part(path, int(number)) if path.endswith(_SUFFIX) else None


def card_of(path: str) -> str:
    """The page of the card that a text belongs to."""
    return f"{path.rpartition(_FOLDER)[0]}index.html"


class DocumentTexts:
    """The texts of a hub's published documents. `outputs` of a section are SHA-256 by path."""

    def __init__(self, public: Path, state: Path) -> None:
        self._public, self._kept = public, state / "search" / "texts.json"
        self._numbers: dict[str, list[int]] = _read(self._kept)
        self._used: dict[str, list[int]] = {}
        self._last: tuple[str, list[str], str] = ("", [], "")

    def beside(self, outputs: Mapping[str, str]) -> Mapping[str, list[str]]:
        """The texts of each card, by its page."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in outputs:
            if path.endswith(_SUFFIX) and _FOLDER in path:
                found[card_of(path)].append(path)
        return found

    def parts(self, path: str, sha256: str) -> Iterator[Part]:
        """The pages of a text that have words, in order."""
        numbers = self._used.get(sha256) or self._numbers.get(sha256)
        if numbers is None:
            numbers = [number for number, _ in _pages(self._of(path)[0])]
        self._used[sha256] = numbers
        yield from (Part(path, number) for number in numbers)

    def keep(self) -> None:
        """Remembers the pages of the texts that were asked for, and of no others."""
        if self._used != self._numbers:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            safeio.write_atomic(self._kept, json.dumps(self._used).encode(), durable=False)
            self._numbers = self._used

    def read(self, part: Part, card: PageText) -> tuple[str, PageText]:
        """(what is opened, its path as in `public/`; what the page says, titled as its card)."""
        pages, lang = self._of(part.path)
        text = pages[part.number - 1] if part.number else "".join(pages)
        opened = f"{part.path.removesuffix(_SUFFIX)}.pdf"
        if not (self._public / opened).exists():
            opened = part.path
        fragment = f"#page={part.number}" if part.number else ""
        return opened + fragment, PageText(card.title, lang or card.lang, card.time, text)

    def _of(self, path: str) -> tuple[list[str], str]:
        """The pages of a text, and its language; those of the last one are at hand."""
        if self._last[0] != path:
            try:
                text = (self._public / path).read_text("utf-8", "replace")
            except OSError:
                text = ""
            self._last = (path, text.split("\f"), spoken.language(text))
        return self._last[1], self._last[2]


def _pages(pages: list[str]) -> Iterable[tuple[int, str]]:
    """The pages with words, by number; a single one has none."""
    if sum(bool(page.strip()) for page in pages) < 2 and len(pages) < 3:
        return [(0, "".join(pages))] if "".join(pages).strip() else []
    return [
        (number, page)
        for number, page in enumerate(pages[:MOST_PAGES], 1)
        if len(page.strip()) >= _LEAST
    ]


def _read(kept: Path) -> dict[str, list[int]]:
    try:
        found = json.loads(kept.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
