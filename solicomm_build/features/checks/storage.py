"""The hub's folder: who may read what is private, whose repositories are, what was set aside."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation.hub import ownership, quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.git import maintenance
from solicomm_build.post.store import placesettings

_MOST = 5  # names in one sentence


def private(config: Config) -> Iterator[Finding]:
    """Whether others on this machine can read who is a member, mail and keys."""
    wide = [path.relative_to(config.root).as_posix() for path in _open_private(config)]
    if wide:
        yield fault(
            f"others on this machine can read {', '.join(wide)}",
            f"solicomm check --fix, or chmod -R go-rwx {config.private}",
        )
    elif not os.access(config.private, os.R_OK | os.W_OK | os.X_OK):
        yield fault("this user cannot write there", "Run as the user that the hub belongs to")
    else:
        yield fine("only its owner can read it")


def members_only(config: Config) -> Iterator[Finding]:
    """Whether others on this machine can read places that are for their members only."""
    open_to = _open_places(config)
    for path in open_to:
        yield fault(
            f"others on this machine can read {path.relative_to(config.root)}",
            f"solicomm check --fix, or chmod -R o-rwx {path}",
        )
    if not open_to:
        yield fine("what is for members cannot be read by others on this machine")


def too_open(config: Config) -> list[tuple[Path, int]]:
    """What others on this machine can read and must not, with the most that its mode may have."""
    return [
        *((path, 0o700) for path in _open_private(config)),
        *((path, 0o770) for path in _open_places(config)),
    ]


def _open_private(config: Config) -> list[Path]:
    found = (config.private, config.keys, *_files(config.keys))
    return [one for one in found if one.exists() and stat.S_IMODE(one.stat().st_mode) & 0o077]


def _open_places(config: Config) -> list[Path]:
    known = (
        (config.conferences, placesettings.conferences(config).now()),
        (config.libraries, placesettings.of("libraries", config).now()),
    )
    closed = [
        folder / f"{name}.git"
        for folder, settings in known
        for name, one in settings.items()
        if one.visibility not in placesettings.PUBLIC
    ]
    return sorted(path for path in closed if _others_reach(path, config.root))


def repositories(config: Config) -> Iterator[Finding]:
    """Whether each is the hub's own, to read and to write, and its packs can be read."""
    lacking = [
        pack for path in ownership.repositories(config) for pack in maintenance.unindexed(path)
    ]
    for pack in lacking[:_MOST]:
        yield fault(
            f"{pack.relative_to(config.root)} has no index, so git reads nothing of it",
            f"As the hub's user: git index-pack {pack}; then run `solicomm fsck`",
        )
    found = list(ownership.strangers(config))
    for path in found[:_MOST]:
        yield fault(
            f"{path.relative_to(config.root)} belongs to another user than the hub, or cannot be"
            " written: it is left out, the others go on",
            f"As root: {ownership.remedy(config, path)}",
        )
    if len(found) > _MOST:
        words = f"and {len(found) - _MOST} more belong to another user"
        yield fault(words, f"As root: {ownership.remedy(config, config.root)}")
    if not found and not lacking:
        yield fine("all belong to the user that the hub belongs to")


def quarantined(config: Config) -> Iterator[Finding]:
    """Whether mail was set aside that could not be handled."""
    count = quarantine.counted(config.spool_quarantine).files
    if count:
        words = f"{count} could not be handled and wait"
        yield warning(words, "solicomm quarantine list", about="aside")
    else:
        yield fine("empty")


def _files(folder: Path) -> list[Path]:
    """The keys themselves; locks hold nothing."""
    return sorted(one for one in folder.glob("*") if one.suffix != ".lock")


def _others_reach(path: Path, root: Path) -> bool:
    """Whether a stranger may list it: each folder from the hub's down lets others through."""
    way = [root, *(one for one in path.parents if root in one.parents), path]
    return all(stat.S_IMODE(one.stat().st_mode) & stat.S_IXOTH for one in way) and bool(
        stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH
    )
