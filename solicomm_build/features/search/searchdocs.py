"""The pages of other sections and the hub's own as documents of the search, read as they are
published, so that it finds what a reader sees there and nothing else. Posts are those of posts/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from solicomm_build.builder import hooks
from solicomm_build.builder.apart import watching
from solicomm_build.builder.conferences.parse import PARSER_VERSION
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search.engine.analyser import latin
from solicomm_build.features.search.engine.document import Document, PlaceName, Row, snippet
from solicomm_build.features.search.searchlisting import Listing, key_of
from solicomm_build.features.search.texts import searchtext
from solicomm_build.features.search.texts.searchfiles import DocumentTexts, Part, card_of, part_of
from solicomm_build.features.search.texts.searchtext import PageText
from solicomm_build.foundation.faults import hold
from solicomm_build.foundation.hub.config import Config

VERSION = f"8 {PARSER_VERSION}"
"""Raised when the same post or page would be indexed otherwise."""


class Pages:
    """Pages of the hub's sections and its own, as they are published."""

    def __init__(self, sources: Sources, config: Config, found: Contents) -> None:
        self._sources = sources
        self._public = config.public
        self._fronts = {"index.html", *(f"{lang}/index.html" for lang in config.languages)}
        self._shown = [one for one in hooks.findable(found) if one.is_public]
        self._texts = DocumentTexts(config.public, config.state)
        self._read: tuple[str, PageText | None] = ("", None)

    def cards(self) -> Listing:
        """The documents of sections that grow at their end, in the order in which they came: the
        page of each, and the pages of its texts."""
        found: list[tuple[int, str, int, str, str]] = []
        for one in self._shown:
            if one.arrivals is None:
                continue
            outputs = dict(
                self._sources.db.execute(
                    "SELECT path, sha256 FROM output WHERE section=?", (one.section,)
                )
            )
            texts = self._texts.beside(outputs)
            for added, path in one.arrivals(self._sources):
                if path not in outputs:
                    continue
                found.append((added, path, 0, outputs[path], one.place))
                for text in texts.get(path, ()):
                    both = f"{outputs[path]}{outputs[text]}"
                    parts = self._texts.parts(text, outputs[text])
                    found += [
                        (added, part.path, part.number + 1, both, one.place) for part in parts
                    ]
        self._texts.keep()
        listing = Listing()
        for _, path, page, sha256, place in sorted(found):
            name = Part(path, page - 1).name if page else path
            key = key_of(f"{VERSION}\0{name}\0{sha256}")
            listing.add(key_of(name), key, key, place, name)
        return listing

    def listing(self) -> Listing:
        """The other pages, in the order of their addresses."""
        places = {one.section: one.place for one in self._shown if one.arrivals is None}
        places["hub"] = ""
        rows = [
            (path, section, sha256)
            for section in places
            for path, sha256 in self._sources.db.execute(
                "SELECT path, sha256 FROM output WHERE section=?", (section,)
            )
        ]
        listing = Listing()
        for path, section, sha256 in sorted(rows):
            if not path.endswith("index.html"):
                continue
            if path in self._fronts:  # lists of what is found itself
                continue
            key = key_of(f"{VERSION}\0{path}\0{sha256}")
            listing.add(key_of(path), key, key, places[section], path)
        return listing

    def documents(
        self, listing: Listing, numbers: Sequence[int] | None = None
    ) -> Iterator[Document | None]:
        """The texts of these, else of all, in this order; None for one that asks not to be
        found."""
        for number in range(len(listing)) if numbers is None else numbers:
            name, place = listing.name(number), listing.place(number)
            yield watched(listing, number, partial(self._of, name, place))

    def _of(self, name: str, place: str) -> Document | None:
        part = part_of(name)
        card = self._page(card_of(part.path) if part else name)
        if card is None:
            return None
        path, page = self._texts.read(part, card) if part else (name, card)
        url = path.removesuffix("index.html").removeprefix(f"{place}/" if place else "")
        row = Row(page.title, "", page.time, url, place, page.lang, snippet(page.text))
        return Document(row, page.text, latin(page.lang))

    def _page(self, path: str) -> PageText | None:
        """What a published page says; the last one is at hand."""
        if self._read[0] != path:
            try:
                html = (self._public / path).read_text("utf-8", "replace")
            except OSError:
                html = ""
            self._read = (path, searchtext.of_page(html))
        return self._read[1]


def mark_of(listing: Listing, number: int) -> str:
    """What the search calls a document that it is at."""
    return f"search:{listing.place(number)}/{listing.name(number)}"


def watched(listing: Listing, number: int, work: Callable[[], Document | None]) -> Document | None:
    """What `work` makes of a document; None for one that held the search and is set aside."""
    watch, mark = watching.here(), mark_of(listing, number)
    if watch.is_aside(mark):
        return None
    with watch.item(mark):
        hold("search", mark.encode())
        return work()


def places(config: Config, found: Contents) -> Mapping[str, PlaceName]:
    """What is shown of the places that documents are in."""
    named = {"": PlaceName("hub", {config.languages[0]: config.name})}
    for name, conference in found.conferences.items():
        kind = "list" if conference.settings.is_list else "conference"
        named[f"conferences/{name}"] = PlaceName(kind, dict(conference.settings.title))
    for one in hooks.findable(found):
        named[one.place] = PlaceName(one.kind, dict(one.title))
    return named
