"""Where hubs of tests lie: in memory where there is enough, so that nothing waits for a disk. And
how a process of tests itself lies there, so that its children begin at once.

What is durable is asked of the calls themselves (tests/faults), not of the disk below them.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from pathlib import Path

_SHM = Path("/dev/shm")  # noqa: S108 - what tests write is in folders of their own
_ROOM = 3 << 30  # octets; a whole run in two processes holds less than two thirds of it
_COLLAPSE = 25  # madvise(2), since Linux 6.1; the module mmap does not name it
_LARGE = 2 << 20  # octets of a large page, where there are any
_MAPS = Path("/proc/self/maps")
_FORKS = 40
"""Children after which half of the large pages are small ones again: what parent or child writes
into one divides it. Making them anew takes 50 ms, and each child is 10 ms cheaper."""
_forks = 0


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


def after_forks() -> None:
    """Between two tests: asks for large pages anew when there were many children since."""
    global _forks  # noqa: PLW0603 - of this process
    if _forks >= _FORKS:
        _forks = 0
        in_large_pages()


def _forked() -> None:
    global _forks  # noqa: PLW0603 - of this process
    _forks += 1


os.register_at_fork(after_in_parent=_forked)


def in_large_pages() -> int:
    """Asks the kernel to hold what is there now in large pages; how many it made, none where it
    knows no such thing. Whoever has collected every test has a hundred thousand small ones, each
    of which is entered for a child when it begins, of which a build makes a dozen, and taken out
    when it ends: 24 ms of processor time in place of 8. Blocking, some tenths of a second."""
    madvise = ctypes.CDLL(None).madvise
    made = 0
    for line in _MAPS.read_text("utf-8", "replace").splitlines():
        place, may, _, _, _, *of = line.split(maxsplit=5)
        if may != "rw-p" or of not in ([], ["[heap]"]):
            continue
        start, _, end = place.partition("-")
        first = -(-int(start, 16) // _LARGE) * _LARGE
        for at in range(first, int(end, 16) - _LARGE + 1, _LARGE):
            what = (ctypes.c_void_p(at), ctypes.c_size_t(_LARGE), _COLLAPSE)
            made += madvise(*what) == 0
    return made


def _available() -> int:
    """Octets of memory that programs may still take (proc(5), meminfo)."""
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return 0
