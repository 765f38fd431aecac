"""Does what was agreed to, in a process of its own: the command that was asked for, once more.

    agreed ─→ `SOLICOMM_AGREED=ID solicomm <words>` (asking.py: doing) ─→ done, or failed

The command is the one that an operator types, so there is one way in which anything is erased or
removed. It says itself that it began and that it ended; its end without a word is a fault. Killed
together with the desk it is begun anew, three times at most: each of these commands is safe to run
again, and one whose work is done by then says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from typing import IO

from solicomm_build.features.operating import proposals
from solicomm_build.features.operating.proposals import AGREED, DOING, FAILED, Proposal
from solicomm_build.foundation import safeio
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.oneline import one_line
from solicomm_build.people.memberstore import changing
from solicomm_build.people.operators import second

_TRIES = 3
_LOOK = 0.1  # seconds; other mail has its turn in between
_CUT = "it was cut off three times. Look with `solicomm audit` how far it came, and run it again"


class Doing:
    """The work on what was agreed to, one after the other. Not for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._id, self._tries = "", 0
        self._child: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    def run(self) -> bool:
        """Begins what is due, or looks how it goes; whether there is anything. Waits a moment while
        something is being done."""
        if self._child is not None:
            self._look(self._child)
            return True
        if not (self._config.private / proposals.FILES.folder).is_dir():
            return False
        for one in proposals.every(self._config):
            if one.state in (AGREED, DOING) and self._is_free(one):
                self._begin(one)
                return True
        return False

    def _is_free(self, one: Proposal) -> bool:
        """Whether nobody does it: the child of a desk that was killed may still be at work."""
        with safeio.locked(proposals.lock(self._config, one.id), blocking=False) as mine:
            return mine

    def _begin(self, one: Proposal) -> None:
        if one.tries >= _TRIES:
            self._fail(one.id, _CUT)
            return
        point("operating.before-deed")
        here = {"SOLICOMM_HUB": str(self._config.root), "SOLICOMM_OPERATOR": ""}
        self._id, self._tries = one.id, one.tries
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _look
        self._child = subprocess.Popen(
            [sys.executable, "-m", "solicomm_build.cli.main", *one.words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            env={**os.environ, **here, second.AGREED: one.id},
        )

    def _look(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            time.sleep(_LOOK)
            return
        assert self._said is not None  # noqa: S101 - both are set together
        self._said.seek(0)
        said = self._said.read(65_536).decode("utf-8", "replace")
        self._said.close()
        self._child = self._said = None
        if child.returncode >= 0:
            self._fail(self._id, _reason(said, child.returncode))
        else:  # killed: begun anew
            self._count(self._id)

    def _count(self, identifier: str) -> None:
        """One that was killed before it could say that it began is counted all the same."""
        with changing(self._config):
            one = proposals.find(self._config, identifier)
            if one is not None and one.state in (AGREED, DOING) and one.tries == self._tries:
                proposals.put(self._config, replace(one, tries=one.tries + 1))

    def _fail(self, identifier: str, why: str) -> None:
        """It was not done, unless it says itself that it was."""
        with changing(self._config):
            one = proposals.find(self._config, identifier)
            if one is not None and one.state in (AGREED, DOING):
                proposals.put(self._config, replace(one, state=FAILED, said=why))


def _reason(said: str, code: int) -> str:
    """The last line that the command wrote."""
    lines = [line for line in said.splitlines() if line.strip()]
    last = lines[-1].removeprefix("solicomm: ") if lines else f"the command ended with {code}"
    return one_line(last, 500)
