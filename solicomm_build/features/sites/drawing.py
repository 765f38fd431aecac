"""One page of a site as it will be, before it is saved: what the web asks and the builder answers.

    web ─→ state/drawing/<id>.json, and rings ─→ builder ─→ previews/drawn/<id>/ ─→ web

The builder has the site's templates warm and renders in a child with limits, as it does all pages
(rendering/drawing.py). Both files are caches: they are swept after minutes, and without a builder
there is no answer. Nothing here has an address of its own: only the editor who asked is shown it
(studio/seeing.py).
"""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.hub.config import Config

_ID = re.compile(r"[0-9a-f]{32}")
_STEP = 0.04  # seconds between two looks
KEPT = 600.0
"""Seconds that what was drawn is kept."""
DONE = "done.json"


@dataclass(frozen=True, slots=True)
class Ask:
    """A file of a site as it shall be: a text, or `site.yaml`."""

    union: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: the page's address on the site, its file and that of its style sheet; `fault`
    says why there is none."""

    union: str
    url: str = ""
    page: str = ""
    css: str = ""
    fault: str = ""


def draw(config: Config, ask: Ask, patience: float) -> tuple[str, Drawn] | None:
    """Has a page drawn: its id, and what became of it; None when the builder does not hear, or not
    within so many seconds. Blocking."""
    name = secrets.token_hex(16)
    folder = asks(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    safeio.write_atomic(path, json.dumps(asdict(ask)).encode(), durable=False)
    heard = of_builder(config.state).is_heard()
    end = time.monotonic() + patience
    while heard and time.monotonic() < end:
        drawn = find(config, name)
        if drawn is not None:
            return name, drawn
        time.sleep(_STEP)
    path.unlink(missing_ok=True)
    return None


def find(config: Config, name: str) -> Drawn | None:
    """What was drawn under an id; None when there is nothing, or not yet."""
    if not _ID.fullmatch(name):
        return None
    try:
        return Drawn(**json.loads((place(config, name) / DONE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def asks(config: Config) -> Path:
    """Where it is asked."""
    return config.state / "drawing"


def place(config: Config, name: str) -> Path:
    """Where it is answered."""
    return config.previews / "drawn" / name
