"""What was removed from a hub and can come back: `private/removed`.

    private/removed/<conferences|libraries|unions>/<name>/<name>.git, removed.json
    private/removed/people/<number>/removed.json

Foundation; imports config and safeio. A name stays taken as long as it lies here: a new place of
that name would get the old one's members and mail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

KEPT = timedelta(days=30)
_FILE = "removed.json"


@dataclass(frozen=True, slots=True)
class Removed:
    """One thing: its `kind` (conferences, libraries, unions, people), its name, when it was
    removed, and what else is needed to bring it back."""

    kind: str
    name: str
    at: datetime
    more: dict[str, Any] = field(default_factory=dict)


def folder(config: Config, kind: str, name: str) -> Path:
    """Where it lies."""
    return config.private / "removed" / kind / name


def repository(config: Config, kind: str, name: str) -> Path:
    """Its repository."""
    return folder(config, kind, name) / f"{name}.git"


def repositories(config: Config, kind: str) -> list[Path]:
    """All of a kind, by name."""
    return sorted((config.private / "removed" / kind).glob("*/*.git"))


def note(config: Config, one: Removed) -> None:
    """Writes down that something is to be removed, before it is; durable on return."""
    where = folder(config, one.kind, one.name)
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    octets = json.dumps({"at": one.at.isoformat(), "more": one.more}, ensure_ascii=False).encode()
    safeio.write_atomic(where / _FILE, octets + b"\n", mode=0o600)


def find(config: Config, kind: str, name: str) -> Removed | None:
    """What is known of one; None when nothing of that name was removed."""
    try:
        found = json.loads((folder(config, kind, name) / _FILE).read_bytes())
        return Removed(kind, name, datetime.fromisoformat(found["at"]), dict(found["more"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def every(config: Config) -> Iterator[Removed]:
    """All that can come back."""
    for path in sorted((config.private / "removed").glob(f"*/*/{_FILE}")):
        found = find(config, path.parent.parent.name, path.parent.name)
        if found is not None:
            yield found
