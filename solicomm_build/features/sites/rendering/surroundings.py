"""What a site shows of the hub around it: names, newest topics, and its documents in the libraries.

Looked up once per build in the builder itself, and only for sites that show them; each site's key
holds the digest of what it shows, so that it is made anew when that changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.contents import Contents, Place, conference_facts
from solicomm_build.builder.sources import Sources
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.rendering.libraries import LibraryPages
from solicomm_build.features.sites.values.site import Site
from solicomm_build.foundation import formernames
from solicomm_build.foundation.hub.config import Config

TOPICS = 5
NEWS = 30
"""Messages of a list that are among a site's news."""


@dataclass(frozen=True, slots=True)
class Document:
    """A published library entry: where it is, and whose."""

    url: str
    entry: Entry

    @property
    def facts(self) -> tuple[object, ...]:
        """All that a site shows of it (rows.py), and by what it is chosen."""
        said = self.entry
        about = (said.type, said.date.issued, said.languages, said.subjects)
        return self.url, said.title, said.abstract, *about

    def is_about(self, *subjects: str) -> bool:
        """Whether one of the subjects is the entry's, with or without its scheme."""
        have = {s.casefold() for s in self.entry.subjects}
        have |= {s.rpartition(":")[2] for s in have}
        return any(subject.casefold() in have for subject in subjects)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one site gets of it, plain values."""

    names: Mapping[str, Mapping[str, str]]
    conferences: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    documents: Sequence[Document] = ()

    @property
    def facts(self) -> tuple[object, ...]:
        """What the site's key holds of it; the names are the same for all and digested apart."""
        return self.conferences, [document.facts for document in self.documents]


class Surroundings:
    """The hub as sites see it, at one build."""

    def __init__(self, sources: Sources, config: Config, found: Contents, env: str) -> None:
        self._sources, self._config, self._found, self._env = sources, config, found, env
        self._conferences: dict[str, Mapping[str, Any]] = {}

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Titles of conferences and libraries, by kind and id, also by ids that they had before;
        and under `now` what each of those is called now, by kind and id."""
        titles = {
            "conferences": {
                name: place.settings.title_in("") for name, place in self._found.conferences.items()
            },
            "libraries": {
                name: next(iter(place.settings.title.values()), name)
                for name, place in self._found.of("library").items()
            },
        }
        now: dict[str, str] = {}
        for kind, found in titles.items():
            former = {old: new for old, new in self._former(kind).items() if new in found}
            found |= {old: found[new] for old, new in former.items() if old not in found}
            now |= {f"{kind}/{old}": new for old, new in former.items()}
        return titles | {"now": now}

    def _former(self, kind: str) -> Mapping[str, str]:
        """Of a hub that is carried, those of the hub that it is made of."""
        home = self._config.borrows
        return formernames.now(home / "private" if home else self._config.private, kind)

    def shown(self, place: Place[Site]) -> Shown:
        """What this site shows. Most show nothing, and their settings are not even read."""
        if not place.shows:
            return Shown(self.names)
        site = place.settings
        former = self._former("conferences")
        conferences = {
            name: self._conference(former.get(name, name))
            for name in site.conferences
            if former.get(name, name) in self._found.conferences
        }
        named = [old for old, new in self._former("unions").items() if new == site.union]
        documents = self._documents(site, named) if site.has_shelf else ()
        return Shown(self.names, conferences, documents)

    def _conference(self, name: str) -> Mapping[str, Any]:
        if name not in self._conferences:
            place = self._found.conferences[name]
            facts = conference_facts(self._config, name, place.settings)
            pages = TopicPages(self._sources, place.repo, facts, self._env)
            topics = Lookup(self._sources.db, name).active_topics(TOPICS)
            if place.settings.visibility != "public":
                topics = []
            self._conferences[name] = {
                "title": facts.title,
                "description": facts.description,
                "lang": facts.lang,
                "kind": facts.kind,
                "address": facts.address,
                "url": facts.url,
                "topics": [
                    {
                        "title": topic.title,
                        "url": pages.post_url(topic.tid, topic.last_mid),
                        "last": topic.last,
                        "name": topic.last_name,
                        "lang": topic.lang,
                    }
                    for topic in topics
                ],
                "news": self._news(name, pages) if place.settings.visibility == "public" else [],
            }
        return self._conferences[name]

    def _news(self, name: str, pages: TopicPages) -> list[Mapping[str, Any]]:
        """What was sent to a list, as rows of a site's news."""
        if self._found.conferences[name].settings.posting != "announce":
            return []
        return [
            {
                "slug": "",
                "title": topic.title,
                "url": f"{pages.facts.url}t/{topic.tid}/",
                "date": topic.started,
                "summary": "",
                "lang": topic.lang,
                "image": None,
            }
            for topic in Lookup(self._sources.db, name).newest_topics(NEWS)
        ]

    def _documents(self, site: Site, former: Iterable[str]) -> list[Document]:
        """The site's own documents, as its shelf says, newest first; `former` are ids that the
        union had before."""
        makers = set(site.shelf.organisations)
        if not makers:
            makers = {*site.title.values(), *(f"registry:{name}" for name in (site.union, *former))}
        found = [document for pages in self._libraries for document in _documents_of(pages, makers)]
        if site.shelf.subjects:
            found = [document for document in found if document.is_about(*site.shelf.subjects)]
        found.sort(key=lambda one: (one.entry.date.issued, one.url), reverse=True)
        return found

    @cached_property
    def _libraries(self) -> list[LibraryPages]:
        """Those that everybody may know of."""
        return [
            LibraryPages(self._sources, self._config, name, place, self._env)
            for name, place in self._found.of("library").items()
            if place.settings.visibility == "public"
        ]


def _documents_of(pages: LibraryPages, makers: Iterable[str]) -> Iterator[Document]:
    for key, entry in pages.made_by(makers).items():
        yield Document(f"{pages.url}{key}/", entry)
