"""`private/site-drafts/<union>/<id>.json`: what editors sent by mail and did not publish yet.

One file a draft: the text, the pictures (made anew), where it shall lie. Its id is made of the mail
that it came with, so that a mail that is taken twice makes one draft. Nobody but the hub reads it;
the token in the editor's mail publishes it. After `KEPT` it goes. Atomic writes, no lock: one desk.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub.config import Config

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Draft:
    """`path` is where the text shall lie, `base` the blob it was made of (empty: a new file);
    `pictures` are paths below media/ with base64."""

    union: str
    path: str
    text: str
    base: str = ""
    pictures: tuple[tuple[str, str], ...] = ()

    def with_text(self, text: str) -> Draft:
        """The same with another text."""
        return replace(self, text=text)

    def files(self) -> list[tuple[str, bytes]]:
        """The pictures as files of the site."""
        return [(path, base64.b64decode(coded)) for path, coded in self.pictures]


def coded(pictures: list[tuple[str, bytes]]) -> tuple[tuple[str, str], ...]:
    """Pictures as a draft holds them."""
    return tuple((path, base64.b64encode(octets).decode("ascii")) for path, octets in pictures)


def identifier(cause: str) -> str:
    """The id of the draft that a mail makes."""
    return hashlib.sha256(cause.encode("utf-8", "replace")).hexdigest()[:24]


def put(config: Config, name: str, draft: Draft) -> None:
    """Keeps a draft, durable on return, and lets go of those that are too old."""
    folder = _folder(config, draft.union)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(folder / f"{name}.json", json.dumps(asdict(draft)).encode(), mode=0o600)
    oldest = clock.timestamp() - KEPT.total_seconds()
    for path in folder.glob("*.json"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def get(config: Config, union: str, name: str) -> Draft | None:
    """A draft; None when it went or never was."""
    try:
        facts = json.loads((_folder(config, union) / f"{name}.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    pictures = tuple((path, octets) for path, octets in facts.pop("pictures"))
    return Draft(**facts, pictures=pictures)


def forget(config: Config, union: str, name: str) -> None:
    """Lets a draft go."""
    (_folder(config, union) / f"{name}.json").unlink(missing_ok=True)


def _folder(config: Config, union: str) -> Path:
    return config.private / "site-drafts" / union
