"""Where hubs of tests lie: in memory where there is enough, so that nothing waits for a disk.

What is durable is asked of the calls themselves (tests/faults), not of the disk below them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_SHM = Path("/dev/shm")  # noqa: S108 - what tests write is in folders of their own
_ROOM = 3 << 30  # octets; a whole run in two processes holds less than two thirds of it


def folder() -> Path | None:
    """The folder in memory, where programs may be run in it and it has room; else None."""
    if not os.access(_SHM, os.W_OK | os.X_OK):
        return None
    about = os.statvfs(_SHM)
    # in containers often nothing may be run there, and git's hooks are programs
    runs = not about.f_flag & os.ST_NOEXEC
    return _SHM if runs and min(about.f_bavail * about.f_frsize, _available()) >= _ROOM else None


def take() -> None:
    """Makes it the folder of temporary files of this process and its children, unless TMPDIR says
    where they belong."""
    if "TMPDIR" not in os.environ and (found := folder()):
        os.environ["TMPDIR"] = tempfile.tempdir = os.fspath(found)


def _available() -> int:
    """Octets of memory that programs may still take (proc(5), meminfo)."""
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return 0
