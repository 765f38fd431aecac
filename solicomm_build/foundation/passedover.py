"""What is no message and is passed over: `<stage>-<digest>.item` in the quarantine, JSON.

    {"item": "post:organising/…", "reason": "It held …"}

A stage passes an item over as long as its file is there; `"seen": true` takes it from the lists
that operators get. Foundation; imports safeio.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from solicomm_build.foundation.safeio import write_atomic

ITEM = ".item"


def remember(folder: Path, stage: str, item: str, reason: str) -> None:
    """Has an item passed over, durable on return; safe to call twice."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256(item.encode("utf-8", "replace")).hexdigest()[:12]
    data = json.dumps({"item": item, "reason": reason}).encode()
    write_atomic(folder / f"{stage}-{digest}{ITEM}", data, mode=0o600)


def names(folder: Path, stage: str) -> frozenset[str]:
    """What a stage passes over. Raises FileNotFoundError where there is no such folder."""
    names = (name for name in os.listdir(folder) if name.endswith(ITEM))
    ours = (folder / name for name in names if name.startswith(f"{stage}-"))
    return frozenset(filter(None, (str(facts(path).get("item", "")) for path in ours)))


def tell_no_more(path: Path) -> None:
    """Takes an item from the lists; it is passed over for good. Durable on return."""
    write_atomic(path, json.dumps(facts(path) | {"seen": True}).encode(), mode=0o600)


def facts(path: Path) -> dict[str, Any]:
    """What a file says; nothing when it is gone or damaged."""
    with contextlib.suppress(OSError, ValueError):
        said = json.loads(path.read_bytes())
        if isinstance(said, dict):
            return said
    return {}
