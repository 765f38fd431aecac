"""Libraries for Pelican: the catalogue, a card per entry, the files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from markupsafe import Markup

from plugins.generator import PageGenerator, Presenter
from solicomm_build import i18n
from solicomm_build.model.entry import Entry
from solicomm_build.model.pages import HubFacts, Page

_RELATIONS = {
    "replaces": "Replaces",
    "translation_of": "Translation of",
    "part_of": "Part of",
    "related": "See also",
    "discussed_in": "Discussed in",
}


def catalogue(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """All entries, and by subject."""
    return page.facts


def card(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """One entry."""
    facts = page.facts
    entry: Entry = facts["entry"]
    row: Mapping[str, Any] = facts["row"]
    return {
        "library": facts["library"],
        "entry": {
            **row,
            "titles": [{"lang": lang, "title": title} for lang, title in entry.title.items()],
            "contributors": [
                {"name": person.name, "role": person.role} for person in entry.contributors
            ],
            "publisher": ", ".join(filter(None, (entry.publisher, entry.place))),
            "countries": [i18n.country_name(code, page.lang) for code in entry.countries],
            "abstracts": [
                {"lang": lang, "text": text} for lang, text in (entry.abstract or {}).items()
            ],
            "html": Markup(facts["html"]) if facts["html"] else None,  # noqa: S704 - cleaned
            "identifiers": _identifiers(entry),
            "licence": entry.rights.licence,
            "holder": entry.rights.holder,
            "access": entry.rights.access,
            "version": entry.version,
            "files": [
                {
                    "name": file.name,
                    "type": file.type,
                    "bytes": file.size,
                    "url": url,
                    "lang": file.lang,
                    "pages": file.pages,
                }
                for file, url in facts["files"]
            ],
            "citation": citation(entry, row, hub, page.url),
            "related": [
                {"label": i18n.gettext(page.lang, _RELATIONS[label]), "title": title, "url": url}
                for label, _, (title, url) in facts["related"]
            ],
            "status": entry.status,
        },
        "discuss": _discuss(facts["conference"], hub, row),
    }


def citation(entry: Entry, row: Mapping[str, Any], hub: HubFacts, url: str) -> str:
    """A plain reference: authors, year, title, place and publisher, address."""
    authors = "; ".join(creator.name for creator in entry.creators)
    year = entry.date.issued[:4]
    made_by = ": ".join(filter(None, (entry.place, entry.publisher)))
    parts = (f"{authors} ({year})" if authors and year else authors or year, row["title"], made_by)
    return ". ".join(part for part in parts if part) + f". {hub.url}{url}"


def _identifiers(entry: Entry) -> list[dict[str, Any]]:
    known = entry.identifiers
    rows: list[dict[str, Any]] = []
    for name, value, url in (
        ("ISBN", known.isbn, None),
        ("ISSN", known.issn, None),
        ("DOI", known.doi, f"https://doi.org/{quote(known.doi)}"),
        ("URL", known.url, known.url),
        *((scheme, value, None) for scheme, value in known.other),
    ):
        if value:
            rows.append({"name": name, "value": value, "url": url})
    return rows


def _discuss(conference: str, hub: HubFacts, row: Mapping[str, Any]) -> str | None:
    if not conference:
        return None
    return f"mailto:{conference}@{hub.domain}?subject={quote(str(row['title']), safe='')}"


class LibraryGenerator(PageGenerator):
    """Pages of the sections `library:…`."""

    kind = "library"
    presenters: ClassVar[Mapping[str, Presenter]] = {"library": catalogue, "card": card}
