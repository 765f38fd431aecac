"""The page of one entry, and what lies beside it: its files, citations, the book of a text."""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from solicomm_build.builder.apart import oldpictures
from solicomm_build.builder.slug import slug
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.coverfile import first_pdf, our_cover
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.cards.kinds import kind_label
from solicomm_build.features.library.cards.mainfile import text_file_of
from solicomm_build.features.library.catalogue import open_files
from solicomm_build.features.library.exchange import binding, metatags
from solicomm_build.features.library.exchange.citing import FILES
from solicomm_build.features.library.exchange.published import PLAIN_COVER, Published
from solicomm_build.features.library.rendering import covers
from solicomm_build.features.library.rendering.librarian import Card, Librarian
from solicomm_build.foundation.types import Oid
from solicomm_build.post.editorial.markup import render_page
from solicomm_build.post.pages import Page, relative
from solicomm_build.post.subjects import label

__all__ = ["Card", "CardPages"]

_OWN = ("replaces", "translation_of", "part_of", "related", "discussed_in", "report")
_REVERSE = {
    "replaces": "replaced_by",
    "translation_of": "translated_in",
    "part_of": "parts",
    "related": "related",
}
_FIRST_HEADING = re.compile(r"\s*<h2\b[^>]*>(.*?)</h2>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CardPages:
    """Makes the pages of entries."""

    about: Librarian

    def planned(self, row: Row) -> Iterator[Planned]:
        """The card's page, its citations and its files. Reads the index only."""
        url, section = f"{self.about.url}{row.key}/", self.about.section
        yield Planned(url, section, 0, partial(self._card, row, url))
        if row.status != "published":
            return
        for name in () if self.about.sources.answered else FILES:  # the server's, where one stands
            yield Planned(f"{url}{name}", section, 0, partial(self._citation, row, url, name))
        for name, sha256 in row.line.open:
            if name in row.files or self.about.store.path(sha256) is not None:
                make = partial(self._file, row, url, name, sha256)
                yield Planned(f"{url}files/{quote(name)}", section, 0, make)
        if cover := our_cover(row) or first_pdf(row, self.about.store):
            yield Planned(f"{url}{PLAIN_COVER}", section, 0, partial(self._plain, row, url, cover))
            small = partial(self._small, row, url, cover)
            yield Planned(f"{url}{covers.SMALL}", section, 0, small)
        else:
            yield Planned(f"{url}{covers.DRAWN}", section, 0, partial(self._drawn, row, url))
        if row.line.text in row.files:
            yield Planned(f"{url}text/", section, 0, partial(self._text, row, url))
            yield Planned(f"{url}entry.epub", section, 0, partial(self._book, row, url))

    def gone(self, before: Entry, row: Row | None) -> Iterator[str]:
        """The addresses that the entry had as it was before and has no more."""
        url = f"{self.about.url}{before.key}/"
        had = {f"{url}files/{file.name}" for file in before.files}
        had |= {url, f"{url}text/", f"{url}entry.epub", *(url + name for name in FILES)}
        had |= {url + name for name in (PLAIN_COVER, covers.SMALL, covers.DRAWN)}
        has = {planned.url for planned in self.planned(row)} if row is not None else set()
        yield from sorted(had - has)

    def _card(self, row: Row, url: str) -> Page:
        card = self.about.card(row)
        shown = self.about.published(row, card)
        related = [*self._related(row.key, card.entry), *self._topics(row.key)]
        facts = self.about.facts
        key = digest(
            self.about.env,
            "card",
            row.blob,
            row.files,
            sorted(shown.files),
            related,
            row.stamp,
            facts,
            self.about.place.settings.conference,
            served := self._served(row, card.entry),
            similar := self._alike(row, related),
            self._stand_in(row, url),
            self.about.index.linked(self.about.id, row.key),
        )
        load = partial(self._facts, row, card, url, shown, related, served, similar)
        return Page(
            url,
            "card",
            self.about.section,
            self.about.lang,
            row.title,
            key,
            LazyFacts(load),
            description=row.line.summary,
            feed=(facts["title"], facts["feed"]),
            indexed=row.status == "published",
        )

    def _facts(
        self,
        row: Row,
        card: Card,
        url: str,
        shown: Published,
        related: list[tuple[str, str, tuple[str, str | None]]],
        served: dict[str, str],
        similar: list[dict[str, Any]],
    ) -> dict[str, Any]:
        entry = card.entry
        resolve = partial(self._resolve, url, card)
        addresses = dict.fromkeys(shown.files)
        size = self._cover_size(card)
        return {
            "library": self.about.facts,
            "row": self.about.line(row),
            "entry": entry,
            "html": render_page(entry.body, resolve=resolve) if entry.body.strip() else None,
            "files": [
                (file, f"{url}files/{quote(file.name)}" if file.name in addresses else None)
                for file in entry.files
                if file.role != "cover"
            ],
            "cover": self._cover(card, addresses, url) if size else None,
            "plain_cover": f"{url}{PLAIN_COVER}" if size and our_cover(row) else None,
            "cover_size": size,
            "drawn_cover": self._stand_in(row, url),
            "shelves": [
                {
                    "label": label(subject, self.about.lang),
                    "url": f"{self.about.url}by/subject/{slug(subject)}/",
                }
                for subject in entry.subjects
            ]
            if entry.status == "published"
            else [],
            "served": served,
            "alike": similar,
            "related": related,
            "conference": self.about.place.settings.conference,
            "citations": [f"{url}{name}" for name in FILES] if entry.status == "published" else [],
            "text": f"{url}text/" if row.line.text in row.files else None,
            "epub": f"{url}entry.epub" if row.line.text in row.files else None,
            "highwire": list(metatags.highwire(shown)),
            "dublin_core": list(metatags.dublin_core(shown)),
            "json_ld": metatags.json_ld(shown),
        }

    def _served(self, row: Row, entry: Entry) -> dict[str, str]:
        """What the hub's server makes of the document, by name."""
        if row.status != "published" or not row.line.open:
            return {}
        found = {}
        if row.type == "collective-agreement":
            found["compare"] = f"{self.about.url}compare/?e={row.key}"
        if row.line.text not in row.files and text_file_of(entry) is not None:
            found["read"] = f"{self.about.url}{row.key}/read/"
        if text_file_of(entry) is not None and self._replaces(entry):
            found["changes"] = f"{self.about.url}{row.key}/changes/"
        return found

    def _alike(
        self, row: Row, related: list[tuple[str, str, tuple[str, str | None]]]
    ) -> list[dict[str, Any]]:
        """Documents like this one, as on a shelf; those that are related to it stand there."""
        if row.status != "published":
            return []
        known = (target.removeprefix("lib:") for _, target, _ in related)
        return [self.about.book(other) for other in self.about.like(row, known)]

    def _replaces(self, entry: Entry) -> bool:
        """Whether a document that it replaces can be read here."""
        rows = (self.about.row(target.removeprefix("lib:")) for target in entry.relations.replaces)
        return any(
            text_file_of(self.about.card(row).entry) is not None
            for row in rows
            if row is not None and row.status == "published"
        )

    def _citation(self, row: Row, url: str, name: str) -> Page:
        key = digest(self.about.env, name, row.blob, self.about.facts)

        def load() -> dict[str, str]:
            shown = self.about.published(row, self.about.card(row))
            return {"data": FILES[name]([shown]).decode()}

        return Page(
            f"{url}{name}", "raw", self.about.section, self.about.lang, name, key, LazyFacts(load)
        )

    def _file(self, row: Row, url: str, name: str, sha256: str) -> Page:
        oid = row.files.get(name)
        facts = {"oid": oid} if oid else {"path": str(self.about.store.path(sha256))}
        return Page(
            f"{url}files/{name}",
            "blob",
            self.about.section,
            self.about.lang,
            name,
            digest("blob", oid or sha256),
            facts,
        )

    def _plain(self, row: Row, url: str, cover: str) -> Page:
        """The cover as JPEG."""

        def load() -> dict[str, bytes]:
            return {"data": oldpictures.jpeg(self.about.picture(row))}

        return Page(
            f"{url}{PLAIN_COVER}",
            "bytes",
            self.about.section,
            self.about.lang,
            "",
            digest("jpeg", oldpictures.VERSION, cover),
            LazyFacts(load),
        )

    def _small(self, row: Row, url: str, cover: str) -> Page:
        """The cover as it stands on shelves."""

        def load() -> dict[str, bytes]:
            return {"data": covers.small(self.about.picture(row))}

        key = digest("small", covers.VERSION, oldpictures.VERSION, cover)
        url, lang = f"{url}{covers.SMALL}", self.about.lang
        return Page(url, "bytes", self.about.section, lang, "", key, LazyFacts(load))

    def _drawn(self, row: Row, url: str) -> Page:
        """The cover that is drawn where there is none."""
        lang = self.about.lang
        facts = (row.title, row.type, kind_label(row.type, lang), row.line.lang or lang)
        key, url = digest("drawn", covers.VERSION, *facts), f"{url}{covers.DRAWN}"
        made = LazyFacts(lambda: {"data": covers.drawn(*facts)})
        return Page(url, "raw", self.about.section, lang, "", key, made)

    def _text(self, row: Row, url: str) -> Page:
        own = f"{url}text/"
        linked = self.about.index.linked(self.about.id, row.key)
        key = digest(self.about.env, "text", row.blob, row.files, self.about.facts, linked)

        def load() -> dict[str, Any]:
            card = self.about.card(row)
            return {
                "library": self.about.facts,
                "entry": self.about.line(row),
                "html": _without_title(
                    self._html(row, card, partial(self._resolve, own, card)), row.title
                ),
                "epub": f"{url}entry.epub",
            }

        return Page(
            own, "reading", self.about.section, self.about.lang, row.title, key, LazyFacts(load)
        )

    def _book(self, row: Row, url: str) -> Page:
        key = digest(self.about.env, "epub", row.blob, row.files, row.stamp)
        return Page(
            f"{url}entry.epub",
            "bytes",
            self.about.section,
            self.about.lang,
            row.title,
            key,
            LazyFacts(lambda: {"data": self._bound(row)}),
        )

    def _bound(self, row: Row) -> bytes:
        """The book; the pictures the text shows come from the files beside the card."""
        card = self.about.card(row)
        reader = self.about.sources.reader(self.about.place.repo)
        kinds = {file.name: file.type for file in card.entry.files}
        pictures = {
            name: reader.blob(Oid(oid))
            for name, oid in row.files.items()
            if kinds.get(name) in binding.PICTURES
        }
        text = reader.blob(Oid(row.files[row.line.text]))
        lang = row.line.lang or self.about.lang
        return binding.bound(self.about.published(row, card), text, pictures, lang)

    def _html(self, row: Row, card: Card, resolve: Callable[[str], str | None]) -> str:
        blob = self.about.sources.reader(self.about.place.repo).blob(Oid(row.files[row.line.text]))
        return render_page(blob.decode("utf-8", "replace"), resolve=resolve)

    def _related(self, key: str, entry: Entry) -> list[tuple[str, str, tuple[str, str | None]]]:
        """(label, target, (title, address or None)): what the card names, and what names it."""
        found = [
            (label, target, self._target(target))
            for label in _OWN
            for target in getattr(entry.relations, label)
        ]
        for relation, source in self.about.index.naming(self.about.id, key):
            found.append((_REVERSE[relation], source, self._target(f"lib:{source}")))
        return list(dict.fromkeys(found))

    def _topics(self, key: str) -> list[tuple[str, str, tuple[str, str | None]]]:
        """The topics in the library's conference whose title names the card."""
        conference = self.about.place.settings.conference
        rows = self.about.topics.get(key, ()) if conference else ()
        return [
            ("discussed_in", tid, (title, f"/conferences/{conference}/t/{tid}/"))
            for tid, title in rows
        ]

    def _target(self, target: str) -> tuple[str, str | None]:
        kind, _, name = target.partition(":")
        if kind == "lib":
            row = self.about.row(name)
            if row is not None and row.status in ("published", "withdrawn"):
                return row.title, f"{self.about.url}{name}/"
            return target, None
        conference, _, tid = name.partition("/")
        return conference, f"/conferences/{conference}/" + (f"t/{tid}/" if tid else "")

    def _resolve(self, url: str, card: Card, target: str) -> str | None:
        """Links of a card's text: its own files by name, other cards by id."""
        base = f"{self.about.url}{card.entry.key}/"
        if target in open_files(card.entry, card.files):
            return relative(url, f"{base}files/{quote(target)}")
        kind, _, name = target.partition(":")
        if kind == "lib" and self.about.index.row(self.about.id, name) is not None:
            return relative(url, f"{self.about.url}{name}/")
        return None

    def _cover(self, card: Card, readable: dict[str, None], url: str) -> str | None:
        """The address of the picture of the first page."""
        for file in card.entry.files:
            if file.role == "cover" and file.name in readable:
                return f"{url}files/{quote(file.name)}"
        return None

    def _stand_in(self, row: Row, url: str) -> str | None:
        """What stands on the page of a card that has no cover of its own."""
        if row.status != "published" or our_cover(row):
            return None
        return f"{url}{PLAIN_COVER if first_pdf(row, self.about.store) else covers.DRAWN}"

    def _cover_size(self, card: Card) -> tuple[int, int] | None:
        """Width and height in pixels of the cover, which this hub made: a WebP of one kind."""
        for file in card.entry.files:
            oid = card.files.get(file.name)
            if file.role == "cover" and oid:
                head = self.about.sources.reader(self.about.place.repo).blob(Oid(oid))[:30]
                return _webp_size(head)
        return None


def _without_title(body: str, title: str) -> str:
    """A text whose first heading is its title, without it: the page has one. The headings that
    stood below it rise, so that no level is skipped."""
    found = _FIRST_HEADING.match(body)
    said = html.unescape(re.sub(r"<[^>]*+>?", "", found[1])) if found else ""
    if not found or said.split() != title.split():
        return body
    rest = body[found.end() :]
    up = min((int(level) for level in re.findall(r"<h([2-6])\b", rest)), default=2) - 2
    return re.sub(r"(</?h)([2-6])\b", lambda at: f"{at[1]}{int(at[2]) - up}", rest)


def _webp_size(head: bytes) -> tuple[int, int] | None:
    """The size that the head of a lossy WebP says (RFC 9649 2.5, RFC 6386 9.1)."""
    if head[12:16] != b"VP8 " or len(head) < 30:
        return None
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF
