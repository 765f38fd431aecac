"""The child that compares two texts, started by versions.py.

Reads `[old, new]` as JSON from its standard input and writes the runs. It limits itself first:
memory, processor time, nothing of the disk but Python, no network.
"""

from __future__ import annotations

import json
import os
import resource
import sys

from solicomm_build.features.library.versions import wording
from solicomm_build.foundation import confined

MEMORY = 768 << 20
"""Octets of address space."""
CPU_SECONDS = 15


def main() -> None:
    """Answers with a list of `[kind, words]`, the words in one text with blanks between."""
    os.nice(10)  # mail goes first
    confined.shut_in(confined.python_reads())
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    old, new = json.load(sys.stdin.buffer)
    runs = [[run.kind, " ".join(run.words)] for run in wording.compared(old, new)]
    sys.stdout.buffer.write(json.dumps(runs).encode())


if __name__ == "__main__":
    main()
