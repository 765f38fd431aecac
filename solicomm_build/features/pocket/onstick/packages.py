"""Which packages a stick has: the names that the pages of the small hub are made for. A name is a
random one and says nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

_FILE = "sealed.json"


def note(small: Config, names: Sequence[str]) -> None:
    """These, and no others, from now on."""
    small.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(small.state / _FILE, json.dumps(sorted(names)).encode())


def names(small: Config) -> list[str]:
    """Their names."""
    path = small.state / _FILE
    found: list[str] = json.loads(path.read_bytes()) if path.exists() else []
    return found
