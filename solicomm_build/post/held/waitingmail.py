"""What waits for moderators, for processes that look again and again: read anew only when something
was held, proved or decided."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post.held.heldmail import since
from solicomm_build.post.store.mailstore import MailStore

_TREES = ("held", "decisions", "proofs")


class WaitingMail:
    """The queue of one hub. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._tip: Oid | None = None
        self._trees: tuple[Oid | None, ...] = ()
        self._queue: list[tuple[datetime, str, str]] = []

    def of(self, wanted: Callable[[str], bool]) -> list[tuple[str, PostId]]:
        """(conference, mid) of what waits in the conferences wanted, oldest first."""
        with self._lock:
            repo = open_repo(self._config.mail_repo)
            tip = repo.ref()
            if tip is not None and tip != self._tip:
                with Reader(repo) as reader:
                    trees = tuple(reader.oid_at(tip, name) for name in _TREES)
                if trees != self._trees:
                    self._queue, self._trees = self._read(), trees
                self._tip = tip
            return [(name, PostId(mid)) for _, mid, name in self._queue if wanted(name)]

    def _read(self) -> list[tuple[datetime, str, str]]:
        store = MailStore(open_repo(self._config.mail_repo))
        try:
            return sorted(
                (since(one.facts), one.mid, one.conference)
                for one in store.held()
                if store.decision(one.conference, one.mid) is None
                and not store.is_proved(one.conference, one.mid)
            )
        finally:
            store.close()
