"""What changes by itself in a hub that an earlier version made, before its stages start.

Each upgrade finds out whether it is needed, is safe to kill and to do again, and leaves a hub that
is whole (docs/releases.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from solicomm_build.foundation import clock
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
