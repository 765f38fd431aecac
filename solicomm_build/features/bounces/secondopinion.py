"""flufl.bounce in a process of its own, which ends when one message takes it too long.

Its detectors are many, and some need the square of what they are given: what a member sends to
the address of his own tag must not hold up everybody's mail. One child reads message after message:

    us → octets of the message (4, big-endian), the message
    child → a line of JSON: the addresses that the message seems to be about

The child may use `SECONDS` of the processor for each; then the kernel ends it, the message stays
without a second opinion, and the next one gets a new child. Not for several threads. Close it.
"""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence

from solicomm_build.features.bounces.reports import foreignopinion
from solicomm_build.foundation import confined

SECONDS = 1.0
"""Of the processor, for one message."""
_OPTIONS = ("-I",)  # nothing but what is installed
_MEMORY = 512 << 20  # octets of address space


class SecondOpinion:
    """Asks the child, which is started when it is needed."""

    def __init__(self, module: str = __name__) -> None:
        self._module = module
        self._child: subprocess.Popen[bytes] | None = None

    def __call__(self, raw: bytes) -> Sequence[str]:
        """The addresses that flufl.bounce sees in a message; none when it cannot tell in time.
        Blocking, for `SECONDS` and what it takes to start."""
        child = self._child or self._start()
        part = raw[: foreignopinion.OPINION_OCTETS]
        line = b""
        with contextlib.suppress(BrokenPipeError):
            if child.stdin is not None and child.stdout is not None:
                child.stdin.write(len(part).to_bytes(4, "big") + part)
                child.stdin.flush()
                line = child.stdout.readline()
        if not line.endswith(b"\n"):
            self.close()
            return ()
        return tuple(str(one) for one in json.loads(line))

    def close(self) -> None:
        """Ends the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(
            [sys.executable, *_OPTIONS, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
        )
        return self._child


def main() -> None:
    """The child: reads messages until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    foreignopinion.second_opinion(b"")  # loads what it needs before a clock runs
    confined.shut_in(confined.python_reads())
    while len(size := sys.stdin.buffer.read(4)) == 4:
        raw = sys.stdin.buffer.read(int.from_bytes(size, "big"))
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        found = foreignopinion.second_opinion(raw)
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.buffer.write(json.dumps(found).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
