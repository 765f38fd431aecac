"""What is kept of the newest offer of each hub, in a file of JSON for each conference below
`private/network`. What cannot be read is as none: the next look at a hub brings it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

Kept = TypeVar("Kept")


def read(config: Config, kind: str, name: str, made: Callable[..., Kept]) -> dict[str, Kept]:
    """By hub, what a conference's file of this kind says, each `made` of its facts."""
    try:
        found = json.loads(_path(config, kind, name).read_bytes())
        return {hub: made(**one) for hub, one in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(config: Config, kind: str, name: str, found: Mapping[str, Any]) -> None:
    """Keeps it, dataclasses by hub; durable on return. Raises OSError."""
    path = _path(config, kind, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = json.dumps({hub: asdict(one) for hub, one in sorted(found.items())}).encode()
    safeio.write_atomic(path, data, mode=0o600)


def _path(config: Config, kind: str, name: str) -> Path:
    return peering.folder(config) / kind / f"{name}.json"
