"""A stick becomes a hub: its repositories, with their history, and its large files.

Nobody is mailed what is brought. What a stick cannot hold is not there: members, mail as it came,
keys, people's cards, what was for members only.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from solicomm_build.features.pocket.choice import SITE
from solicomm_build.features.pocket.stick import about, sums
from solicomm_build.features.pocket.stick.about import About
from solicomm_build.features.pocket.stick.bundles import Bundled
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import ContentError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import exchange, receiving
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import grant, grants

MOST = 64 << 30
"""Octets that one bundle may become."""
_LARGE = ".files"

Progress = Callable[[int, int, str], None]


def opened(folder: Path) -> tuple[About, Mapping[str, str]]:
    """What a stick is, and its list, once its list is proved and the files that matter are sound.
    Raises UsageError, or ContentError that names what cannot be trusted."""
    if not (folder / sums.OWN).is_dir():
        raise UsageError(f"{folder} is no stick of a hub: it has no folder {sums.OWN}")
    key, listed = sums.signer(folder), sums.read(folder)
    if sums.hashed(folder / about.FILE) != listed.get(about.FILE, "-"):
        raise damaged(about.FILE)
    said = about.decode((folder / about.FILE).read_bytes())
    if not said.is_by(key):
        raise ContentError(
            f"it says {said.hub}, and another hub has signed it",
            file=about.FILE,
            remedy="Do not take it: somebody has changed the stick",
        )
    for one in said.repositories.values():
        for name in one.files:
            if sums.hashed(folder / name) != listed.get(name, "-"):
                raise damaged(name)
    return said, listed


def named(folder: Path) -> str:
    """The name of the hub that the stick is of. Raises as `opened` does."""
    return opened(folder)[0].name


def fill(config: Config, folder: Path, progress: Progress) -> str:
    """Makes the repositories of a new hub those of the stick; a sentence about it. Raises
    SoliCommError. Blocking."""
    said, listed = opened(folder)
    for number, (path, one) in enumerate(sorted(said.repositories.items())):
        progress(number, len(said.repositories), path)
        _bring(config, folder, path, one)
    _keep_roles(config)
    _large_files(config, folder, listed)
    receiving.install_everywhere(config)
    since = f", and of it what was new since {said.since:%Y-%m-%d}" if said.since else ""
    return (
        f"{len(said.repositories):,} repositories of {said.name} ({said.hub}), as of "
        f"{said.at:%Y-%m-%d}{since}. Not on a stick, and so not here: members and who moderates, "
        "mail as it came, keys, people's cards, and what is for members only."
    )


def _bring(config: Config, folder: Path, path: str, one: Bundled) -> None:
    """A repository, whole under its name or not at all."""
    target = config.root / path
    aside = config.state / "taking.git"
    shutil.rmtree(aside, ignore_errors=True)
    repo = create(aside)
    for name in one.files:
        exchange.fetch(repo, str((folder / name).absolute()), [f"+{MAIN}:{MAIN}"], most=MOST)
    tip = repo.ref()
    if tip != one.tip:
        raise damaged(one.files[-1] if one.files else path)
    Cursor(repo, COURIER).advance(None, one.tip)
    if path == SITE and target.is_dir():
        shutil.rmtree(target)  # the empty one of a new hub
    target.parent.mkdir(parents=True, exist_ok=True)
    os.rename(aside, target)
    safeio.fsync_dir(target.parent)


def _keep_roles(config: Config) -> None:
    """Who moderated stays known for what they decided, and may decide nothing here: this hub has
    moderators of its own, and its own key."""
    if not config.site_repo.is_dir():
        return
    known = grants.read(config, settled=True, own=True)
    for path in sorted(config.conferences.glob("*.git")):
        grants.keep(config, path.stem, known)
    site = open_repo(config.site_repo)
    with Reader(site) as reader:
        there = [one.path for one in reader.tree(MAIN, grant.FOLDER, recursive=True)]
    gone = [Change(f"{grant.FOLDER}/{name}", None) for name in there]
    if gone:
        message = compose("Begin with moderators of our own", Source="cli")
        write_once(site, gone, message=message, when=clock.now())


def _large_files(config: Config, folder: Path, listed: Mapping[str, str]) -> None:
    """Files of libraries that are too large for git lie on the pages, and go to their stores."""
    for path in sorted(config.libraries.glob("*.git")):
        with Reader(open_repo(path)) as reader:
            in_git = {one.path for one in reader.tree(MAIN, "entries", recursive=True)}
        begin = f"libraries/{path.stem}/"
        for name, sha in listed.items():
            card, mark, file = name.removeprefix(begin).partition("/files/")
            if not (name.startswith(begin) and mark) or f"{card}/{file}" in in_git:
                continue
            target = config.libraries / f"{path.stem}{_LARGE}" / sha[:2] / sha
            if sums.hashed(folder / name) == sha and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                half = target.with_name(f"{sha}.new")
                shutil.copyfile(folder / name, half)
                half.replace(target)


def damaged(name: str) -> ContentError:
    """What is said of a file that is not as its hub signed it."""
    return ContentError(
        "the file is not as it was written",
        file=name,
        remedy="Nothing was taken. Have the stick written anew: solicomm stick DIR",
    )
