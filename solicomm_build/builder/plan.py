"""Which pages a build must look at: what each section's repository changed since the last one.

A section (the hub, a conference, those that features add) is passed over when neither its
repository nor what all its pages depend on moved. A conference plans from what its new posts
touched; the others plan all their pages and leave it to the keys which of them are really made.
Sections of which there may be very many are only named here: each is planned where it is made, in a
child with limits (`apart/batch.py`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

from solicomm_build.builder import hooks, parts
from solicomm_build.builder.conferences.conferences import ConferencePages
from solicomm_build.builder.conferences.conferences import parts as parts_of
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.contents import Contents, Place, conference_facts
from solicomm_build.builder.front.home import MARK
from solicomm_build.builder.hub import HubSection
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.publish import path_of
from solicomm_build.builder.remembered.unmoved import Unmoved
from solicomm_build.builder.sections import Many, One, Section
from solicomm_build.builder.sources import Sources, digest
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.post.conference import Conference


class Plan(Planning):
    """The pages to look at."""

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
        super().__init__(config, sources, found, env, full=full, today=today)
        self._pages: dict[str, ConferencePages] = {}
        self._looked_at: list[ConferencePages] = []  # by new posts
        self._around = ""
        self.with_apart = True  # whether it is the turn of what is planned where it is made
        self.with_assets = assets and self.moved("theme", env)

    def made(self) -> Plan:
        """Fills the plan; returns itself."""
        return self.of_conferences().of_sections()

    def of_sections(self) -> Plan:
        """Fills the plan with what is around the conferences."""
        for pages in self._looked_at:
            pages.warm()
        for section in sections():
            if self.with_apart or not _is_apart(section):
                section.plan(self)
        return self

    def of_conferences(self) -> Plan:
        """Fills the plan with what conferences show, and nothing of the hub around them."""
        return self.of_commits().of_days()

    def of_commits(self) -> Plan:
        """Fills the plan with what conferences show since something was committed to them."""
        neighbours, places = self._neighbours(), self.found.conferences
        known = self.sources.handle(Unmoved)
        self._around = known.around(
            self.sources.db, self.found, self.env, self.today, sorted(neighbours)
        )
        resting = set() if self.full else known.names(self._around, places)
        for name in places:
            section = f"conference:{name}"
            is_new = section in self.pending or section in self.doubt.sections
            if is_new or name not in resting:
                self._conference(name, neighbours)
        return self

    def is_shown(self) -> None:
        """All of it is noted: what does not move from here on need not be looked at again."""
        known = self.sources.handle(Unmoved)
        known.note(self._around, self.found.conferences, self.sections)

    def are_owners_new(self) -> bool:
        """Whether others may own files than at the last build of this process."""
        return self.sources.handle(Unmoved).are_new(self._around, self.sections)

    def of_days(self) -> Plan:
        """Fills the plan with what conferences show since a day passed, or what they lead to
        changed."""
        for section, pages in self._pages.items():
            for what, part in pages.parts.items():
                period = part.period()
                is_new = bool(period) and self.moved(f"{section} {what}", period)
                if is_new and not self.is_complete(section):
                    self.some(pages.renewed(part))
        return self

    def look_again(self, found: Contents) -> None:
        """Names what is planned apart anew, as of commits that came since."""
        self.found, self.apart = found, []
        self.__dict__.pop("sections", None)
        self.ahead = [(result, key) for result, key in self.ahead if key]
        for section in filter(_is_apart, hooks.sections()):
            section.plan(self)

    def _neighbours(self) -> frozenset[str]:
        """The conferences that any page may lead to."""
        return frozenset(
            name
            for name, place in self.found.conferences.items()
            if place.settings.visibility == "public"
        )

    @property
    def conferences(self) -> Mapping[str, Place[Conference]]:
        """Those that are planned."""
        return self.found.conferences

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look at. (Something may have to go all the same.)"""
        return not (self.planned or self.reflects or self.apart)

    @cached_property
    def sections(self) -> set[str]:
        """Who may own files now."""
        periods = {
            f"conference:{name} {what}" for name in self.found.conferences for what in parts_of()
        }
        return owners(self.found) | periods | {"theme", MARK}

    def read(self, section: str, oid: str) -> bytes:
        """A blob of the section's repository."""
        return self.sources.reader(self._repo(section)).blob(Oid(oid))

    def stale(self, db: sqlite3.Connection, made: Iterable[str]) -> list[str]:
        """Files below the root that nothing makes any more."""
        keep = {path_of(page.url) for page in self.planned} | set(made)
        gone = {path_of(url) for url in self._gone}
        known = "SELECT 1 FROM output WHERE path=?"
        stale = {path for path in gone if db.execute(known, (path,)).fetchone()}
        for owner in (set(_owners(db)) - self.sections) | self._complete:
            rows = db.execute("SELECT path FROM output WHERE section=?", (owner,))
            stale |= {path for (path,) in rows}
        return sorted(stale - keep)

    def _repo(self, section: str) -> Path:
        kind, _, name = section.partition(":")
        if kind == "conference":
            return self.found.conferences[name].repo
        source = next(one.source for one in hooks.sections() if one.kind == kind)
        return (
            source.repo(self.config) if isinstance(source, One) else self.found.of(kind)[name].repo
        )

    def _conference(self, name: str, neighbours: frozenset[str]) -> None:
        place = self.found.conferences[name]
        section = f"conference:{name}"
        env = digest(self.env, place.settings_blob)
        facts = conference_facts(self.config, name, place.settings)
        others = [lang for lang in self.config.languages if lang != facts.lang]
        pages = ConferencePages(
            parts.Surroundings(
                self.sources,
                place.repo,
                facts,
                place.settings,
                (facts.lang, *others),
                env,
                self.today,
                neighbours,
            )
        )
        moved = self.moved(section, env)
        if moved or self.pending.get(section, {}) is None:
            self.all_of(section, pages.everything(), anew=True)
        elif section in self.pending:
            touched = Touched.of_dict(self.pending[section] or {})
            self._looked_at.append(pages)
            self.some(pages.changed(touched))
        self._pages[section] = pages


def _owners(db: sqlite3.Connection) -> Iterator[str]:
    """The sections that have files: one step in the index for each, however many those are."""
    after = "SELECT section FROM output WHERE section>? ORDER BY section LIMIT 1"
    row = db.execute(after, ("",)).fetchone()
    while row is not None:
        yield row[0]
        row = db.execute(after, row).fetchone()


def sections() -> list[Section]:
    """All kinds of sections beside conferences, in the order in which they are planned."""
    return sorted((HubSection(), *hooks.sections()), key=lambda one: one.rank)


def _is_apart(section: Section) -> bool:
    return isinstance(section.source, Many) and section.source.apart


def apart_of(config: Config, repos: Iterable[Path]) -> set[Path]:
    """Those among repositories whose sections are planned where they are made."""
    folders = apart_folders(config)
    return {repo for repo in repos if repo.parent in folders}


def apart_folders(config: Config) -> set[Path]:
    """Where these repositories lie."""
    sources = [one.source for one in hooks.sections() if _is_apart(one)]
    return {source.folder(config) for source in sources if isinstance(source, Many)}


def owners(found: Contents) -> set[str]:
    """The sections that there are."""
    names = {f"conference:{name}" for name in found.conferences}
    for one in sections():
        many = isinstance(one.source, Many)
        names |= {f"{one.kind}:{name}" for name in found.of(one.kind)} if many else {one.kind}
    return names
