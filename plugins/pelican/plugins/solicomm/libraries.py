"""Libraries for Pelican: the catalogue by every way in, a card per entry, what lies beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from markupsafe import Markup
from pelican.plugins.solicomm.feeds import library_feed, sitemap
from pelican.plugins.solicomm.generator import PageGenerator, Presenter
from pelican.writers import Writer

from solicomm_build.features.library.cards.entry import Entry, File
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.post.pages import HubFacts, Page

_RELATIONS = {
    "replaces": N_("Replaces"),
    "translation_of": N_("Translation of"),
    "part_of": N_("Part of"),
    "related": N_("See also"),
    "discussed_in": N_("Discussed in"),
    "report": N_("Report on it"),
    "replaced_by": N_("Newer version"),
    "translated_in": N_("Translated in"),
    "parts": N_("Parts of it"),
}
_CITATIONS = {
    "entry.bib": ("BibTeX", "application/x-bibtex", "bib"),
    "entry.ris": ("RIS", "application/x-research-info-systems", "ris"),
    "entry.json": ("CSL-JSON", "application/vnd.citationstyles.csl+json", "json"),
}


def catalogue(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The newest entries and the ways in, or a run of entries."""
    return page.facts


def shelf(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The entries with one value of a facet."""
    return page.facts


def facet(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The values of a facet."""
    facts = page.facts
    return {**facts, "up": f"{facts['library']['url']}by/{facts['kind']}/"}


def reading(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The text of an entry written in Markdown."""
    return {**page.facts, "html": Markup(page.facts["html"])}  # noqa: S704 - cleaned


def card(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """One entry."""
    facts = page.facts
    entry: Entry = facts["entry"]
    row: Mapping[str, Any] = facts["row"]
    related = [
        {
            "key": label,
            "label": gettext(page.lang, _RELATIONS[label]),
            "title": title,
            "url": url,
        }
        for label, _, (title, url) in facts["related"]
    ]
    return {
        "library": facts["library"],
        "entry": {
            **row,
            **_described(entry, page.lang),
            "html": Markup(facts["html"]) if facts["html"] else None,  # noqa: S704 - cleaned
            "files": [_file(file, url) for file, url in facts["files"]],
            "shelves": facts["shelves"],
            "citation": citation(entry, row, hub, page.url),
            "related": related,
            "replaced": next((one for one in related if one["key"] == "replaced_by"), None),
        },
        "cover": facts["cover"],
        "plain_cover": facts["plain_cover"],
        "cover_size": facts["cover_size"],
        "drawn_cover": facts["drawn_cover"],
        "served": _served(facts["served"], hub),
        "alike": facts["alike"],
        "text": facts["text"],
        "epub": facts["epub"],
        "citations": [_citation_file(url) for url in facts["citations"]],
        "highwire": facts["highwire"],
        "dublin_core": facts["dublin_core"],
        "json_ld": Markup(facts["json_ld"]),  # noqa: S704 - no character in it is HTML's
        "discuss": _discuss(facts["conference"], hub, row),
    }


def _served(said: Mapping[str, str], hub: HubFacts) -> dict[str, str | None]:
    """What a server makes of the document; nothing of it where there is none."""
    known = {} if hub.carried or hub.places is not None else said
    return {name: known.get(name) for name in ("compare", "read", "changes")}


def _described(entry: Entry, lang: str) -> dict[str, Any]:
    rights = entry.rights
    return {
        "key": entry.key,
        "titles": [{"lang": code, "title": title} for code, title in entry.title.items()],
        "contributors": [{"name": one.name, "role": one.role} for one in entry.contributors],
        "publisher": ", ".join(filter(None, (entry.publisher, entry.place))),
        "countries": [i18n.country_name(code, lang) for code in entry.countries],
        "abstracts": [
            {"lang": code, "text": text} for code, text in (entry.abstract or {}).items()
        ],
        "identifiers": _identifiers(entry),
        "licence": rights.licence,
        "holder": rights.holder,
        "access": rights.access,
        "version": entry.version,
        "status": entry.status,
    }


def _file(file: File, url: str | None) -> dict[str, Any]:
    scan = file.text is False and file.type == "application/pdf"
    return {
        "name": file.name,
        "type": file.type,
        "bytes": file.size,
        "url": url,
        "lang": file.lang,
        "pages": file.pages,
        "scan": scan,
    }


def _citation_file(url: str) -> dict[str, str]:
    name, kind, suffix = _CITATIONS[url.rpartition("/")[2]]
    return {"name": name, "type": kind, "suffix": suffix, "url": url}


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
    subject = quote(f"{row['title']} [{row['id']}]", safe="")  # by which the card finds its topics
    return f"mailto:{conference}@{hub.domain}?subject={subject}"


class LibraryGenerator(PageGenerator):
    """Pages of the sections `library:…`."""

    kind = "library"
    presenters: ClassVar[Mapping[str, Presenter]] = {
        "library": catalogue,
        "shelf": shelf,
        "facet": facet,
        "reading": reading,
        "card": card,
    }

    def write_library_feed(self, page: Page, writer: Writer) -> None:
        """The newest entries."""
        self.job.put(page, library_feed(page, self.job.hub))

    def write_sitemap(self, page: Page, writer: Writer) -> None:
        """The addresses of some of the cards."""
        self.job.put(page, sitemap(page, self.job.hub))

    def write_blob(self, page: Page, writer: Writer) -> None:
        """A file of the library, from its repository or from among the large ones."""
        if "path" in page.facts:
            self.job.put(page, Path(page.facts["path"]).read_bytes())
        else:
            super().write_blob(page, writer)
