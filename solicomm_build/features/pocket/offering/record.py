"""`state/pocket/offered.json`: what was put into `public/take/`, when, and what it was made of.

Deleting it costs that all is made again; the files go until then. An erasure deletes it with the
files; whoever is making some finds so that theirs hold too much, and lets them go.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config

NAMES = {"stick": "hub-stick.zip", "zim": "hub.zim"}
"""The files by what `take` in hub.yaml calls them."""
EVERY = timedelta(days=7)
AGAIN = timedelta(days=1)
"""When it is tried again after it has failed."""


class Made(NamedTuple):
    """A file: `key` is another text whenever another would be made. `tips` are the repositories in
    it, by their paths below the hub's root, each with the last commit up to which nothing went
    from it; none where an older version noted nothing."""

    kind: str
    key: str
    tips: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """`at` is when the last try began, `run` its name; `made` are the files; `fault` is what went
    wrong, if anything did; `is_done` whether the try came to an end."""

    at: str = ""
    run: str = ""
    made: tuple[Made, ...] = ()
    fault: str = ""
    is_done: bool = False


def folder(config: Config) -> Path:
    """Where everybody fetches them."""
    return config.public / "take"


def read(config: Config) -> Record:
    """What is known; nothing where nothing was made or it cannot be read."""
    try:
        found = json.loads(_path(config).read_bytes())
        made = tuple(_made(*row) for row in found["made"])
        datetime.fromisoformat(found["at"])
        texts = (str(found["at"]), str(found["run"]))
        return Record(*texts, made, str(found["fault"]), bool(found["is_done"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


def _made(kind: object, key: object, tips: Iterable[tuple[object, object]] = ()) -> Made:
    return Made(str(kind), str(key), tuple((str(path), str(tip)) for path, tip in tips))


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


def put(config: Config, run: str, made: Made, file: Path) -> bool:
    """Puts a finished file in its place; False, and the file goes, when the try does not count any
    more."""
    with safeio.locked(_lock(config)):
        now = read(config)
        if now.run != run:
            file.unlink(missing_ok=True)
            return False
        file.replace(_file(config, made.kind))
        others = tuple(one for one in now.made if one.kind != made.kind)
        _write(config, replace(now, made=(*others, made)))
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
    made = {one.kind for one in now.made}
    return waited >= EVERY or not made >= set(config.take)


def tidy(config: Config) -> None:
    """Takes away what was made and is wanted no more, and what is there without a note of what it
    was made of."""
    noted = {one.kind for one in read(config).made}
    wanted = set(config.take)
    if noted <= wanted and not any(_file(config, kind).exists() for kind in wanted - noted):
        return
    with safeio.locked(_lock(config)):
        now = read(config)
        kept = tuple(one for one in now.made if one.kind in wanted)
        for kind in {one.kind for one in now.made} | wanted:
            if kind not in {one.kind for one in kept}:
                _file(config, kind).unlink(missing_ok=True)
        _write(config, replace(now, made=kept))


def change(config: Config, after: Mapping[Made, Made | None]) -> None:
    """Notes something else of files; one for which there is nothing goes. What was made anew since
    it was looked at stays."""
    if all(one == other for one, other in after.items()):
        return
    with safeio.locked(_lock(config)):
        now = read(config)
        kept = []
        for one in now.made:
            other = after.get(one, one)
            if other is None:
                _file(config, one.kind).unlink(missing_ok=True)
            else:
                kept.append(other)
        _write(config, replace(now, made=tuple(kept)))


def forget(config: Config) -> None:
    """Takes all of it away: what is being made at this moment will not come either."""
    if not _path(config).exists():
        return
    with safeio.locked(_lock(config)):
        for one in read(config).made:
            _file(config, one.kind).unlink(missing_ok=True)
        _path(config).unlink(missing_ok=True)


def _write(config: Config, record: Record) -> None:
    safeio.write_atomic(_path(config), json.dumps(asdict(record)).encode())


def _file(config: Config, kind: str) -> Path:
    return folder(config) / NAMES[kind]


def _path(config: Config) -> Path:
    return config.state / "pocket" / "offered.json"


def _lock(config: Config) -> Path:
    return config.state / "pocket" / "offered.lock"
