"""What fails beside a stage and does not stop it: `state/hindered/<name>.json`, told by health.py.

Written when the first thing failed, gone when all that failed was done. Foundation; imports safeio.
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from pathlib import Path

from solicomm_build.foundation import safeio

FOLDER = "hindered"
"""Below the hub's `state`."""


def begin(state: Path, name: str, at: datetime) -> None:
    """`name` fails from this moment (UTC) on; what is known already stays."""
    path = _path(state, name)
    if path.exists():
        return
    with contextlib.suppress(OSError):  # a full disk is said elsewhere, and must not hold mail
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"since": at.strftime("%Y-%m-%d %H:%M")})
        safeio.write_atomic(path, text.encode("ascii"), durable=False)


def end(state: Path, name: str) -> None:
    """All is done again."""
    with contextlib.suppress(OSError):
        _path(state, name).unlink()


def troubles(state: Path) -> list[str]:
    """What fails, a line each, without a name of a list or of anybody. Raises OSError when this
    user may not look."""
    return [
        f"{path.stem} has failed since {_since(path)} UTC (`companion-failed` in state/mail.log"
        " says why): mail goes out without it, and what it has to do is done later"
        for path in sorted((state / FOLDER).glob("*.json"))
    ]


def _since(path: Path) -> str:
    try:
        return str(json.loads(path.read_text("ascii"))["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return "some time"


def _path(state: Path, name: str) -> Path:
    return state / FOLDER / f"{name}.json"
