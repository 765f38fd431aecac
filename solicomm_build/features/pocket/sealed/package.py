"""Makes a package of a conference for members: `sealed/<16 hex digits>/` on the stick.

Each writing makes a new one, with a new key, new words and new names: whoever compares two sticks
learns nothing of what stayed the same. Nothing of it is kept at the hub.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solicomm_build.features.pocket.sealed import gathering, leaves, sealing
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.hub.config import Config

FOLDER = "sealed"


Progress = Callable[[int, int], None]
"""How many topics are sealed, of how many."""


@dataclass(frozen=True, slots=True)
class Package:
    """What was made: which conference, the folder's name below `sealed/`, the words that open it,
    and its files by their paths on the stick."""

    conference: str
    name: str
    words: str
    files: Mapping[str, Path]


def make(config: Config, conference: str, work: Path, progress: Progress) -> Package:
    """Seals a conference; the files lie below `work` until they are brought to the stick, and
    hold nothing in clear. Raises UsageError, StoreError. Blocking."""
    with gathering.inside(config, conference) as inside:
        made = _Making(conference, work)
        about, rows = inside.about, []
        topics = gathering.topics(inside)
        for number, topic in enumerate(topics):
            pages = [
                made.put({"html": leaves.html(about, config.url, leaf)})
                for leaf in gathering.leaves(inside, topic)
            ]
            rows.append(leaves.row(about.lang, topic, pages))
            progress(number + 1, len(topics))
        made.index(
            {
                "title": about.title,
                "lang": about.lang,
                "dir": i18n.direction(about.lang),
                "at": i18n.format_datetime(about.lang, clock.now()),
                "topics": rows,
            }
        )
        return made.done()


class _Making:
    """One package while it is made."""

    def __init__(self, conference: str, work: Path) -> None:
        self._conference, self._work = conference, work
        self._epoch, self._key = secrets.token_hex(8), sealing.new_key()
        self._index = ""
        self._files = dict[str, Path]()

    def put(self, value: Mapping[str, Any]) -> str:
        """Seals a page; its name."""
        page = secrets.token_hex(8)
        about = "\n".join((sealing.SCHEMA, self._conference, self._epoch, page)).encode()
        octets = sealing.sealed(self._key, _encoded(value), about)
        text = base64.b64encode(octets).decode("ascii")
        self._write(f"p/{page}.js", f'solicommSealed("{page}","{text}");\n')
        return page

    def index(self, value: Mapping[str, Any]) -> None:
        """Seals the list of topics."""
        self._index = self.put(value)

    def done(self) -> Package:
        """Wraps the key."""
        words, salt = sealing.new_words(), sealing.new_salt()
        inside = _encoded(
            {
                "key": base64.b64encode(self._key).decode("ascii"),
                "conference": self._conference,
                "index": self._index,
            }
        )
        about = f"{sealing.SCHEMA}\n{self._epoch}".encode()
        wrapped = sealing.sealed(sealing.from_words(words, salt), inside, about)
        keys = {
            "schema": sealing.SCHEMA,
            "epoch": self._epoch,
            "iterations": sealing.ITERATIONS,
            "salt": base64.b64encode(salt).decode("ascii"),
            "wrapped": base64.b64encode(wrapped).decode("ascii"),
        }
        self._write("keys.js", f"solicommSealedKeys({json.dumps(keys)});\n")
        return Package(self._conference, self._epoch, words, self._files)

    def _write(self, name: str, text: str) -> None:
        path = f"{FOLDER}/{self._epoch}/{name}"
        target = self._work / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "ascii")
        self._files[path] = target


def _encoded(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
