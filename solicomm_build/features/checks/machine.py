"""The machine the hub runs on: its disk, its clock, what waits."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from solicomm_build.foundation import clock, confined
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning

_AHEAD = 120.0  # seconds that a file may be younger than now


def disk(config: Config) -> Iterator[Finding]:
    """Whether there is room for mail."""
    usage = shutil.disk_usage(config.root)
    free = 100 * usage.free // usage.total
    text = f"{free} % free, {usage.free / 2**30:.1f} GiB"
    least = config.limits.free_disk_percent
    if 100 * usage.free < least * usage.total:
        yield fault(f"{text}; below {least} %, so mail is refused now (452)", "Make room")
    elif free < 2 * least:
        yield warning(f"{text}; below {least} % no mail is taken", "Make room")
    else:
        yield fine(text)


def spool(config: Config) -> Iterator[Finding]:
    """Whether so much waits that no more mail is taken."""
    try:
        waiting = sum(1 for _ in os.scandir(config.spool_in))
    except FileNotFoundError:
        waiting = 0
    most = config.limits.spool_files
    if waiting > most:
        yield fault(
            f"{waiting} files wait in spool/in, more than {most}, so mail is refused now (452)",
            "See that ingest runs: solicomm status",
        )
    else:
        yield fine("takes mail")


def the_clock(config: Config) -> Iterator[Finding]:
    """Whether the time is not before what has been written already."""
    written = (config.root / FILE).stat().st_mtime
    if clock.timestamp() < written - _AHEAD:
        yield fault(
            f"it is behind: {clock.now():%Y-%m-%d %H:%M} UTC is before {FILE}",
            "Set it, and let it be kept (systemd-timesyncd, chrony): signatures and tokens expire",
        )
    else:
        yield fine(f"{clock.now():%Y-%m-%d %H:%M} UTC")


def walls(config: Config) -> Iterator[Finding]:
    """Whether the kernel shuts in what reads strangers' files."""
    there = confined.walls()
    missing = sorted({confined.LANDLOCK, confined.SECCOMP} - there)
    if missing:
        yield warning(
            f"this kernel has no {' and no '.join(missing)}: what reads strangers' files is held"
            " by limits of memory and time only",
            "Run Debian's kernel, 6.1 or newer, outside of a container that hides it",
        )
    else:
        yield fine("what reads strangers' files is shut in by landlock and seccomp")
