"""Waits until a post is on its page, for who has just written it.

Ingest, the builder and a moderator's desk go on by themselves; this looks at what they leave: the
page of the topic, and mail that is held. So nobody is sent to a page that does not show the post.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.post.cells import hubmail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.placesettings import PUBLIC

BOUND = 2.0
"""Seconds that somebody waits. Mostly it is a fifth of that."""
_LOOK = 0.01  # seconds between two looks at the page
_ASK = 0.15  # seconds between two looks at what is held


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a text: `shown` at `url`, `held` for somebody, or not seen `yet`."""

    what: Literal["shown", "held", "yet"]
    url: str = ""


class Showing:
    """Looks for posts of one hub. Close it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = asyncio.Lock()
        self._mail: dict[Path, Reader] = {}  # by the mail.git of its cell

    def close(self) -> None:
        """Ends the reading process."""
        for reader in self._mail.values():
            reader.close()
        self._mail.clear()

    async def until(
        self, conference: Conference, topic: str, mid: str, *, bound: float | None = None
    ) -> Outcome:
        """What became of a post within `bound` seconds, or BOUND."""
        bound = BOUND if bound is None else bound
        own, pages = self._pages(conference, topic, mid)
        start, asked = time.monotonic(), 0.0
        while (passed := time.monotonic() - start) < bound:
            if (found := pages.found()) is not None:
                return Outcome("shown", f"{own}{found}#{mid}")
            if passed - asked >= _ASK:
                asked = passed
                if await self._is_held(conference.id, mid):
                    return Outcome("held")
            await asyncio.sleep(_LOOK)
        return Outcome("yet")

    async def now(self, conference: Conference, topic: str, mid: str) -> str | None:
        """Where a post is shown already, however long ago it came; None where it is not."""
        own, pages = self._pages(conference, topic, mid)
        found = await asyncio.to_thread(pages.anywhere)
        return None if found is None else f"{own}{found}#{mid}"

    def _pages(self, conference: Conference, topic: str, mid: str) -> tuple[str, _Pages]:
        is_public = conference.visibility in PUBLIC
        root = self._config.public if is_public else self._config.member_pages
        own = f"/conferences/{conference.id}/t/{topic or mid}/"
        return own, _Pages(root / own.strip("/"), mid)

    async def _is_held(self, conference: str, mid: str) -> bool:
        async with self._lock:
            return await asyncio.to_thread(self._held, conference, mid)

    def _held(self, conference: str, mid: str) -> bool:
        repo = hubmail.repo_of(self._config, conference)
        reader = self._mail.get(repo.path)
        if reader is None:
            reader = self._mail[repo.path] = Reader(repo)
        return reader.oid_at(MAIN, f"held/{conference}/{mid}.json") is not None


class _Pages:
    """The pages of one topic, looked into when they are new."""

    def __init__(self, folder: Path, mid: str) -> None:
        self._folder, self._words = folder, f'<article id="{mid}"'.encode("ascii")
        self._seen: dict[Path, tuple[int, int]] = {}

    def found(self) -> str | None:
        """The page that shows the post, as its address goes on; None while none does."""
        return self._on("", *self._later()[-2:])

    def anywhere(self) -> str | None:
        """The same among all pages of the topic."""
        return self._on("", *self._later())

    def _on(self, *pages: str) -> str | None:
        for page in pages:
            path = self._folder / page / "index.html"
            try:
                stat = os.stat(path)
                mark = (stat.st_ino, stat.st_mtime_ns)
                if self._seen.get(path) != mark:
                    self._seen[path] = mark
                    if self._words in path.read_bytes():
                        return page
            except OSError:
                continue
        return None

    def _later(self) -> list[str]:
        """Its further pages; a new post stands on one of the last two."""
        try:
            numbers = sorted(int(one) for one in os.listdir(self._folder / "page") if one.isdigit())
        except OSError:
            return []
        return [f"page/{number}/" for number in numbers]
