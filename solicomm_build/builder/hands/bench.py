"""What Dask has a worker do: give an order to the process that makes pages (helper.py)."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from solicomm_build.builder.hands import pipes
from solicomm_build.foundation.errors import SoliCommError

_HELPER = "solicomm_build.builder.hands.helper"
PARTED = ".parts"
"""How files end that are fetched in parts."""
PART = 4 << 20
"""Octets in one."""


class HelperError(SoliCommError):
    """A machine that helps cannot do what it was asked; another one, or this one, does it."""


class Bench:
    """The helper of a worker: a process, begun by the first order and after it died."""

    def __init__(self, root: Path) -> None:
        self._root, self._lock = root, threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, name: str, given: tuple[Any, ...]) -> Any:
        """What comes of an order, packed (pipes.py). Raises HelperError."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                words = [sys.executable, "-m", _HELPER, str(self._root)]
                pipe = subprocess.PIPE
                self._process = subprocess.Popen(words, stdin=pipe, stdout=pipe)
            orders, answers = self._process.stdin, self._process.stdout
            assert orders is not None  # noqa: S101 - pipes
            assert answers is not None  # noqa: S101
            try:
                pipes.send(orders, (name, given))
                is_done, answer = pipes.receive(answers)
            except (OSError, EOFError) as error:
                self._process.kill()
                raise HelperError("what makes pages there ended early") from error
        if not is_done:
            raise HelperError(answer)
        return answer

    def part(self, name: str, low: int) -> bytes:
        """Octets of a file that the helper has left, from so many on; with the last ones it goes.
        Raises HelperError. It waits for nothing that the helper is at."""
        place = self._root / name
        try:
            with open(place, "rb") as file:
                file.seek(low)
                octets = file.read(PART)
            if len(octets) < PART:
                place.unlink()
        except OSError as error:
            raise HelperError(f"what it had found is gone: {error}") from error
        return octets

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()


_bench: Bench | None = None


def begin(root: Path) -> Bench:
    """From now on this process has a helper for the hub in this folder."""
    global _bench  # noqa: PLW0603 - Dask calls functions of modules
    _bench = Bench(root)
    return _bench


def ask(name: str, *given: Any) -> Any:
    """Run by Dask on a machine that helps: an order for its helper."""
    return _helped().ask(name, given)


def part(name: str, low: int) -> bytes:
    """Run by Dask on a machine that helps: octets of a file that its helper has left."""
    return _helped().part(name, low)


def _helped() -> Bench:
    if _bench is None:
        raise HelperError("no `solicomm workers work` runs there")
    return _bench
