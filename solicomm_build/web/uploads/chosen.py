"""Files that were chosen on a page and not sent off yet: `private/<folder>/<digest>/`.

    facts.json    Facts, mode 0600
    0, 1, …       the octets of the files, in the order in which they were chosen

The name is the SHA-256 of a token that only the page has. A folder appears whole by a rename, and
goes when its files are sent off, or after an hour. Nobody's name or address is in it. Only the web
server writes here, and the desk lets go of what is over; neither decodes what lies here but in a
child. A page that comes back with what is wrong has the token in a hidden field, so that nobody has
to choose the same files again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, keys, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import token as tokens
from solicomm_build.post.store.room import MB, Room, places

KEPT = timedelta(hours=1)
MOST_FILES = 20
_OF_PLACE, _OF_ALL = 400 * MB, 2000 * MB
"""Octets that are kept in a day of what comes from one place on the network, and of all."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What files were chosen for (a library, say), when (ISO), and their names."""

    purpose: str
    at: str
    names: tuple[str, ...]


class ChosenFiles:
    """Those of one kind of pages of a hub, below `private/<name>/`. Blocking; safe for several
    threads."""

    def __init__(self, config: Config, name: str) -> None:
        self._config, self._name = config, name
        self._folder = config.private / name

    def put(self, purpose: str, files: Sequence[tuple[str, bytes]], peer: str) -> str | None:
        """Keeps files, names and octets, for an hour; their token, or None when there is no more
        room today for what comes from `peer`, an IP address."""
        sweep(self._config, self._name)
        token, octets = tokens.fresh(), sum(len(data) for _, data in files)
        if not self._has_room(peer, octets, token):
            return None
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._path(token)
        making = target.with_name(f".{target.name}.{os.getpid()}")
        making.mkdir(mode=0o700)
        for number, (_, data) in enumerate(files):
            safeio.write_atomic(making / str(number), data, durable=False, mode=0o600)
        facts = Facts(purpose, clock.now().isoformat(), tuple(name for name, _ in files))
        said = json.dumps(asdict(facts)).encode()
        safeio.write_atomic(making / "facts.json", said, durable=False, mode=0o600)
        os.rename(making, target)
        return token

    def get(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The names of the files; None when they went, or were never chosen for this."""
        plain = tokens.normalise(token)
        if plain is None:
            return None
        try:
            said = json.loads((self._path(plain) / "facts.json").read_bytes())
        except FileNotFoundError:
            return None
        facts = Facts(str(said.get("purpose", "")), str(said["at"]), tuple(said["names"]))
        until = datetime.fromisoformat(facts.at) + KEPT
        is_good = facts.purpose == purpose and clock.is_good(until, KEPT, clock.now())
        return facts.names if is_good else None

    def file(self, token: str, number: int) -> Path:
        """Where a file lies."""
        return self._path(token) / str(number)

    def octets(self, token: str, names: Sequence[str]) -> list[tuple[str, bytes]]:
        """The files as `put` took them. Raises FileNotFoundError when they went meanwhile."""
        return [(name, self.file(token, n).read_bytes()) for n, name in enumerate(names)]

    def forget(self, token: str) -> None:
        """Lets them go."""
        shutil.rmtree(self._path(token), ignore_errors=True)

    def _path(self, token: str) -> Path:
        return self._folder / tokens.digest(token)

    def _has_room(self, peer: str, octets: int, cause: str) -> bool:
        room = Room(
            self._config.state / f"room-{self._name}.sqlite", keys.token_key(self._config.keys)
        )
        where = places(
            "", peer, self._config.fronts, of_sender=_OF_ALL, of_place=_OF_PLACE, of_all=_OF_ALL
        )
        try:
            return room.take(where, octets, cause, clock.now())
        finally:
            room.close()


def sweep(config: Config, name: str) -> None:
    """Lets go of what is older than an hour in `private/<name>/`, and of what was never finished;
    also of what a clock that was ahead has dated. Safe for several processes."""
    now, most, folder = clock.timestamp(), KEPT.total_seconds(), config.private / name
    for path in folder.glob("*") if folder.is_dir() else ():
        try:
            if abs(now - path.stat().st_mtime) > most:
                shutil.rmtree(path, ignore_errors=True)
        except FileNotFoundError:
            continue  # swept by somebody else
