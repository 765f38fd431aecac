"""What is on the hub: its conferences, libraries, unions and own pages, as their repositories say.

A repository whose settings cannot be read is left out and reported; the others are shown.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from solicomm_build.builder.sources import Sources
from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.library import Library
from solicomm_build.features.sites import site as sites
from solicomm_build.features.sites.site import Site, SitePage
from solicomm_build.foundation.errors import HubError, LockedOutError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.post import conference as conferences
from solicomm_build.post.conference import Conference
from solicomm_build.post.pages import ConferenceFacts

PUBLIC = ("public", "unlisted")
"""Visibilities whose pages go to public/."""
MEMBERS = "members"
"""The visibility whose pages are for members (tree.py). `encrypted` has none."""

_LOOK_BACK = 50
"""Versions of a settings file that are tried when the newest has a fault."""

Settings = TypeVar("Settings", Conference, Library, Site)


class Deferred(Generic[Settings]):
    """Settings that were found good before, and are read when somebody asks for them."""

    def __init__(self, read: Callable[[], Settings]) -> None:
        self._read: Callable[[], Settings] = read

    @cached_property
    def settings(self) -> Settings:
        """What they say."""
        return self._read()


@dataclass(frozen=True, slots=True)
class Place(Generic[Settings]):
    """A repository of the hub with the settings file in it (and its blob id), as of `commit`;
    `shows` is whether a site shows something of the hub around it."""

    repo: Path
    commit: Oid
    deferred: Deferred[Settings]
    settings_blob: str
    shows: bool = False

    @property
    def settings(self) -> Settings:
        """What its settings file says."""
        return self.deferred.settings


@dataclass(frozen=True, slots=True)
class Contents:
    """All public places of a hub, by id, and in `closed` the conferences for members only, of which
    no public page may know. `faults` are (repository, reason); a place whose settings have a fault
    is shown as its last good ones say."""

    conferences: Mapping[str, Place[Conference]]
    libraries: Mapping[str, Place[Library]]
    unions: Mapping[str, Place[Site]]
    site_commit: Oid | None
    pages: tuple[SitePage, ...]
    faults: tuple[tuple[str, str], ...]
    closed: Mapping[str, Place[Conference]] = field(default_factory=dict)
    people_commit: Oid | None = None

    @property
    def for_members(self) -> Contents:
        """The conferences for members only, as if they were all there is."""
        return Contents(self.closed, {}, {}, None, (), ())

    @property
    def sections(self) -> set[str]:
        """Who may own files below the root."""
        return (
            {"hub", "people"}
            | {f"conference:{name}" for name in self.conferences}
            | {f"library:{name}" for name in self.libraries}
            | {f"union:{name}" for name in self.unions}
        )


LOCKED_OUT = Oid("")
"""The tip of a repository that this user may not read."""


def tips(config: Config) -> dict[Path, Oid]:
    """Every content repository and the commit its main branch is at, or LOCKED_OUT. Reads ref files
    only."""
    found: dict[Path, Oid] = {}
    for folder in (config.conferences, config.libraries, config.unions):
        for path in sorted(folder.glob("*.git")) if folder.is_dir() else ():
            _tip(path, found)
    _tip(config.site_repo, found)
    _tip(config.people_repo, found)
    return found


def _tip(path: Path, found: dict[Path, Oid]) -> None:
    try:
        tip = open_repo(path).ref(MAIN)
    except HubError:
        return  # being made just now
    except LockedOutError:
        tip = LOCKED_OUT
    if tip is not None:
        found[path] = tip


def reached(
    config: Config, db: sqlite3.Connection
) -> tuple[dict[Path, Oid], list[tuple[str, str]]]:
    """The tips with, for a repository that this user may not read, what was read of it last: its
    pages stay as they are. And what is to be said of each such one."""
    found, faults = tips(config), list[tuple[str, str]]()
    for path in [path for path, tip in found.items() if tip == LOCKED_OUT]:
        place = path.relative_to(config.root).as_posix()
        faults.append((place, LockedOutError(path).public))
        row = db.execute("SELECT commit_id FROM setting WHERE repo=?", (place,)).fetchone()
        del found[path]
        if row is not None:
            found[path] = Oid(row[0])
    return found, faults


def load(
    config: Config,
    sources: Sources,
    commits: Mapping[Path, Oid],
    before: Contents | None = None,
    *,
    code: str = "",
) -> Contents:
    """Reads the settings of every repository in `commits`; what `before` read of the same commit,
    or an earlier process with the same `code`, is taken from there, faults included."""
    reading = _Reading(config, sources, before, code)
    shown, closed, shelves, unions = {}, {}, {}, {}
    for repo, commit in commits.items():
        if repo.parent == config.conferences:
            found = reading.place(repo, commit, conferences.FILE, conferences.decode)
            if found and found.settings.visibility in PUBLIC:
                shown[repo.stem] = found
            elif found and found.settings.visibility == MEMBERS:
                closed[repo.stem] = found
        elif repo.parent == config.libraries:
            shelf = reading.place(repo, commit, libraries.FILE, libraries.decode)
            if shelf and shelf.settings.visibility in PUBLIC:
                shelves[repo.stem] = shelf
        elif repo.parent == config.unions:
            site = reading.place(
                repo, commit, sites.FILE, partial(sites.decode_site, union=repo.stem)
            )
            if site:
                unions[repo.stem] = site
    reading.keep()
    faults = reading.faults
    own = commits.get(config.site_repo)
    if before is not None and before.site_commit == own:
        pages = before.pages
        faults.extend(_faults_of(before, config, config.site_repo))
    else:
        pages = tuple(_hub_pages(config, sources, own, faults)) if own else ()
    people = commits.get(config.people_repo)
    return Contents(shown, shelves, unions, own, pages, tuple(faults), closed, people)


class _Reading:
    """One look at the settings of all repositories. What is read is kept in the state."""

    def __init__(
        self, config: Config, sources: Sources, before: Contents | None, code: str
    ) -> None:
        self._config, self._sources, self._before, self._code = config, sources, before, code
        groups = (
            (before.conferences, before.closed, before.libraries, before.unions) if before else ()
        )
        self._known = {place.repo: place for group in groups for place in group.values()}
        self._kept: dict[str, tuple[Any, ...]] = {}
        self._fresh: list[tuple[Any, ...]] = []
        self.faults: list[tuple[str, str]] = []
        if code and not before:
            rows = sources.db.execute("SELECT * FROM setting WHERE code=?", (code,))
            self._kept = {row[0]: row for row in rows}

    def place(
        self, repo: Path, commit: Oid, file: str, decode: Callable[[bytes, str], Settings]
    ) -> Place[Settings] | None:
        """The repository's place, by its last good settings; None when it never had any."""
        old = self._known.get(repo)
        if old is not None and old.commit == commit:
            self.faults.extend(_faults_of(self._before, self._config, repo))
            return old  # type: ignore[return-value]
        row = self._kept.get(self._name(repo))
        if row is not None and row[1] == commit:
            _, _, _, blob_id, data, shows, fault = row
            if fault:
                self.faults.append((self._name(repo), fault))
            return Place(repo, commit, _later(decode, data, file), blob_id, bool(shows))
        reader = self._sources.reader(repo)
        try:
            try:
                found = reader.oid_at(commit, file)
                if found is None:
                    raise HubError(f"{repo.name}: there is no {file} in it")
                if old is not None and old.settings_blob == found:
                    return replace(old, commit=commit)  # type: ignore[return-value]
                data = reader.blob(found)
                return self._read(repo, commit, (found, data), file, decode, "")
            except SoliCommError as error:
                self.faults.append((self._name(repo), error.public))
                good = _last_good(reader, open_repo(repo), commit, file, decode)
                return good and self._read(repo, commit, good, file, decode, error.public)
        finally:
            if repo.parent == self._config.unions:
                self._sources.let_go(repo)  # a thousand processes would be too many

    def _read(
        self,
        repo: Path,
        commit: Oid,
        found: tuple[Oid, bytes],
        file: str,
        decode: Callable[[bytes, str], Settings],
        fault: str,
    ) -> Place[Settings]:
        blob_id, data = found
        settings = decode(data, file)
        shows = isinstance(settings, Site) and bool(settings.conferences or settings.has_shelf)
        name = self._name(repo)
        mark = "yes" if shows else ""
        self._fresh.append((name, commit, self._code, blob_id, data, mark, fault))
        return Place(repo, commit, Deferred(lambda: settings), blob_id, shows)

    def keep(self) -> None:
        """Notes what was read for the next process."""
        db = self._sources.db
        if self._fresh and self._code:
            db.execute("BEGIN IMMEDIATE")
            rows = "INSERT OR REPLACE INTO setting VALUES (?, ?, ?, ?, ?, ?, ?)"
            db.executemany(rows, self._fresh)
            db.execute("COMMIT")

    def _name(self, repo: Path) -> str:
        return str(repo.relative_to(self._config.root))


def _later(decode: Callable[[bytes, str], Settings], data: bytes, file: str) -> Deferred[Settings]:
    return Deferred(lambda: decode(data, file))


def _faults_of(before: Contents | None, config: Config, repo: Path) -> Iterator[tuple[str, str]]:
    place = str(repo.relative_to(config.root))
    return (fault for fault in (before.faults if before else ()) if fault[0] == place)


def _last_good(
    reader: Reader, repo: Repo, commit: Oid, file: str, decode: Callable[[bytes, str], Settings]
) -> tuple[Oid, bytes] | None:
    """The blob of the newest earlier settings without a fault; None when there are none."""
    words = (f"--max-count={_LOOK_BACK}", "--format=%H", "--end-of-options", commit, "--", file)
    for older in repo.git("log", *words).decode().split():
        blob_id = reader.oid_at(older, file)
        with contextlib.suppress(SoliCommError):
            if blob_id is not None:
                data = reader.blob(blob_id)
                decode(data, file)
                return blob_id, data
    return None


def _hub_pages(
    config: Config, sources: Sources, commit: Oid, faults: list[tuple[str, str]]
) -> Iterator[SitePage]:
    reader = sources.reader(config.site_repo)
    for entry in reader.tree(commit):
        if not entry.path.endswith(".md"):
            continue
        try:
            yield sites.decode_page(
                reader.blob(entry.oid), entry.path, default_lang=config.languages[0]
            )
        except SoliCommError as error:
            faults.append(("content/site.git", error.public))


def conference_facts(config: Config, name: str, conference: Conference) -> ConferenceFacts:
    """What the pages of a conference say about it; the interface speaks its language where the hub
    has it, else the hub's first."""
    lang = conference.languages[0]
    interface = lang if lang in config.languages else config.languages[0]
    return ConferenceFacts(
        id=name,
        title=conference.title_in(lang),
        description=conference.description_in(lang),
        kind=conference.kind,
        address=f"{name}@{config.domain}",
        lang=interface,
        posting=conference.posting,
        licence=conference.licence,
        url=f"/conferences/{name}/",
        indexed=conference.robots == "index" and conference.visibility == "public",
        closed=conference.visibility == MEMBERS,
    )
