"""The machine the hub runs on: its disk, its clock, what waits."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.foundation import clock, confined
from solicomm_build.foundation.hub import cells, health
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning

_MEMORY = Path("/proc/meminfo")
_LATE = 1800.0  # seconds that mail may wait for a stage
_LEAST, _SPARE = 480, 100  # MiB: a rented box of 512, and what a build takes
_AHEAD = 120.0  # seconds that a file may be younger than now


def disk(config: Config) -> Iterator[Finding]:
    """Whether there is room for mail."""
    usage = shutil.disk_usage(config.root)
    free = 100 * usage.free // usage.total
    text = f"{free} % free, {usage.free / 2**30:.1f} GiB"
    least = config.limits.free_disk_percent
    if 100 * usage.free < least * usage.total:
        words = f"{text}; below {least} %, so mail is refused now (452)"
        yield fault(words, "Make room", about="full")
    elif free < 2 * least:
        words = f"{text}; below {least} % no mail is taken"
        yield warning(words, "Make room", about="nearly full")
    else:
        yield fine(text)


def spool(config: Config) -> Iterator[Finding]:
    """Whether so much waits that no more mail is taken."""
    waiting, name = max((health.files_in(one), one.name) for one in cells.spools_in(config))
    most = config.limits.spool_files
    if waiting > most:
        yield fault(
            f"{waiting} files wait in spool/{name}, more than {most}, so mail is refused now (452)",
            "See that ingest runs: solicomm status",
        )
    else:
        yield fine("takes mail")


def behind(config: Config) -> Iterator[Finding]:
    """Whether mail waits for a stage that ought to have taken it long ago."""
    for folder in (*cells.spools_in(config), config.spool_desk, config.spool_bounces):
        oldest = min((one.stat().st_mtime for one in folder.glob("*.mail")), default=None)
        late = 0.0 if oldest is None else time.time() - oldest
        if late > _LATE:
            yield warning(
                f"mail waits in spool/{folder.name} for {late / 60:.0f} minutes",
                "solicomm status says whether its stage runs; journalctl -u solicomm says why not",
                about=folder.name,
            )


def the_clock(config: Config) -> Iterator[Finding]:
    """Whether the time is not before what has been written already."""
    written = (config.root / FILE).stat().st_mtime
    if clock.timestamp() < written - _AHEAD:
        yield fault(
            f"it is behind: {clock.now():%Y-%m-%d %H:%M} UTC is before {FILE}",
            "Set it, and let it be kept (systemd-timesyncd, chrony): signatures and tokens expire",
            about="behind",
        )
    else:
        yield fine(f"{clock.now():%Y-%m-%d %H:%M} UTC")


def clock_behind(config: Config) -> Iterator[Finding]:
    """The same, where the settings are in a file, as those of every hub that runs."""
    if (config.root / FILE).exists():
        yield from the_clock(config)


def memory(config: Config) -> Iterator[Finding]:
    """Whether there is room in memory for all stages, which take 150 MiB at rest."""
    try:
        rows = (line.split() for line in _MEMORY.read_text("ascii").splitlines())
        kept = {row[0].rstrip(":"): int(row[1]) // 1024 for row in rows if len(row) > 1}
        whole, free = kept["MemTotal"], kept["MemAvailable"]
    except (OSError, KeyError, ValueError):
        yield fine("this system does not say")
        return
    words = f"{free} MiB free of {whole} MiB"
    if whole < _LEAST or free < _SPARE:
        yield warning(
            f"{words}: large builds and files may be broken off",
            "Give the machine 1 GiB, or swap; see what else runs there",
        )
    else:
        yield fine(words)


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
