"""Pages of programs' files that a process has used once and uses no more.

Who loads all that its children run has read from some dozens of libraries what they need at their
start, and who has worked what it needed for that. The kernel counts these pages as that process's
own, and keeps them longer than others, as long as they are mapped. Let go of they are in its cache,
as long as there is room, and whoever needs one has it again without the disk.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterable, Iterator
from pathlib import Path

_SMAPS = Path("/proc/self/smaps")
_madvise = getattr(ctypes.CDLL(None), "madvise", None)


def let_go() -> int:
    """Lets go of what this process has mapped of programs' files and cannot have written to; how
    many octets of address space that is, 0 where the system does not say. Threads may be at work.
    Blocking, some milliseconds."""
    if _madvise is None or not _SMAPS.is_file():
        return 0
    with open(_SMAPS, encoding="utf-8", errors="replace") as lines:
        found = list(untouched(lines))
    return sum(end - start for start, end in found if _forget(start, end))


def untouched(smaps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The mappings of programs' files, from and to, that may not be written to, and of which no
    page was changed before that was so: what a linker has put addresses into has no file to come
    from. Programs' are files that are run from: they stay mapped where they are, while of others
    another thread may just be letting go. The lines are those of proc_pid_smaps(5)."""
    found: list[tuple[str, str]] = []
    programs = set()
    name = place = ""
    for line in smaps:
        words = line.split(maxsplit=5)
        if "-" in words[0]:
            name = words[5] if len(words) == 6 and words[5].startswith("/") else ""
            place = words[0] if name and "w" not in words[1] else ""
            if place and "x" in words[1]:
                programs.add(name)
        elif place and words[:2] == ["Anonymous:", "0"]:
            found.append((name, place))
    for name, place in found:
        if name in programs:
            start, _, end = place.partition("-")
            yield int(start, 16), int(end, 16)


def _forget(start: int, end: int) -> bool:
    what = (ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)
    return _madvise is not None and _madvise(*what) == 0
