"""The child that becomes ffmpeg: `python -m solicomm_build.cleaning.soundworker FFMPEG ARGUMENTS`.

It limits itself before: memory, processor time, what it may write, nothing of the disk but
programs and their libraries, no network (confined.py); all of that stays when ffmpeg takes its
place. Input and output are files in memory, which it has open.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from solicomm_build.foundation import confined

MEMORY = 2 << 30
"""Octets of address space: the libraries of ffmpeg alone are 400 MB of it."""
CPU_SECONDS = 40
"""Of one recording: ffmpeg makes an hour of speech in about 20 s on a small machine."""
MOST_OUT = 64 << 20
_READS = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/proc/self")


def limit() -> None:
    """Takes from this process, and what it becomes, what it does not need."""
    os.nice(5)  # mail goes first
    confined.shut_in(tuple(map(Path, _READS)), programs=True)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_OUT, MOST_OUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """argv: the program, then what it is told."""
    limit()
    os.execv(sys.argv[1], ["ffmpeg", *sys.argv[2:]])  # noqa: S606 - no shell, fixed arguments


if __name__ == "__main__":
    main()
