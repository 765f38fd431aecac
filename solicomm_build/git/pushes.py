"""`private/pushes.jsonl`: one line for each branch that a push moved.

When, who, by which grant, which repository and branch, from which commit to which. Appended under a
lock; only an erasure rewrites it. Light to import: the hooks are started for every push.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config

PUSHES = "pushes.jsonl"
_WHO = re.compile(r'("person": )("(?:[^"\\\n]|\\.)*")')
"""As it is written; also in a line that was cut short, or that another was written behind."""
_TAIL = 512 * 1024  # octets: 2,000 pushes, more than all sites may have in an hour on a small hub


def note_pushes(config: Config, rows: Sequence[dict[str, str]]) -> None:
    """Adds lines to `private/pushes.jsonl`, durable on return."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path = config.private / PUSHES
    with safeio.locked(path.with_name(".pushes.lock")):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            view = memoryview(_gap(fd) + "".join(lines).encode())
            while view:
                view = view[os.write(fd, view) :]
            os.fsync(fd)
        finally:
            os.close(fd)


def _gap(fd: int) -> bytes:
    """What ends a line that was cut short, as on a full disk."""
    size = os.fstat(fd).st_size
    return b"" if not size or os.pread(fd, 1, size - 1) == b"\n" else b"\n"


def forget(config: Config, is_gone: Callable[[str], bool]) -> int:
    """Takes away who pushed from the lines of whom `is_gone` knows; how many lines that were.
    Durable on return, safe to call twice."""
    path, count = config.private / PUSHES, 0

    def without(found: re.Match[str]) -> str:
        nonlocal count
        with contextlib.suppress(ValueError):
            if (who := json.loads(found[2])) and is_gone(str(who)):
                count += 1
                return f'{found[1]}""'
        return found[0]

    with safeio.locked(path.with_name(".pushes.lock")):
        octets = path.read_bytes() if path.exists() else b""
        text = _WHO.sub(without, octets.decode("utf-8", "surrogateescape"))
        if count:
            safeio.write_atomic(path, text.encode("utf-8", "surrogateescape"), mode=0o600)
    return count


def recent_pushes(config: Config, repository: str, since: datetime) -> int:
    """How many pushes by grants moved branches of a repository since then, by the log's end; not
    those that a clock dated which was ahead."""
    try:
        with (config.private / PUSHES).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL))
            lines = log.read().splitlines()
    except FileNotFoundError:
        return 0
    found, first = set(), since.isoformat(timespec="seconds")
    last = (clock.now() + clock.FAST).isoformat(timespec="seconds")
    for line in lines:
        with contextlib.suppress(ValueError, KeyError):  # the first one may be cut
            row = json.loads(line)
            if row["repo"] == repository and first <= row["at"] <= last and row["grant"]:
                found.add((row["at"], row["grant"], row["ref"], row["new"]))
    return len(found)
