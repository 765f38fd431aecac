"""Named places where a test may pull the plug: kill -9 at a point, on the n-th pass.

`SOLICOMM_FAULT=<point>:<n>` in the environment kills this process (SIGKILL, so no clean-up runs)
when it passes `point` for the n-th time. Without the variable a point costs one dictionary look-up.
Every place where a crash leaves two facts out of step has a point, and a test that crashes there.
"""

from __future__ import annotations

import os
import re
import signal

_passed: dict[str, int] = {}


def point(name: str) -> None:
    """Passes the place called `name`; does not return when the plug is pulled here."""
    wanted = os.environ.get("SOLICOMM_FAULT")
    if not wanted:
        return
    where, _, count = wanted.partition(":")
    if where != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] >= int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)


def hold(stage: str, octets: bytes) -> None:
    """Never comes back, as a bad pattern does not, when `SOLICOMM_HOLD=<stage>:<word>` is in the
    environment and these octets hold the word."""
    wanted = os.environ.get("SOLICOMM_HOLD")
    if not wanted:
        return
    where, _, word = wanted.partition(":")
    if where == stage and word.encode() in octets:
        re.compile("(?:a|a)*b").match("a" * 64)
