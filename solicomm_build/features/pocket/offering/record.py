"""`state/pocket/offered.json`: what was put into `public/take/`, and when.

Deleting it costs that all is made again. An erasure deletes it with the files; whoever is making
some finds so that theirs hold too much, and lets them go.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config

NAMES = {"stick": "hub-stick.zip", "zim": "hub.zim"}
"""The files by what `take` in hub.yaml calls them."""
EVERY = timedelta(days=7)
AGAIN = timedelta(days=1)
"""When it is tried again after it has failed."""


@dataclass(frozen=True, slots=True)
class Record:
    """`at` is when the last try began, `run` its name; `made` says by kind what each file is made
    of; `fault` is what went wrong, if anything did; `is_done` whether the try came to an end."""

    at: str = ""
    run: str = ""
    made: tuple[tuple[str, str], ...] = ()
    fault: str = ""
    is_done: bool = False


def folder(config: Config) -> Path:
    """Where everybody fetches them."""
    return config.public / "take"


def read(config: Config) -> Record:
    """What is known; nothing where nothing was made or it cannot be read."""
    try:
        found = json.loads(_path(config).read_bytes())
        made = tuple((str(kind), str(key)) for kind, key in found["made"])
        datetime.fromisoformat(found["at"])
        texts = (str(found["at"]), str(found["run"]))
        return Record(*texts, made, str(found["fault"]), bool(found["is_done"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


def begin(config: Config) -> Record:
    """A try begins, in place of any other."""
    with safeio.locked(_lock(config)):
        now = replace(
            read(config),
            at=clock.now().isoformat(),
            run=secrets.token_hex(8),
            fault="",
            is_done=False,
        )
        _write(config, now)
        return now


def put(config: Config, run: str, kind: str, key: str, made: Path) -> bool:
    """Puts a finished file in its place; False, and the file goes, when the try does not count any
    more."""
    with safeio.locked(_lock(config)):
        now = read(config)
        if now.run != run:
            made.unlink(missing_ok=True)
            return False
        made.replace(folder(config) / NAMES[kind])
        others = tuple(one for one in now.made if one[0] != kind)
        _write(config, replace(now, made=(*others, (kind, key))))
        return True


def end(config: Config, run: str, fault: str = "") -> None:
    """A try has ended, well or with a fault."""
    with safeio.locked(_lock(config)):
        now = read(config)
        if now.run == run:
            _write(config, replace(now, fault=fault, is_done=True))


def is_due(config: Config) -> bool:
    """Whether it is time: never tried, broken off, something wanted is not there, a week after all
    went well, a day after it did not."""
    now = read(config)
    if not now.is_done:
        return True
    waited = abs(clock.now() - datetime.fromisoformat(now.at))
    if now.fault:
        return waited >= AGAIN
    made = {kind for kind, _ in now.made}
    return waited >= EVERY or not made >= set(config.take)


def withdraw(config: Config) -> None:
    """Takes away what was made and is wanted no more."""
    if {kind for kind, _ in read(config).made} <= set(config.take):
        return
    with safeio.locked(_lock(config)):
        now = read(config)
        for kind, _ in now.made:
            if kind not in config.take:
                (folder(config) / NAMES[kind]).unlink(missing_ok=True)
        _write(config, replace(now, made=tuple(one for one in now.made if one[0] in config.take)))


def forget(config: Config) -> None:
    """Takes all of it away: what is being made at this moment will not come either."""
    if not _path(config).exists():
        return
    with safeio.locked(_lock(config)):
        for kind, _ in read(config).made:
            (folder(config) / NAMES[kind]).unlink(missing_ok=True)
        _path(config).unlink(missing_ok=True)


def _write(config: Config, record: Record) -> None:
    safeio.write_atomic(_path(config), json.dumps(asdict(record)).encode())


def _path(config: Config) -> Path:
    return config.state / "pocket" / "offered.json"


def _lock(config: Config) -> Path:
    return config.state / "pocket" / "offered.lock"
