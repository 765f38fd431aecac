"""Whether a hub does its work now: all stages run, mail finds room. For `/healthz`, `solicomm
check` and `solicomm status`. Reads a few small files; names nobody."""

from __future__ import annotations

import os
import shutil

from solicomm_build.foundation.hub import hindrance, liveness
from solicomm_build.foundation.hub.config import Config

STOPPED = "the hub does not run"


def troubles(config: Config) -> list[str]:
    """What keeps it from its work, a line each; empty when all is well. Raises OSError when this
    user may not look."""
    return [*stages(config), *room(config)]


def stages(config: Config) -> list[str]:
    """What is wrong with the stages, and with what goes along with them."""
    signs = liveness.signs(config.state)
    if not any(sign.runs for sign in signs):
        falling = [sign.trouble for sign in signs if sign.ends >= liveness.FALLING]
        return [STOPPED, *filter(None, falling)]
    found = [trouble for sign in signs if (trouble := sign.trouble)]
    return found + hindrance.troubles(config.state)


def disk(config: Config) -> str:
    """What is wrong with the room on the disk; empty when there is enough."""
    least = config.limits.free_disk_percent
    usage = shutil.disk_usage(config.root)
    return (
        f"less than {least} % of the disk is free" if 100 * usage.free < least * usage.total else ""
    )


def room(config: Config) -> list[str]:
    """Why mail is not taken: a disk or a spool that is full (bridge/groupcommit.py)."""
    low = disk(config)
    found = [f"{low}: mail is refused for now (452)"] if low else []
    try:
        waiting = sum(1 for _ in os.scandir(config.spool_in))
    except FileNotFoundError:
        waiting = 0
    if waiting > config.limits.spool_files:
        found.append(f"{waiting} files wait in spool/in: mail is refused for now (452)")
    return found
