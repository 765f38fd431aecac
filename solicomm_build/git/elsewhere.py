"""Repositories that have their home at another hub and are kept here to be read, and nothing else.

`private/network/elsewhere.json` has a line for each, by kind and name here; the network keeps it
(features/network), and whoever shows or would change such a repository asks here. Nobody but the
home writes it: what comes is a fast-forward of the home's signed log.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from solicomm_build.foundation import outside, safeio
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config

_FILE = "elsewhere.json"


@dataclass(frozen=True, slots=True)
class Home:
    """Where a copy comes from: the hub's id and name, the address of the original, and when the
    copy was brought up to date last (ISO, UTC; empty before it came). `whole`: files that lie
    outside of git are fetched all, and not when somebody wants one."""

    hub: str
    name: str
    url: str
    at: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What of a kind of repositories lies outside of git, each file named by the SHA-256 of its
    octets. The first arguments are the hub and the name that the repository has there.

    `named` gives the octets of each that everybody may have, as the repository says it at a commit;
    `place` where one is, or None; `lacking` what a copy wants and has not; `keep` takes one, whose
    octets are those of its name. Durable on return. Raise SoliCommError."""

    named: Callable[[Config, str, str], Mapping[str, int]]
    place: Callable[[Config, str, str], Path | None]
    lacking: Callable[[Config, str], Sequence[str]]
    keep: Callable[[Config, str, str, Path], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """A kind of repository of which hubs keep copies: `repo` is where one of ours lies, `copy`
    where the copy of a hub's does, by the name that it has here. `file` holds its settings, of
    which `is_public` says whether everybody may read them; it raises SoliCommError. `is_named`:
    the copies stand among ours, so a name must be free. `come_home` fetches what of one of ours
    lies outside of git, when it was restored of copies, from the addresses where these are shown;
    a sentence about what is missing. `beside` is what lies outside of git."""

    repo: Callable[[Config, str], Path]
    copy: Callable[[Config, str], Path]
    file: str
    is_public: Callable[[bytes], bool]
    is_named: bool
    come_home: Callable[[Config, str, Sequence[str]], str] = lambda *_: ""
    beside: Beside | None = None


def of(config: Config, kind: str, name: str) -> Home | None:
    """The home of a repository that is a copy; None for one of our own."""
    return all_of(config).get(f"{kind}/{name}")


def all_of(config: Config) -> Mapping[str, Home]:
    """Those of all copies, by kind and name here."""
    path = _path(config)
    try:
        found = path.stat()
    except FileNotFoundError:
        return {}
    return _read(path, found.st_mtime_ns, found.st_ino)


def write(config: Config, found: Mapping[str, Home]) -> None:
    """Keeps the table when it has changed; durable on return. Pages show at once what homes are
    called and where they are; when a copy came, with the next commit or hour."""
    before = dict(all_of(config))
    if before != dict(found):
        path = _path(config)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        table = {name: dataclasses.asdict(home) for name, home in sorted(found.items())}
        safeio.write_atomic(path, json.dumps(table, indent=1).encode(), mode=0o600)
        if _timeless(before) != _timeless(found):
            outside.changed(config, "homes")


def _timeless(found: Mapping[str, Home]) -> Mapping[str, Home]:
    return {name: dataclasses.replace(home, at="") for name, home in found.items()}


def refuse(config: Config, kind: str, name: str) -> None:
    """Raises HubError when somebody would change a copy."""
    home = of(config, kind, name)
    if home is not None:
        raise HubError(
            f"{kind}/{name} is a copy; its home is {home.name}, and what is changed here would be "
            f"lost. Change it there: {home.url}"
        )


def _path(config: Config) -> Path:
    return config.private / "network" / _FILE


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _inode: int) -> Mapping[str, Home]:
    try:
        table = json.loads(path.read_bytes())
        return {name: Home(**one) for name, one in table.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
