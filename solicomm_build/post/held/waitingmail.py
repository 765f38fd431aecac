"""What waits for moderators, for processes that look again and again: read anew only when something
was held, proved or decided."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.post.cells import hubmail
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.held.heldmail import since

_TREES = ("held", "decisions", "proofs")


class WaitingMail:
    """The queue of one hub. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._tips: dict[int, Oid | None] = {}
        self._trees: dict[int, tuple[Oid | None, ...]] = {}
        self._queue: list[tuple[datetime, str, str]] = []

    def of(self, wanted: Callable[[str], bool]) -> list[tuple[str, PostId]]:
        """(conference, mid) of what waits in the conferences wanted, oldest first."""
        with self._lock:
            repos = hubmail.repos(self._config)
            tips = {cell: repo.ref() for cell, repo in repos.items()}
            if tips != self._tips:
                trees = {cell: self._of(repos[cell], tip) for cell, tip in tips.items()}
                if trees != self._trees:
                    self._queue, self._trees = self._read(), trees
                self._tips = tips
            return [(name, PostId(mid)) for _, mid, name in self._queue if wanted(name)]

    def _of(self, repo: Repo, tip: Oid | None) -> tuple[Oid | None, ...]:
        if tip is None:
            return ()
        with Reader(repo) as reader:
            return tuple(reader.oid_at(tip, name) for name in _TREES)

    def _read(self) -> list[tuple[datetime, str, str]]:
        store = HubMail(self._config)
        try:
            every = store.undecided()
            return sorted((since(one.facts), one.mid, one.conference) for one in every)
        finally:
            store.close()
