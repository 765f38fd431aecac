"""Letters of a stick that are for another hub's conference, on their way to it.

    here:          private/pocket/onward/<conference>.<digest> ─→ given ─→ signed and sealed
    at its home:   taken ─→ spool/in, `carried`: its author is asked there

They go as what a hub that follows a conference tells its home, over the net, by stick or by mail,
and wait here until the home says that it has them. One that it will never take, or that nobody took
in ninety days, is kept aside, and its author is told (aside.py, telling.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.features.pocket.letters import aside
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fine, warning
from solicomm_build.people.addresses import OtherHub

MOST = 1_900_000
"""Octets of a letter: with its signature a note has two megabytes at most (network.md)."""
MOST_WAITING = 500
"""Letters that wait, for all hubs."""

FOLDER = "pocket/onward"
"""Below `private/`."""

LATE = "for ninety days nobody took it"
"""Why a letter is kept aside that waited too long."""

_AT_ONCE = 16_000_000  # octets
_KEPT = timedelta(days=90)
_LONG = timedelta(days=7)


def keep(config: Config, hub: OtherHub, conference: str, raw: bytes) -> None:
    """Has a letter wait for the home of a conference; durable, safe to call twice. Raises
    MessageError where it is too large or too many wait."""
    if len(raw) > MOST:
        raise MessageError(
            f"it is for {hub.name} and larger than {MOST / 1e6:.1f} MB, so it cannot go there by "
            f"itself. {by_hand(hub)}"
        )
    folder = config.private / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{conference}.{hashlib.sha256(raw).hexdigest()[:40]}"
    if not path.exists() and len(waiting(config)) >= MOST_WAITING:
        raise MessageError(
            f"it is for {hub.name}, and {MOST_WAITING} letters for other hubs wait already. "
            "Read it again when they are gone (`solicomm check`)"
        )
    safeio.write_atomic(path, raw, mode=0o600)


def by_hand(hub: OtherHub) -> str:
    """Whom to give what cannot go by itself."""
    at = f" ({hub.url})" if hub.url else ""
    return f"Give the stick, or this file, to the people of {hub.name}{at}"


def given(config: Config, conference: str, _own: str) -> Iterator[tuple[str, bytes]]:
    """What this hub has for the home of a conference: names, and letters, the oldest first and as
    many as go at a time; the others when these are settled. What nobody took in ninety days
    goes."""
    left = _AT_ONCE
    for path in sorted(waiting(config, conference), key=_since):
        if _since(path) < clock.now() - _KEPT:
            _put_aside(config, path, LATE)
            continue
        left -= path.stat().st_size
        if left < 0:
            return
        yield path.suffix[1:], path.read_bytes()


def settled(config: Config, conference: str, name: str, why: str = "") -> None:
    """The home has a letter, or will never take it: `why`. Then it is kept aside. Durable; safe to
    call twice."""
    if not name.isalnum():
        return
    path = config.private / FOLDER / f"{conference}.{name}"
    if why and path.exists():
        _put_aside(config, path, why)
    path.unlink(missing_ok=True)


def _put_aside(config: Config, path: Path, why: str) -> None:
    with suppress(FileNotFoundError):  # another process did it
        aside.put(config, path.name, path.read_bytes(), why)
        path.unlink()


def look(config: Config) -> Iterator[Finding]:
    """How many letters wait for other hubs, and whether they do so for long; and which of them
    their homes refused."""
    yield from aside.look(config)
    there = waiting(config)
    if not there:
        yield fine("no letter of a stick waits for another hub")
        return
    oldest = min(map(_since, there))
    places = ", ".join(sorted({path.stem for path in there}))
    what = f"{len(there):,} of sticks wait for the homes of {places}, since {oldest:%Y-%m-%d}"
    if oldest > clock.now() - _LONG:
        yield fine(what)
        return
    yield warning(
        what,
        "They go when the hubs meet (`solicomm peer status`). Where there is no line, write what "
        "is for that hub onto a stick: `solicomm peer bundle FILE --for HUB-ID`",
        "onward",
    )


def lasting(config: Config) -> Iterator[Finding]:
    """That they do so for long, and nothing else."""
    return (one for one in look(config) if one.level != "fine")


def sweep(config: Config) -> None:
    """Puts aside what waited too long, also where the hub that it was for is known no more."""
    for path in waiting(config):
        if _since(path) < clock.now() - _KEPT:
            _put_aside(config, path, LATE)


def waiting(config: Config, conference: str = "") -> list[Path]:
    """The letters that wait, for one conference or for all."""
    return sorted((config.private / FOLDER).glob(f"{conference or '[a-z0-9]*'}.*"))


def _since(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
