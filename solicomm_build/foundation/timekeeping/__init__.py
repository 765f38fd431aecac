"""Whether the time is sure enough for what cannot be taken back: what goes for good, a vote's end.

    state/clock    JSON: a time that was believed (`at`), how long the machine had run then (`up`,
                   seconds), which of its starts that was (`boot`), and since when of these seconds
                   its clock says another time by more than a week (`doubted`)

A machine whose clock has no battery, or a bad one, may come up with any time and hear the right one
minutes later. So a time that is more than a week ahead of the one that was believed, and of what
passed since, is not believed before the machine has run for six hours with it; neither is one after
a hub was off for so long. What waits for it is done then. Derived: without the file every time is
believed. Nothing is locked: all who look at once find the same.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation import clock, safeio

FAR = 7 * 86_400.0
"""Seconds by which a clock may be ahead."""
HOLDS = 6 * 3600.0
"""Seconds after which another time is believed."""
_FILE = "clock"
_EVERY = 600.0  # seconds between two times that are written down
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Look:
    """What is written down."""

    at: float
    up: float
    boot: str
    doubted: float | None = None


def is_sure(state: Path) -> bool:
    """Whether the clock may be believed not to be ahead; `state` is the hub's folder of this name.
    Blocking."""
    return clock.is_fixed() or _looked(state)[1]


def is_right(state: Path) -> bool:
    """The same, and that it is not far behind either: for what begins anew because a clock was
    ahead. Blocking."""
    return clock.is_fixed() or _looked(state)[0].doubted is None


def believed(state: Path) -> datetime:
    """The present moment (UTC), as far as the clock may be believed: while it is far ahead, the
    time that was believed before and what the machine has run since. Blocking."""
    if clock.is_fixed():
        return clock.now()
    known, sure = _looked(state)
    if sure:
        return clock.now()
    return datetime.fromtimestamp(known.at + max(0.0, look().up - known.up), UTC)


def _looked(state: Path) -> tuple[Look, bool]:
    """What is known after a look that is made now, and whether the time is sure."""
    now, before = look(), _read(state / _FILE)
    after, sure = judged(before, now)
    if before is None or after.doubted != before.doubted or _is_newer(after, before):
        with contextlib.suppress(OSError):  # on a full disk the one before stays
            state.mkdir(parents=True, exist_ok=True)
            octets = json.dumps(asdict(after)).encode("ascii")
            safeio.write_atomic(state / _FILE, octets, durable=False, mode=0o600)
    return after, sure


def look() -> Look:
    """The time as of now."""
    try:
        boot = _BOOT.read_text("ascii").strip()
    except OSError:
        boot = ""
    return Look(clock.timestamp(), time.clock_gettime(time.CLOCK_BOOTTIME), boot)


def judged(before: Look | None, now: Look) -> tuple[Look, bool]:
    """What is known after a look, and whether the time is sure."""
    if before is None:
        return now, True
    is_same = before.boot == now.boot
    ahead = now.at - before.at - (now.up - before.up if is_same else 0.0)
    if abs(ahead) <= FAR:
        return now, True
    began = before.doubted if is_same and before.doubted is not None else now.up
    if now.up - began >= HOLDS:
        return now, True
    known = replace(before, doubted=began)
    if not is_same:  # what passes from now on counts
        known = replace(known, up=now.up, boot=now.boot)
    return known, ahead < 0


def _is_newer(after: Look, before: Look) -> bool:
    return after.boot != before.boot or abs(after.at - before.at) >= _EVERY


def _read(path: Path) -> Look | None:
    try:
        said = json.loads(path.read_bytes())
        doubted = said["doubted"]
        return Look(
            float(said["at"]),
            float(said["up"]),
            str(said["boot"]),
            None if doubted is None else float(doubted),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
