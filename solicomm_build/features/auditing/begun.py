"""Commands that were begun: one that is killed is written down, too, since half of it may be done.

    state/audit/<time>-<pid>.json   {"at", "who", "words"}, as an act (people/operators/acts.py)

The file goes when the command ends, however it does. The command holds a lock on it, which the
kernel frees with the process: a file that nobody holds is of one that was killed, and becomes an
act when the log is written or shown the next time.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from solicomm_build.cli import owner
from solicomm_build.features.auditing import wording
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.people.operators import acts
from solicomm_build.people.operators.acts import Act

_FOLDER = "audit"


@contextlib.contextmanager
def noted(root: Path, words: Sequence[str]) -> Iterator[None]:
    """Within, a command is one that was begun. Where that cannot be noted it works all the same.
    What the keyboard interrupts is as good as killed."""
    now = clock.now()
    path = _folder(root) / f"{now:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.json"
    with contextlib.suppress(SoliCommError, OSError):
        act = Act(now, owner.doer(), tuple(wording.kept(root, words)))
        owner.by_owner(root, lambda: _written(path, act))
    with safeio.holding(path):
        try:
            yield
        except KeyboardInterrupt:
            raise
        except BaseException:
            _forget(path)
            raise
        _forget(path)


def settle(root: Path) -> None:
    """Writes down the commands that were killed. By the hub's owner; durable on return, safe to do
    again. Raises StoreError."""
    for path in sorted(_folder(root).glob("*.json")):
        with safeio.holding(path) as is_ours:
            if not is_ours:
                continue
            with contextlib.suppress(ContentError):
                act = replace(acts.decode(path.read_bytes(), path.name), killed=True)
                acts.write(root, act, source="cli", once=path.name)
            _forget(path)


def _folder(root: Path) -> Path:
    return root / "state" / _FOLDER


def _written(path: Path, act: Act) -> dict[str, str]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(path, acts.encode(act), durable=False, mode=0o600)
    return {}


def _forget(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
