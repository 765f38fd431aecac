"""Reads what is on the hub: the settings of each repository, the pages of the hub's own.

A repository whose settings cannot be read is left out and reported; the others are shown.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from solicomm_build.builder import assets, hooks, tree
from solicomm_build.builder.contents import MEMBERS, PUBLIC, Contents, Deferred, Place, Settings
from solicomm_build.builder.sections import Many, One
from solicomm_build.builder.sources import Sources, digest, file_of
from solicomm_build.foundation.errors import HubError, LockedOutError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.tips import Tips
from solicomm_build.post import conference as conferences
from solicomm_build.post.conference import Conference
from solicomm_build.post.editorial import sitepage
from solicomm_build.post.editorial.sitepage import SitePage

_LOOK_BACK = 50
"""Versions of a settings file that are tried when the newest has a fault."""


_CONFERENCES: Many[Conference] = Many(
    lambda config: config.conferences,
    conferences.FILE,
    lambda data, file, name: conferences.decode(data, file),
)
LOCKED_OUT = Oid("")
"""The tip of a repository that this user may not read."""


def tips(config: Config, looks: dict[Path, Tips] | None = None) -> dict[Path, Oid]:
    """Every content repository and the commit its main branch is at, or LOCKED_OUT. Reads ref files
    only; with what `looks` keeps of each folder between two calls, those that moved."""
    looks = {} if looks is None else looks
    found: dict[Path, Oid] = {}
    sources = [one.source for one in hooks.sections()]
    many = [source for source in sources if isinstance(source, Many)]
    for folder in (config.conferences, *(source.folder(config) for source in many)):
        known, others = looks.setdefault(folder, Tips(folder)).repos()
        here = dict[Path, Oid]()
        for path in others:
            _tip(path, here)
        found |= dict(sorted({**known, **here}.items(), key=_name)) if here else known
    _tip(config.site_repo, found)
    for source in sources:
        if isinstance(source, One):
            _tip(source.repo(config), found)
    return found


def _name(one: tuple[Path, Oid]) -> str:
    return one[0].name


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
    config: Config, db: sqlite3.Connection, looks: dict[Path, Tips] | None = None
) -> tuple[dict[Path, Oid], list[tuple[str, str]]]:
    """The tips with, for a repository that this user may not read, what was read of it last: its
    pages stay as they are. And what is to be said of each such one."""
    found, faults = tips(config, looks), list[tuple[str, str]]()
    for path in [path for path, tip in found.items() if tip == LOCKED_OUT]:
        place = path.relative_to(config.root).as_posix()
        faults.append((place, LockedOutError(path).public))
        row = db.execute("SELECT commit_id FROM setting WHERE repo=?", (place,)).fetchone()
        del found[path]
        if row is not None:
            found[path] = Oid(row[0])
    return found, faults


def mark(config: Config, commits: Mapping[Path, Oid], *seen: object) -> str:
    """What tells whether anything has moved that pages are made of, our code and the states of both
    trees included: who makes those anew has to be followed."""
    places = sorted((place.as_posix(), tip) for place, tip in commits.items())
    states = [file_of(one.database) for one in (tree.public(config), tree.members(config))]
    return digest(assets.held_key(), places, states, *seen)


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
    reading = _Reading(config, sources, commits, before, code)
    found = {repo.stem: place for repo, place in reading.places(_CONFERENCES)}
    places: dict[str, dict[str, Place[Any]]] = {}
    ones: dict[str, Oid] = {}
    for one in hooks.sections():
        if isinstance(one.source, Many):
            there = reading.places(one.source)
            places[one.kind] = {repo.stem: place for repo, place in there}
        elif isinstance(one.source, One) and one.source.repo(config) in commits:
            ones[one.kind] = commits[one.source.repo(config)]
    reading.keep()
    faults = reading.faults
    own = commits.get(config.site_repo)
    if before is not None and before.site_commit == own:
        pages = before.pages
        faults.extend(_faults_of(before, config, config.site_repo))
    else:
        pages = tuple(_hub_pages(config, sources, own, faults)) if own else ()
    return Contents(
        {name: place for name, place in found.items() if place.settings.visibility in PUBLIC},
        places,
        ones,
        own,
        pages,
        tuple(faults),
        {name: place for name, place in found.items() if place.settings.visibility == MEMBERS},
    )


class _Reading:
    """One look at the settings of all repositories. What is read is kept in the state."""

    def __init__(
        self,
        config: Config,
        sources: Sources,
        commits: Mapping[Path, Oid],
        before: Contents | None,
        code: str,
    ) -> None:
        self._config, self._sources, self._code = config, sources, code
        self._folders: dict[str, list[tuple[Path, Oid]]] = {}
        for repo, commit in commits.items():
            self._folders.setdefault(os.path.dirname(repo), []).append((repo, commit))
        groups = (before.conferences, before.closed, *before.places.values()) if before else ()
        self._known = {place.repo: place for group in groups for place in group.values()}
        self._faults = dict[str, list[tuple[str, str]]]()
        for fault in before.faults if before else ():
            self._faults.setdefault(fault[0], []).append(fault)
        self._kept: dict[str, tuple[Any, ...]] = {}
        self._fresh: list[tuple[Any, ...]] = []
        self._same: list[tuple[Oid, str, str]] = []
        self.faults: list[tuple[str, str]] = []
        if code and not before:
            rows = sources.db.execute("SELECT * FROM setting WHERE code=?", (code,))
            self._kept = {row[0]: row for row in rows}

    def places(self, source: Many[Settings]) -> Iterator[tuple[Path, Place[Settings]]]:
        """The public places of a source, with their repositories."""
        if self._config.carried:
            source = replace(source, decode=_all_listed(source.decode))
        for repo, commit in self._folders.get(str(source.folder(self._config)), ()):
            place = self._place(repo, commit, source)
            if place is not None and source.is_public(place):
                yield repo, place

    def _place(self, repo: Path, commit: Oid, source: Many[Settings]) -> Place[Settings] | None:
        """The repository's place, by its last good settings; None when it never had any."""
        old = self._known.get(repo)
        if old is not None and old.commit == commit:
            if self._faults:
                self.faults.extend(self._faults.get(self._name(repo), ()))
            return old
        row = self._kept.get(self._name(repo)) if self._kept else None
        if row is not None and row[1] == commit:
            _, _, _, blob_id, data, shows, fault = row
            if fault:
                self.faults.append((self._name(repo), fault))
            return Place(repo, commit, _later(source, data, repo.stem), blob_id, bool(shows))
        reader = self._sources.reader(repo)
        try:
            try:
                found = reader.oid_at(commit, source.file)
                if found is None:
                    raise HubError(f"{repo.name}: there is no {source.file} in it")
                if old is not None and old.settings_blob == found:
                    self._same.append((commit, self._name(repo), self._code))
                    return replace(old, commit=commit)
                data = reader.blob(found)
                return self._read(repo, commit, (found, data), source, "")
            except SoliCommError as error:
                self.faults.append((self._name(repo), error.public))
                good = _last_good(reader, open_repo(repo), commit, source)
                return good and self._read(repo, commit, good, source, error.public)
        finally:
            if source.apart:
                self._sources.let_go(repo)  # a thousand processes would be too many

    def _read(
        self,
        repo: Path,
        commit: Oid,
        found: tuple[Oid, bytes],
        source: Many[Settings],
        fault: str,
    ) -> Place[Settings]:
        blob_id, data = found
        settings = source.decode(data, source.file, repo.stem)
        shows = source.shows(settings)
        name = self._name(repo)
        mark = "yes" if shows else ""
        self._fresh.append((name, commit, self._code, blob_id, data, mark, fault))
        return Place(repo, commit, Deferred(lambda: settings), blob_id, shows)

    def keep(self) -> None:
        """Notes what was read, and of which commit it still holds, for the next process, and for
        when a repository cannot be read any more (`reached`)."""
        db = self._sources.db
        if (self._fresh or self._same) and self._code:
            db.execute("BEGIN IMMEDIATE")
            moved = "UPDATE setting SET commit_id=?, fault='' WHERE repo=? AND code=?"
            db.executemany(moved, self._same)
            rows = "INSERT OR REPLACE INTO setting VALUES (?, ?, ?, ?, ?, ?, ?)"
            db.executemany(rows, self._fresh)
            db.execute("COMMIT")

    def _name(self, repo: Path) -> str:
        return str(repo.relative_to(self._config.root))


def _all_listed(
    decode: Callable[[bytes, str, str], Settings],
) -> Callable[[bytes, str, str], Settings]:
    """Reads settings of what is carried. What came along was chosen, and a reader finds it by the
    front page alone: what is unlisted at the hub is listed there."""

    def decoded(data: bytes, file: str, name: str) -> Settings:
        settings: Any = decode(data, file, name)
        is_unlisted = getattr(settings, "visibility", "") == "unlisted"
        return cast(Settings, replace(settings, visibility="public") if is_unlisted else settings)

    return decoded


def _later(source: Many[Settings], data: bytes, name: str) -> Deferred[Settings]:
    return Deferred(lambda: source.decode(data, source.file, name))


def _faults_of(before: Contents | None, config: Config, repo: Path) -> Iterator[tuple[str, str]]:
    place = str(repo.relative_to(config.root))
    return (fault for fault in (before.faults if before else ()) if fault[0] == place)


def _last_good(
    reader: Reader, repo: Repo, commit: Oid, source: Many[Settings]
) -> tuple[Oid, bytes] | None:
    """The blob of the newest earlier settings without a fault; None when there are none."""
    words = (
        f"--max-count={_LOOK_BACK}",
        "--format=%H",
        "--end-of-options",
        commit,
        "--",
        source.file,
    )
    for older in repo.git("log", *words).decode().split():
        blob_id = reader.oid_at(older, source.file)
        with contextlib.suppress(SoliCommError):
            if blob_id is not None:
                data = reader.blob(blob_id)
                source.decode(data, source.file, repo.path.stem)
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
            yield sitepage.decode_page(
                reader.blob(entry.oid), entry.path, default_lang=config.languages[0]
            )
        except SoliCommError as error:
            faults.append(("content/site.git", error.public))
