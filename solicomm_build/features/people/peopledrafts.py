"""`private/people-drafts/<id>.json`: what waits for somebody's yes: cards that were filled in and
not agreed to, and mail to people of the directory whose sender was asked whether he wrote it.

One file each, of mode 0600; its name is made of the mail it came with, so that a mail that is taken
twice makes one. After `KEPT` it goes. `number` or `address` say whose it is, for erasures. Atomic
writes, no lock: one desk.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key

KEPT = timedelta(days=7)


def identifier(cause: str) -> str:
    """The name of the draft that a mail makes."""
    return hashlib.sha256(cause.encode("utf-8", "replace")).hexdigest()[:24]


def put(config: Config, name: str, facts: Mapping[str, Any]) -> None:
    """Keeps a draft, durable on return, and lets go of those that are too old."""
    folder = _folder(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(folder / f"{name}.json", json.dumps(dict(facts)).encode(), mode=0o600)
    oldest = clock.timestamp() - KEPT.total_seconds()
    for path in folder.glob("*.json"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def get(config: Config, name: str) -> dict[str, Any] | None:
    """A draft; None when it went or never was."""
    try:
        found: dict[str, Any] = json.loads((_folder(config) / f"{name}.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found


def forget(config: Config, name: str) -> None:
    """Lets a draft go."""
    (_folder(config) / f"{name}.json").unlink(missing_ok=True)


def of(config: Config, number: int | None, address: str) -> Iterator[Path]:
    """The drafts of a member, or that name an address."""
    for path in sorted(_folder(config).glob("*.json")):
        facts = get(config, path.stem) or {}
        mine = number is not None and facts.get("number") == number
        if mine or (address and key(str(facts.get("address", ""))) == key(address)):
            yield path


def _folder(config: Config) -> Path:
    return config.private / "people-drafts"
