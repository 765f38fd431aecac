"""What waits for somebody's yes: one file each below `private/`, of mode 0600.

    private/people-drafts/<name>.json        what the desk asks about: mail whose author is not
                                             proved, cards that were filled in (`ASKED`)
    private/<folder>/<name>.json             what features keep (`PrivacyHook.PENDING`)

Its name is made of the mail it came with, so that a mail that is taken twice makes one. It says
whose it is, for erasures and for people's own data, and goes when its time is over: the desk looks
once an hour (features/privacy/overdue.py). Atomic writes, no lock: one desk.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from solicomm_build.foundation import clock, hooks, safeio, timekeeping
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key

_REST = 3600.0
"""Seconds between two looks at all that waits, of which strangers may leave tens of thousands."""
_swept: dict[Path, float] = {}


def identifier(cause: str) -> str:
    """The name of what waits because of a mail."""
    return hashlib.sha256(cause.encode("utf-8", "replace")).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Pending:
    """One kind of it: the `folder` below `private/` and how long it is `kept`. Its facts are JSON;
    whose it is they say by `number`, of a member, or by the address under the name `owner`."""

    folder: str
    kept: timedelta
    owner: str = "address"

    def path(self, name: str) -> str:
        """Where it lies, below `private/`."""
        return f"{self.folder}/{name}.json"

    def put(self, config: Config, name: str, facts: Mapping[str, Any]) -> None:
        """Keeps it, durable on return, and lets go of what is too old beside it, once an hour."""
        path = config.private / self.path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        safeio.write_atomic(path, json.dumps(dict(facts)).encode(), mode=0o600)
        whole, now = config.private / self.folder, clock.timestamp()
        if abs(now - _swept.get(whole, -_REST)) >= _REST:
            _swept[whole] = now
            self.sweep(config)

    def get(self, config: Config, name: str) -> dict[str, Any] | None:
        """Its facts; None when it went or never was."""
        return _read(config.private / self.path(name))

    def forget(self, config: Config, name: str) -> None:
        """Lets it go."""
        (config.private / self.path(name)).unlink(missing_ok=True)

    def of(self, config: Config, number: int | None, address: str) -> Iterator[Path]:
        """The files of what waits for a member, or for an address."""
        for path in self._all(config):
            facts = _read(path) or {}
            mine = number is not None and facts.get("number") == number
            if mine or (address and key(str(facts.get(self.owner, ""))) == key(address)):
                yield path

    def sweep(self, config: Config) -> None:
        """Lets go of what nobody said yes to in time."""
        if not timekeeping.is_sure(config.state):
            return
        oldest = clock.timestamp() - self.kept.total_seconds()
        for path in self._all(config):
            with contextlib.suppress(FileNotFoundError):  # settled just now
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _all(self, config: Config) -> list[Path]:
        return sorted((config.private / self.folder).rglob("*.json"))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found


ASKED = Pending("people-drafts", timedelta(days=7))
"""What the desk itself asks about, and features that ask in its words."""


def kinds() -> tuple[Pending, ...]:
    """All there are."""
    return (ASKED, *(one for some in hooks.each("privacy", "PENDING") for one in some))


def sweep(config: Config) -> None:
    """Lets go of all that nobody said yes to in time. Blocking: strangers may leave tens of
    thousands."""
    for kind in kinds():
        kind.sweep(config)


def told(config: Config, number: int | None, addresses: frozenset[str]) -> list[dict[str, Any]]:
    """What waits for a person, as it lies there."""
    found: dict[Path, dict[str, Any]] = {}
    for kind in kinds():
        for address in sorted(addresses) or [""]:
            for path in kind.of(config, number, address):
                found[path] = {"place": f"private/{kind.folder}", **(_read(path) or {})}
    return list(found.values())
