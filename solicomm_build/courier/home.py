"""A copied hub never mails people: mail goes out where it went out before.

`spool/out/.home` holds a hash of the machine's id and the hub's folder, written when the relay is
used for the first time. Where it does not fit, the hub was copied, restored elsewhere or moved:
nothing is handed over until the operator says `solicomm deliver --here`. The sink needs no home.

The rules: docs/mail-rules.md#copied-hubs.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import write_atomic

if TYPE_CHECKING:  # the supervisor asks where home is, too
    import asyncio

WHY = (
    "This hub was copied or moved: mail went out from another folder or machine before, and may "
    "still do. If it shall go out from here, and from nowhere else: solicomm deliver --here"
)
_MACHINE = Path("/etc/machine-id")
_NAME = ".home"


def is_home(config: Config) -> bool:
    """Whether mail may go out from here. The first time it may, and that is remembered."""
    if config.delivery != "relay":
        return True
    try:
        return _path(config).read_text("ascii").strip() == _here(config)
    except FileNotFoundError:
        settle(config)
        return True


async def has_come(config: Config, stop: asyncio.Event, look: float) -> bool:
    """Waits until mail may go out from here; False when the stop came first."""
    import asyncio

    while not stop.is_set():
        if is_home(config):
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), look)
    return False


def settle(config: Config) -> None:
    """From now on mail goes out from here; durable on return."""
    _path(config).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomic(_path(config), f"{_here(config)}\n".encode("ascii"), mode=0o600)


def leave(out: Path) -> None:
    """Says in the outgoing spool of a hub that came back from a backup that mail goes out from
    nowhere: it may be a copy of one that still works. Durable on return."""
    write_atomic(out / _NAME, b"restored\n", mode=0o600)


def is_elsewhere(config: Config) -> bool:
    """Whether mail is kept back because home is elsewhere; for those who only look."""
    return config.delivery == "relay" and is_left(config)


def is_left(config: Config) -> bool:
    """Whether it takes `solicomm deliver --here` before mail goes out through a relay, also where
    there is only the sink now; for those who only look."""
    with contextlib.suppress(FileNotFoundError):
        return _path(config).read_text("ascii").strip() != _here(config)
    return False


def _path(config: Config) -> Path:
    return config.in_cell(0).spool_out / _NAME


def _here(config: Config) -> str:
    machine = ""
    with contextlib.suppress(OSError):
        machine = _MACHINE.read_text("ascii", "replace").strip()
    facts = f"{machine}\n{config.root.resolve()}"
    return hashlib.sha256(facts.encode("utf-8", "surrogateescape")).hexdigest()
