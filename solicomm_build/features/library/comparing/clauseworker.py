"""The child that cuts agreements, started by proposals.py.

Reads texts as JSON (a list) from its standard input and writes, for each, the clauses by matter.
It limits itself first: memory, processor time, nothing of the disk but Python, no network.
"""

from __future__ import annotations

import json
import resource
import sys

from solicomm_build.features.library.comparing import cutting
from solicomm_build.foundation import confined

MEMORY = 512 << 20
"""Octets of address space."""
CPU_SECONDS = 20


def main() -> None:
    """Answers with a list of `{matter: [heading, text, page]}`, a text each."""
    confined.shut_in(confined.python_reads())
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    texts = json.load(sys.stdin.buffer)
    found = [
        {
            matter: [one.heading, one.text, one.page]
            for matter, one in cutting.proposed(text).items()
        }
        for text in texts
    ]
    sys.stdout.buffer.write(json.dumps(found).encode())


if __name__ == "__main__":
    main()
