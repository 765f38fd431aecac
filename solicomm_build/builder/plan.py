"""Which pages a build must look at: what each section's repository changed since the last one.

A section (the hub, a conference, a library, a union) is passed over when neither its repository nor
what all its pages depend on moved. A conference plans from what its new posts touched; the others
plan all their pages and leave it to the keys which of them are really made. Union sites are only
named here: each is planned where it is built, in a child with limits (`sites/batch.py`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from pathlib import Path

from solicomm_build.builder import parts
from solicomm_build.builder.conferences import state
from solicomm_build.builder.conferences.conferences import ConferencePages
from solicomm_build.builder.conferences.conferences import parts as parts_of
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.contents import Contents, Place, conference_facts
from solicomm_build.builder.hub import HubPages
from solicomm_build.builder.publish import path_of
from solicomm_build.builder.sources import Planned, Sources, digest
from solicomm_build.features.library.rendering.librarian import named_in
from solicomm_build.features.library.rendering.libraries import LibraryPages
from solicomm_build.features.people.planned import PeoplePages
from solicomm_build.features.sites.rendering import foreign
from solicomm_build.features.sites.rendering.batch import Task
from solicomm_build.features.sites.rendering.opensite import OpenSite
from solicomm_build.features.sites.rendering.surroundings import Surroundings
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.post.conference import Conference


class Plan:
    """The pages to look at, in `planned`; of those in `anew` no earlier key counts. `reflects` is
    what to note per section when all of it is published."""

    def __init__(
        self,
        config: Config,
        sources: Sources,
        found: Contents,
        env: str,
        *,
        full: bool,
        today: date | None = None,
        assets: bool = True,
    ) -> None:
        """`assets` is whether the tree has a theme of its own."""
        self._config = config
        self._sources = sources
        self._found = found
        self._env = env
        self._full = full
        self._today = today or clock.now().date()
        self._around = Surroundings(sources, config, found, env)
        self._pending = state.pending(sources.db)
        self._gone: set[str] = set()
        self._urls: set[str] = set()
        self._complete: set[str] = set()  # sections of which every page is planned
        self.planned: list[Planned] = []
        self.sites: list[Task] = []
        self.anew: set[str] = set()
        self.faults: list[tuple[str, str]] = []
        self.reflects: dict[str, str] = {}
        self.with_assets = assets and (full or self._moved("theme", env))

    def made(self) -> Plan:
        """Fills the plan; returns itself."""
        for name in self._found.conferences:
            self._conference(name)
        for name in self._found.libraries:
            self._library(name)
        self._hub()
        self._people()
        self._unions()
        return self

    def of_conferences(self) -> Plan:
        """Fills the plan with what conferences show, and nothing of the hub around them."""
        for name in self._found.conferences:
            self._conference(name)
        return self

    def look_again(self, found: Contents) -> None:
        """Names the sites anew, as of commits that came since."""
        self._found, self.sites = found, []
        self._around = Surroundings(self._sources, self._config, found, self._env)
        self._unions()

    @property
    def _neighbours(self) -> frozenset[str]:
        """The conferences that any page may lead to."""
        return frozenset(
            name
            for name, place in self._found.conferences.items()
            if place.settings.visibility == "public"
        )

    @property
    def conferences(self) -> Mapping[str, Place[Conference]]:
        """Those that are planned."""
        return self._found.conferences

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look at. (Something may have to go all the same.)"""
        return not (self.planned or self.reflects or self.sites)

    @property
    def sections(self) -> set[str]:
        """Who may own files now."""
        periods = {
            f"conference:{name} {what}" for name in self._found.conferences for what in parts_of()
        }
        return self._found.sections | periods | {"theme"}

    def read(self, section: str, oid: str) -> bytes:
        """A blob of the section's repository."""
        return self._sources.reader(self._repo(section)).blob(Oid(oid))

    def stale(self, db: sqlite3.Connection, made: Iterable[str]) -> list[str]:
        """Files below the root that nothing makes any more."""
        keep = {path_of(page.url) for page in self.planned} | set(made)
        gone = {path_of(url) for url in self._gone}
        known = "SELECT 1 FROM output WHERE path=?"
        stale = {path for path in gone if db.execute(known, (path,)).fetchone()}
        owners = {owner for (owner,) in db.execute("SELECT DISTINCT section FROM output")}
        for owner in (owners - self.sections) | self._complete:
            rows = db.execute("SELECT path FROM output WHERE section=?", (owner,))
            stale |= {path for (path,) in rows}
        return sorted(stale - keep)

    def _repo(self, section: str) -> Path:
        kind, _, name = section.partition(":")
        if kind == "conference":
            return self._found.conferences[name].repo
        if kind == "library":
            return self._found.libraries[name].repo
        if kind == "people":
            return self._config.people_repo
        return self._found.unions[name].repo

    def _moved(self, section: str, key: str) -> bool:
        """Whether a section's key differs from what its pages show; it is noted when it does."""
        if state.reflected(self._sources.db, f"pages {section}") == key and not self._full:
            return False
        self.reflects[section] = key
        return True

    def _add(self, planned: Iterable[Planned | str], *, anew: bool) -> None:
        for item in planned:
            if isinstance(item, str):
                self._gone.add(item)
                continue
            if item.url not in self._urls:  # two makers of one file would be in each other's way
                self._urls.add(item.url)
                self.planned.append(item)
            if anew or self._full:
                self.anew.add(item.url)

    def _conference(self, name: str) -> None:
        place = self._found.conferences[name]
        section = f"conference:{name}"
        env = digest(self._env, place.settings_blob)
        facts = conference_facts(self._config, name, place.settings)
        others = [lang for lang in self._config.languages if lang != facts.lang]
        pages = ConferencePages(
            parts.Surroundings(
                self._sources,
                place.repo,
                facts,
                place.settings,
                (facts.lang, *others),
                env,
                self._today,
                self._neighbours,
            )
        )
        moved = self._moved(section, env)
        if moved or self._pending.get(section, {}) is None:
            self._complete.add(section)
            self._add(pages.everything(), anew=True)
        elif section in self._pending:
            touched = Touched.of_dict(self._pending[section] or {})
            pages.warm()
            self._add(pages.changed(touched), anew=False)
        for what, part in pages.parts.items():
            period = part.period()
            is_new = bool(period) and self._moved(f"{section} {what}", period)
            if is_new and section not in self._complete:
                self._add(pages.renewed(part), anew=False)

    def _library(self, name: str) -> None:
        place = self._found.libraries[name]
        section = f"library:{name}"
        env = digest(self._env, place.settings_blob)
        pages = LibraryPages(self._sources, self._config, name, place, env)
        shown = state.reflected(self._sources.db, f"pages {section}") or ""
        if self._moved(section, f"{env} {place.commit}"):
            pages.follow()
            same, _, old = shown.partition(" ")
            changed = pages.changed(Oid(old)) if same == env and not self._full else None
            if changed is None:
                self._complete.add(section)
            self._add(pages.everything() if changed is None else changed, anew=False)
        self.faults += pages.faults
        if section not in self._complete:
            self._add(pages.mentioned(self._mentioned(place.settings.conference)), anew=False)

    def _mentioned(self, conference: str) -> set[str]:
        """The keys of cards that the changed topics of a conference name in their titles."""
        touched = self._pending.get(f"conference:{conference}", {})
        if touched is None:
            rows = self._sources.db.execute(
                "SELECT title FROM topic WHERE conf=? AND title LIKE '%lib:%'", (conference,)
            ).fetchall()
        else:
            rows = [
                row
                for tid in touched.get("tids", ())
                for row in self._sources.db.execute(
                    "SELECT title FROM topic WHERE conf=? AND tid IN"
                    " (SELECT topic FROM post WHERE conf=? AND tid=?)",
                    (conference, conference, tid),
                )
            ]
        return {key for (title,) in rows for key in named_in(title)}

    def _unions(self) -> None:
        """The sites whose repository moved, or that show something of the hub that did, or that
        time has made old."""
        db = self._sources.db
        names = digest(self._env, self._around.names)
        noted = dict(
            db.execute("SELECT source, commit_id FROM reflects WHERE source GLOB '* union:*'")
        )
        for name, place in self._found.unions.items():
            shown = self._around.shown(place)
            key = digest(names, place.commit, place.settings_blob, shown.facts)
            source = f"union:{name}"
            until = noted.get(f"until {source}")
            old = until and until < self._today.isoformat()
            same = noted.get(f"pages {source}") == key
            if same and not old and not self._full and source not in self._pending:
                continue
            make = partial(
                OpenSite, self._sources, self._config, place, shown, self._env, self._today
            )
            rows = (
                ()
                if self._full
                else db.execute("SELECT path, key FROM output WHERE section=?", (source,))
            )
            theme = foreign.find(self._config, place.settings.theme.name)
            self.sites.append(Task(name, key, make, dict(rows), theme))

    def _people(self) -> None:
        """The directory of people: all of it, when a card changed or a union's name did."""
        pages = PeoplePages(self._sources, self._config, self._found, self._env)
        names = {name: place.settings_blob for name, place in self._found.unions.items()}
        if self._moved("people", digest(self._env, names, self._found.people_commit)):
            self._complete.add("people")
            self._add(pages.everything(), anew=False)
            self.faults += pages.faults

    def _hub(self) -> None:
        pages = HubPages(self._sources, self._config, self._found, self._env)
        settings = {
            kind: {name: place.settings_blob for name, place in places.items()}
            for kind, places in (
                ("conferences", self._found.conferences),
                ("unions", self._found.unions),
            )
        }
        commits = {name: place.commit for name, place in self._found.libraries.items()}
        shown = digest(self._env, settings, commits, self._found.site_commit)
        if self._moved("hub", shown):
            self._complete.add("hub")
            self._add(pages.everything(), anew=False)
        elif self._pending:
            self._add([pages.latest()], anew=False)
