"""The process that writes the files: `python -m … HUB`, begun by the desk (watching.py).

It ends with whoever began it, whose end of its standard input closes then, and takes along what it
began itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from solicomm_build.foundation.hub import hubyaml

NICE = 15
"""Mail, pages and whatever else is asked for go first."""


def _end_with_parent() -> None:
    os.read(0, 1)  # by the descriptor: a buffer would hold a lock when the process ends first
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Writes them. The hub is the first argument."""
    with suppress(OSError):  # a service manager may forbid it
        os.nice(NICE)
    if os.getpgrp() == os.getpid():
        threading.Thread(target=_end_with_parent, daemon=True).start()
    from solicomm_build.features.pocket.offering import offered

    offered.write(hubyaml.load(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
