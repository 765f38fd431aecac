"""The pages of a library: its catalogue and a card for every entry, with the files beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote

from solicomm_build.config import Config
from solicomm_build.errors import SoliCommError
from solicomm_build.model import entry as entries
from solicomm_build.model.entry import Entry
from solicomm_build.model.library import Library
from solicomm_build.model.markup import render_page
from solicomm_build.model.pages import Page, relative
from solicomm_build.pipeline.contents import Place
from solicomm_build.pipeline.sources import Planned, Sources, digest

_CARD = "entry.md"


@dataclass(frozen=True, slots=True)
class Card:
    """An entry with the ids of its card and of the files that lie beside it."""

    entry: Entry
    blob: str
    files: dict[str, str]  # name -> oid


@dataclass(frozen=True)
class LibraryPages:
    """Plans the pages of one library as of a commit. `faults` fills while cards are read."""

    sources: Sources
    config: Config
    id: str
    place: Place[Library]
    env: str

    @property
    def section(self) -> str:
        """Who owns the files."""
        return f"library:{self.id}"

    @property
    def url(self) -> str:
        """The catalogue's address."""
        return f"/libraries/{self.id}/"

    @property
    def lang(self) -> str:
        """The interface language of its pages."""
        first = self.place.settings.languages[0]
        return first if first in self.config.languages else self.config.languages[0]

    @cached_property
    def _read(self) -> tuple[dict[str, Card], list[tuple[str, str]]]:
        reader = self.sources.reader(self.place.repo)
        folders: dict[str, dict[str, str]] = defaultdict(dict)
        for item in reader.tree(self.place.commit, "entries", recursive=True):
            folder, _, name = item.path.removeprefix("entries/").partition("/")
            folders[folder][name] = item.oid
        cards: dict[str, Card] = {}
        faults: list[tuple[str, str]] = []
        for key, files in sorted(folders.items()):
            path = f"entries/{key}/{_CARD}"
            if _CARD not in files:
                continue
            oid = files.pop(_CARD)
            try:
                entry = entries.decode(reader.blob(oid), path)  # type: ignore[arg-type]
            except SoliCommError as error:
                faults.append((f"{self.url}{key}/", error.public))
                continue
            if entry.status != "draft":
                cards[key] = Card(entry, oid, files)
        return cards, faults

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Cards that could not be read: (address, reason)."""
        return self._read[1]

    @property
    def cards(self) -> dict[str, Card]:
        """Published and withdrawn cards by the last part of their address."""
        return self._read[0]

    def everything(self) -> Iterator[Planned]:
        """All pages; equal keys are passed over by whoever makes them."""
        for key, card in self.cards.items():
            yield Planned(f"{self.url}{key}/", self.section, 0, partial(self._card, key, card))
            for file in card.entry.files:
                if self._shown(card, file.name):
                    yield Planned(
                        self._file_url(key, file.name),
                        self.section,
                        0,
                        partial(self._file, key, card, file.name),
                    )
        yield Planned(self.url, self.section, 1, self._catalogue)

    def _shown(self, card: Card, name: str) -> bool:
        open_now = card.entry.rights.access == "open" and card.entry.status == "published"
        return open_now and name in card.files

    def _file_url(self, key: str, name: str) -> str:
        return f"{self.url}{key}/files/{quote(name)}"

    def _file(self, key: str, card: Card, name: str) -> Page:
        oid = card.files[name]
        return Page(
            f"{self.url}{key}/files/{name}", "blob", self.section, self.lang, name,
            digest("blob", oid), {"oid": oid},
        )  # fmt: skip

    def _library(self) -> dict[str, Any]:
        settings = self.place.settings
        return {
            "id": self.id,
            "title": _in(settings.title, self.lang),
            "description": _in(settings.description, self.lang),
            "url": self.url,
            "lang": settings.languages[0],
        }

    def _row(self, key: str, entry: Entry) -> dict[str, Any]:
        lang = entry.languages[0] if entry.languages else self.lang
        return {
            "id": entry.id,
            "url": f"{self.url}{key}/",
            "title": entry.title_in(lang),
            "lang": lang,
            "creators": [creator.name for creator in entry.creators],
            "issued": entry.date.issued,
            "kind": entry.type,
            "languages": entry.languages,
            "subjects": [subject_name(subject) for subject in entry.subjects],
            "summary": _shortened(entry.abstract_in(lang)),
        }

    def _catalogue(self) -> Page:
        rows = [self._row(key, card.entry) for key, card in self.cards.items()
                if card.entry.status == "published"]  # fmt: skip
        rows.sort(key=lambda row: (row["issued"], row["id"]), reverse=True)
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            for subject in row["subjects"] or ["–"]:
                groups[subject].append(row)
        library = self._library()
        facts = {
            "library": library,
            "entries": rows,
            "groups": [
                {"title": title, "anchor": f"subject-{number}", "entries": items}
                for number, (title, items) in enumerate(sorted(groups.items()), 1)
            ],
        }
        key = digest(self.env, "library", facts)
        return Page(
            self.url, "library", self.section, self.lang, library["title"], key, facts,
            description=library["description"],
        )  # fmt: skip

    def _card(self, key: str, card: Card) -> Page:
        entry, url = card.entry, f"{self.url}{key}/"
        row = self._row(key, entry)
        related = [
            (label, target, self._related(target))
            for label in ("replaces", "translation_of", "part_of", "related", "discussed_in")
            for target in getattr(entry.relations, label)
        ]
        page_key = digest(self.env, "card", card.blob, card.files, related, self._library())
        facts = {
            "library": self._library(),
            "row": row,
            "entry": entry,
            "html": render_page(entry.body, resolve=partial(self._resolve, url, card, key))
            if entry.body.strip()
            else None,
            "files": [
                (file, self._file_url(key, file.name) if self._shown(card, file.name) else None)
                for file in entry.files
            ],
            "related": related,
            "conference": self.place.settings.conference,
        }
        return Page(
            url, "card", self.section, self.lang, row["title"], page_key, facts,
            description=row["summary"],
        )  # fmt: skip

    def _related(self, target: str) -> tuple[str, str | None]:
        kind, _, name = target.partition(":")
        if kind == "lib" and name in self.cards:
            entry = self.cards[name].entry
            return entry.title_in(entry.languages[0] if entry.languages else self.lang), (
                f"{self.url}{name}/"
            )
        if kind == "conf":
            conference, _, tid = name.partition("/")
            place = f"/conferences/{conference}/" + (f"t/{tid}/" if tid else "")
            return conference, place
        return target, None

    def _resolve(self, url: str, card: Card, key: str, target: str) -> str | None:
        if target in card.files:
            return relative(url, self._file_url(key, target))
        kind, _, name = target.partition(":")
        if kind == "lib" and name in self.cards:
            return relative(url, f"{self.url}{name}/")
        return None


def subject_name(subject: str) -> str:
    """The words of `ilo-taxonomy:collective-bargaining` or `free:water`."""
    return subject.rpartition(":")[2].replace("-", " ")


def _shortened(text: str, limit: int = 240) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"


def _in(texts: Any, lang: str) -> str:
    return texts.get(lang) or next(iter(texts.values()), "")
