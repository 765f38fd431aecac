"""A small hub that borrows what it shows: repositories with the objects of the hub's own (git's
alternates) and a branch that stands where theirs stands. It is built as every hub is, and knows
nothing that is not for everybody: what its pages cannot show, no folder made of them can hold.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from solicomm_build.builder.apart import children
from solicomm_build.builder.carrying import narrowing
from solicomm_build.builder.hooks import afterwards
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.repo import MAIN, create, open_repo
from solicomm_build.people import grants

_LARGE = ".files"
"""What is too large for git lies beside its repository, in a folder with this ending."""


_SINCE = "narrowed.json"
STEP = 2500
"""Commits of a repository that one build takes in: with 5,000, the ninth step took 346 MiB."""


def borrow(
    config: Config, small: Config, repositories: Mapping[str, Oid], since: datetime | None = None
) -> dict[str, Oid]:
    """Makes the small hub have these repositories (paths below the hub's root), each at this
    commit, and no others; with `since` only what is new in them from that moment on. The commits at
    which `build` lets them stand. Blocking; safe to do again."""
    for place in (small.mail_repo, small.roster_repo):
        if not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            create(place)
    for name in repositories:
        _borrowed(config.root / name, small.root / name)
    tips = dict(repositories) if since is None else _narrowed(config, small, repositories, since)
    for there in [*small.root.glob("*/*.git"), *small.root.glob("*/*/*.git")]:
        name = there.relative_to(small.root).as_posix()
        if name not in tips and there not in (small.mail_repo, small.roster_repo):
            shutil.rmtree(there)
            there.with_suffix(_LARGE).unlink(missing_ok=True)
    _linked(config, small, grants.folders())
    copy_brand(config, small)
    return tips


def _narrowed(
    config: Config, small: Config, repositories: Mapping[str, Oid], since: datetime
) -> dict[str, Oid]:
    """Where the repositories stand that hold what is new since a moment; one that did not move is
    not read again."""
    file = small.state / _SINCE
    known = json.loads(file.read_bytes()) if file.exists() else {}
    now, tips = {}, dict[str, Oid]()
    for name, tip in repositories.items():
        unit = narrowing.UNITS.get(Path(name).parent.name)
        if unit is None:
            tips[name] = tip
            continue
        target = open_repo(small.root / name)
        before = known.get(name, [])
        new = (
            Oid(before[2])
            if before[:2] == [tip, since.isoformat()]
            else narrowing.narrowed(open_repo(config.root / name), tip, target, unit, since)
        )
        if new is not None:
            tips[name], now[name] = new, [tip, since.isoformat(), new]
    if now != known:
        file.parent.mkdir(parents=True, exist_ok=True)
        safeio.write_atomic(file, json.dumps(now).encode())
    return tips


def copy_brand(config: Config, small: Config) -> None:
    """The pictures that hub.yaml names."""
    for name in filter(None, (config.brand.logo, config.brand.picture)):
        path = small.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the hub's own build says that it is not there
            path.write_bytes((config.root / name).read_bytes())


def build(small: Config, theme: Path, tips: Mapping[str, Oid] | None = None) -> None:
    """Brings the small hub's pages and its search up to date, its repositories standing at `tips`
    (paths below its root) then. Raises HubError with what could not be made. Blocking.

    All is made in children, whose memory goes with them. A long way to a tip is gone in steps: what
    a build holds grows with the posts that are new to it, and one commit after the other makes the
    same files as all at once. Broken off, the next run goes on from the last step."""
    steps = list(_steps(small, tips or {}))
    for step in steps:
        _stand(small, step)
        if children.tied(partial(_made, small, theme)):
            break  # it may be mended further on: the whole is made anew, and says what is left
    _stand(small, tips or {})
    if fault := children.tied(partial(_made, small, theme, search=True)):
        raise HubError(fault)


def _steps(small: Config, tips: Mapping[str, Oid]) -> Iterator[Mapping[str, Oid]]:
    """Where the repositories stand one after the other, when one of them has a long way to go;
    those to come wait where they stand, or at their beginning."""
    ways = {}
    for name, tip in tips.items():
        repo = open_repo(small.root / name)
        ways[name] = log.every(repo, STEP, repo.ref(), tip)
    if all(len(way) < 2 for way in ways.values()):
        return
    now = {name: way[0] for name, way in ways.items() if way}
    yield dict(now)
    for name, way in ways.items():
        for now[name] in way[1:]:
            yield dict(now)


def _stand(small: Config, tips: Mapping[str, Oid]) -> None:
    for name, tip in tips.items():
        repo = open_repo(small.root / name)
        if (stood := repo.ref()) != tip:
            repo.set_ref(MAIN, tip, stood)


def _made(small: Config, theme: Path, *, search: bool = False) -> str:
    """Makes the pages; with `search` also that, and the sites, which each step would look through
    the libraries for. What could not be made, if anything."""
    builder = Builder(small, theme)
    try:
        report = builder.build(apart=search)
        if report.failures:
            builder.close()
            shutil.rmtree(small.state, ignore_errors=True)  # the next try makes all of it
            place, reason = report.failures[0]
            return f"{place}: {reason.strip().splitlines()[-1]}"
        for after in afterwards() if search and builder.contents is not None else ():
            if after.of_pages:
                after.once(small, builder.built, False)
    finally:
        builder.close()
    return ""


def _borrowed(source: Path, target: Path) -> None:
    if not target.is_dir():
        create(target)
    file = target / "objects" / "info" / "alternates"
    wanted = os.path.relpath(source.resolve() / "objects", target.resolve() / "objects") + "\n"
    if (file.read_text("utf-8") if file.exists() else "") != wanted:
        file.parent.mkdir(exist_ok=True)
        safeio.write_atomic(file, wanted.encode())
    large, beside = source.with_suffix(_LARGE), target.with_suffix(_LARGE)
    if large.is_dir() and not beside.is_symlink():
        beside.symlink_to(large.resolve())


def _linked(config: Config, small: Config, folders: Iterable[str]) -> None:
    """Roles that features keep in folders of their own: who moderates elsewhere is shown here."""
    for name in folders:
        source, target = config.private / name, small.private / name
        if source.is_dir() and not target.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source.resolve())
