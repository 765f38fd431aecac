"""What is on the hub: its conferences, libraries, unions and own pages, as their repositories say.

A repository whose settings cannot be read is left out and reported; the others are shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from solicomm_build.config import Config
from solicomm_build.errors import HubError, SoliCommError
from solicomm_build.model import conference as conferences
from solicomm_build.model import library as libraries
from solicomm_build.model import site as sites
from solicomm_build.model.conference import Conference
from solicomm_build.model.library import Library
from solicomm_build.model.pages import ConferenceFacts
from solicomm_build.model.site import Site, SitePage
from solicomm_build.pipeline.sources import Sources
from solicomm_build.store.reader import Reader
from solicomm_build.store.repo import MAIN, Repo, open_repo
from solicomm_build.types import Oid

PUBLIC = ("public", "unlisted")
"""Visibilities whose pages go to public/."""

_LOOK_BACK = 50
"""Versions of a settings file that are tried when the newest has a fault."""

Settings = TypeVar("Settings", Conference, Library, Site)


@dataclass(frozen=True, slots=True)
class Place(Generic[Settings]):
    """A repository of the hub with the settings file in it (and its blob id), as of `commit`."""

    repo: Path
    commit: Oid
    settings: Settings
    settings_blob: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All public places of a hub, by id. `faults` are (repository, reason); a place whose settings
    have a fault is shown as its last good ones say."""

    conferences: Mapping[str, Place[Conference]]
    libraries: Mapping[str, Place[Library]]
    unions: Mapping[str, Place[Site]]
    site_commit: Oid | None
    pages: tuple[SitePage, ...]
    faults: tuple[tuple[str, str], ...]

    @property
    def sections(self) -> set[str]:
        """Who may own files below public/."""
        return (
            {"hub"}
            | {f"conference:{name}" for name in self.conferences}
            | {f"library:{name}" for name in self.libraries}
            | {f"union:{name}" for name in self.unions}
        )


def tips(config: Config) -> dict[Path, Oid]:
    """Every content repository and the commit its main branch is at. Reads ref files only."""
    found: dict[Path, Oid] = {}
    for folder in (config.conferences, config.libraries, config.unions):
        for path in sorted(folder.glob("*.git")) if folder.is_dir() else ():
            _tip(path, found)
    _tip(config.site_repo, found)
    return found


def _tip(path: Path, found: dict[Path, Oid]) -> None:
    try:
        tip = open_repo(path).ref(MAIN)
    except HubError:
        return  # being made just now
    if tip is not None:
        found[path] = tip


def load(
    config: Config, sources: Sources, commits: Mapping[Path, Oid], before: Contents | None = None
) -> Contents:
    """Reads the settings of every repository in `commits`; what `before` read of the same commit,
    or of the same settings blob, is taken from there, faults included."""
    faults: list[tuple[str, str]] = []
    known: dict[Path, Place[Any]] = {}
    for group in (before.conferences, before.libraries, before.unions) if before else ():
        known |= {place.repo: place for place in group.values()}

    def places(
        folder: Path, file: str, decode: Callable[[bytes, str], Settings]
    ) -> Iterator[tuple[str, Place[Settings]]]:
        for repo, commit in commits.items():
            if repo.parent != folder:
                continue
            old = known.get(repo)
            if old is not None and old.commit == commit:
                faults.extend(_faults_of(before, config, repo))
                yield repo.stem, old
                continue
            try:
                blob_id = sources.reader(repo).oid_at(commit, file)
                if blob_id is None:
                    raise HubError(f"{repo.name}: there is no {file} in it")
                if old is not None and old.settings_blob == blob_id:
                    yield repo.stem, replace(old, commit=commit)
                    continue
                settings = decode(sources.reader(repo).blob(blob_id), file)
            except SoliCommError as error:
                faults.append((str(repo.relative_to(config.root)), error.public))
                good = _last_good(sources.reader(repo), open_repo(repo), commit, file, decode)
                if good is None:
                    continue
                yield repo.stem, Place(repo, commit, *good)
                continue
            yield repo.stem, Place(repo, commit, settings, blob_id)

    shown = {
        name: place
        for name, place in places(config.conferences, conferences.FILE, conferences.decode)
        if place.settings.visibility in PUBLIC
    }
    shelves = {
        name: place
        for name, place in places(config.libraries, libraries.FILE, libraries.decode)
        if place.settings.visibility in PUBLIC
    }
    unions = dict(places(config.unions, sites.FILE, sites.decode_site))
    site = commits.get(config.site_repo)
    if before is not None and before.site_commit == site:
        pages = before.pages
        faults.extend(_faults_of(before, config, config.site_repo))
    else:
        pages = tuple(_hub_pages(config, sources, site, faults)) if site else ()
    return Contents(shown, shelves, unions, site, pages, tuple(faults))


def _faults_of(before: Contents | None, config: Config, repo: Path) -> Iterator[tuple[str, str]]:
    place = str(repo.relative_to(config.root))
    return (fault for fault in (before.faults if before else ()) if fault[0] == place)


def _last_good(
    reader: Reader, repo: Repo, commit: Oid, file: str, decode: Callable[[bytes, str], Settings]
) -> tuple[Settings, str] | None:
    """The newest earlier settings without a fault, and their blob; None when there are none."""
    words = (f"--max-count={_LOOK_BACK}", "--format=%H", "--end-of-options", commit, "--", file)
    for older in repo.git("log", *words).decode().split():
        blob_id = reader.oid_at(older, file)
        with contextlib.suppress(SoliCommError):
            if blob_id is not None:
                return decode(reader.blob(blob_id), file), blob_id
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
    )
