"""What a child that makes pages may reach: repositories and what pages are made into, no keys.

A child reads what members and unions wrote. Of the hub it sees what pages are made of and where
they go; `private/` (keys, members, mail) and the spool are not there for it, and no network
(confined.py). It may start git, which reads repositories, and is shut in with it.
"""

from __future__ import annotations

import os
import resource
import tempfile
from pathlib import Path

from solicomm_build.foundation import confined
from solicomm_build.foundation.hub.config import Config


def put_up(config: Config, *themes: Path) -> None:
    """For a child only: it cannot be undone. `themes` are folders of templates that it reads."""
    root = config.root
    reads = (
        *confined.python_reads(),
        *themes,
        root / "content",
        root / "unions",
        root / "themes",
        *((config.borrows / "content", config.borrows / "unions") if config.borrows else ()),
        Path("/proc"),  # how large a process is; what is in another's memory stays its own
    )
    folders = ((config.public, 0o755), (config.previews, 0o700), (config.state, 0o700))
    for folder, mode in folders:  # what is not there cannot be allowed
        if not os.path.isdir(folder):
            folder.mkdir(mode=mode, parents=True, exist_ok=True)
    writes = (*(folder for folder, _ in folders), Path("/dev/null"))
    tempfile.tempdir = str(config.state)  # the machine's own is not there any more
    confined.shut_in(reads, writes, programs=True)


def limit_memory(more: int) -> None:
    """Lets this process take `more` octets of address space than it has now, and no more."""
    with open("/proc/self/statm", encoding="ascii") as facts:
        pages = int(facts.read().split()[0])
    wanted = pages * resource.getpagesize() + more
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, wanted))
