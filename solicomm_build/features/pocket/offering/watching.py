"""Looks whether the files are due, and has a child write them; says what went wrong with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from solicomm_build.desk.chores import Looked
from solicomm_build.features.pocket.offering import leaving, record
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fine, warning

_REST = 600.0  # seconds between two looks
_LONGEST = 6 * 3600.0  # seconds that a child may take
_CHILD = "solicomm_build.features.pocket.offering.child"


class Offering:
    """The child of one desk. Not for several threads."""

    def __init__(self, config: Config, looked: Looked[None] | None = None) -> None:
        self._config = config
        self._looked = looked or Looked[None]()
        self._child: subprocess.Popen[bytes] | None = None
        self._until = 0.0
        self._before = ""

    def run(self) -> bool:
        """Takes away what is not for everybody any more, begins a child where it is time, and
        hears how it ended; whether there was anything of a child."""
        rests = self._looked.rests(_REST)
        if not rests:
            leaving.withdraw(self._config)
        if self._child is not None:
            return self._has_ended(self._child)
        if rests or not self._config.take or not record.is_due(self._config):
            return False
        self._before = record.read(self._config).run
        command = [sys.executable, "-I", "-m", _CHILD, str(self._config.root)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._until = time.monotonic() + _LONGEST
        self._looked.works = True
        return True

    def _has_ended(self, child: subprocess.Popen[bytes]) -> bool:
        code = child.poll()
        if code is None and time.monotonic() < self._until:
            return False
        if code is None:
            os.killpg(child.pid, signal.SIGKILL)
            code = child.wait()
        if child.stdin is not None:
            child.stdin.close()
        self._child, self._looked.works = None, False
        now = record.read(self._config)
        is_begun = now.run not in ("", self._before)
        if code and not (is_begun and now.is_done):
            run = now.run if is_begun else record.begin(self._config).run
            record.end(self._config, run, f"the process that makes it ended with {code}")
        return True


def look(config: Config) -> Iterator[Finding]:
    """What went wrong with the files the last time, if anything did."""
    now = record.read(config)
    if not config.take:
        yield fine("nothing is made by itself")
    elif now.fault:
        yield warning(
            f"what hub.yaml has under `take` could not be made: {now.fault}",
            "It is tried again in a day. Try it by hand: solicomm stick DIR, solicomm zim FILE",
            "take",
        )
    else:
        yield fine(f"made: {len(now.made)} of {len(config.take)}")
