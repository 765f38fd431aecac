"""Makes a package of a conference for members: `sealed/<16 hex digits>/` on the stick.

Each writing makes a new one, with a new key, new words and new names: whoever compares two sticks
learns nothing of what stayed the same. Nothing of it is kept at the hub.
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solicomm_build.features.pocket.sealed import gathering, leaves, sealing
from solicomm_build.features.pocket.sealed.files import Files
from solicomm_build.features.pocket.sealed.texts import Texts, Where
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import StoreError
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

    @property
    def octets(self) -> int:
        """How large it is, without its page."""
        return sum(path.stat().st_size for path in self.files.values())


def make(config: Config, conference: str, work: Path, progress: Progress) -> Package:
    """Seals a conference; the files lie below `work` until they are brought to the stick, and
    hold nothing in clear. Raises UsageError, StoreError. Blocking."""
    with gathering.inside(config, conference) as inside:
        made = _Making(config, conference, work)
        about, rows = inside.about, []
        files, texts = Files(inside.blob, made.put_octets), Texts(made.put)
        topics = gathering.topics(inside)
        for number, topic in enumerate(topics):
            pages = list[str]()
            for leaf in gathering.leaves(inside, topic):
                where = Where(number, len(pages), topic.title, about.lang)
                for post in leaf.posts:
                    texts.add(where, post)
                pages.append(made.put(leaves.page(about, config.url, leaf, files)))
            rows.append(leaves.row(about.lang, topic, pages))
            progress(number + 1, len(topics))
        texts.end()
        made.index(
            {
                "title": about.title,
                "lang": about.lang,
                "dir": i18n.direction(about.lang),
                "at": i18n.format_datetime(about.lang, clock.now()),
                "topics": rows,
                "texts": texts.names,
            }
        )
        return made.done()


class _Making:
    """One package while it is made."""

    def __init__(self, config: Config, conference: str, work: Path) -> None:
        self._config, self._conference, self._work = config, conference, work
        self._epoch, self._key = secrets.token_hex(8), sealing.new_key()
        self._index = ""
        self._files = dict[str, Path]()

    def put(self, value: Mapping[str, Any]) -> str:
        """Seals a page; its name."""
        return self.put_octets(_encoded(value))

    def put_octets(self, text: bytes) -> str:
        """Seals some octets; their name. Raises StoreError where the disk could fall below what
        mail needs."""
        page = secrets.token_hex(8)
        about = "\n".join((sealing.SCHEMA, self._conference, self._epoch, page)).encode()
        octets = sealing.sealed(self._key, text, about)
        self._look_for_room(len(octets))
        coded = base64.b64encode(octets).decode("ascii")
        self._write(f"p/{page}.js", f'solicommSealed("{page}","{coded}");\n')
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

    def _look_for_room(self, octets: int) -> None:
        usage = shutil.disk_usage(self._config.root)
        if usage.free - 2 * octets < usage.total * self._config.limits.free_disk_percent // 100:
            raise StoreError(
                f"conferences/{self._conference} cannot be sealed: what is sealed lies on the disk "
                "of the hub until it is on the stick, and mail needs the rest of it. Make room"
            )

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
