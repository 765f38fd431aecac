"""What changes by itself in a hub that an earlier version made, before its stages start.

Each upgrade finds out whether it is needed, is safe to kill and to do again, and leaves a hub that
is whole (docs/releases.md).
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from solicomm_build import __version__
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.people import eventfiles


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One change. `is_needed` is quick: it is asked at every start. What `run` did is durable on
    return; when it raises StoreError the hub does not start."""

    name: str
    says: str
    is_needed: Callable[[Config], bool]
    run: Callable[[Config], None]


def _events(config: Config) -> Iterator[Repo]:
    for path in (config.roster_repo, config.access_repo):
        if path.is_dir():
            yield open_repo(path)


def _lie_by_year(config: Config) -> bool:
    return any(eventfiles.lie_by_year(repo) for repo in _events(config))


def _put_by_day(config: Config) -> None:
    for repo in _events(config):
        eventfiles.put_by_day(repo, now=clock.now())


UPGRADES = (
    Upgrade(
        "events-by-day",
        "files of members and grants get a folder for each day, where each year had one",
        _lie_by_year,
        _put_by_day,
    ),
)
"""All that there are, in the order in which they run."""


def needed(config: Config) -> list[Upgrade]:
    """Those that this hub still needs."""
    return [one for one in UPGRADES if one.is_needed(config)]


@dataclass(frozen=True, slots=True)
class Ran:
    """What ran this hub last: its version, the version before that one (empty when that is not
    known), the Python, since when, and which changes were made when."""

    version: str
    before: str
    python: str
    since: str
    done: tuple[tuple[str, str], ...] = ()


def last(config: Config) -> Ran | None:
    """What `carry_out` noted at the newest start; None for a hub that no version since 0.2.0 has
    started, or whose note is damaged: it is written anew at the next start."""
    try:
        found = json.loads(_note(config).read_bytes())
        done = tuple((str(name), str(at)) for name, at in found.pop("done"))
        return Ran(**{key: str(value) for key, value in found.items()}, done=done)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def carry_out(config: Config) -> Iterator[Upgrade]:
    """Makes the changes that are needed, each after it was given here, and notes them with the
    version that runs now. Raises StoreError, and OSError when the note cannot be written."""
    was, done = last(config), []
    for one in needed(config):
        yield one
        one.run(config)
        done.append((one.name, _now()))
    python = platform.python_version()
    if was and (was.version, was.python) == (__version__, python) and not done:
        return
    before = was.before if was and was.version == __version__ else was.version if was else ""
    since = was.since if was and was.version == __version__ else _now()
    now = Ran(__version__, before, python, since, (*(was.done if was else ()), *done))
    config.state.mkdir(exist_ok=True)
    safeio.write_atomic(_note(config), json.dumps(asdict(now), indent=1).encode() + b"\n")


def _now() -> str:
    return clock.now().isoformat(timespec="seconds")


def _note(config: Config) -> Path:
    return config.state / "version.json"
