"""What was decided about held mail in the last days, for a server that is asked at each look.

The history of mail.git is read whole once, and from then on only what came since (decidedmail.py
says what counts). What a decision was about is read for the few that are shown. Reads only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.post import decision
from solicomm_build.post.cells import hubmail
from solicomm_build.post.decision import Decision
from solicomm_build.post.held import decidedmail
from solicomm_build.post.held.decidedmail import Decided, Key


class Lately:
    """Answers for one hub, so far back. Blocking; safe for several threads."""

    def __init__(self, config: Config, back: timedelta = decision.UNDO) -> None:
        self._config, self._back = config, back
        self._lock = threading.Lock()
        self._tips: dict[int, Oid] = {}
        self._made: dict[Key, Decision] = {}
        self._shown: dict[Key, Decided] = {}

    def of(self, wanted: Callable[[str], bool], most: int, by: str = "") -> list[Decided]:
        """The newest decisions, at most so many, as `decidedmail.lately` gives them; `by` whom, if
        that matters."""
        since = self._since()
        with self._lock:
            repos = self._follow()
            rows = [
                (made.at, key)
                for key, made in self._made.items()
                if made.at >= since and by in ("", made.by) and wanted(key[0])
            ]
            keys = [key for _, key in sorted(rows, reverse=True)[:most]]
            self._read(repos, {key: self._made[key] for key in keys if key not in self._shown})
            return [self._shown[key] for key in keys if key in self._shown]

    def is_there(self, conference: str, mid: PostId) -> bool:
        """Whether a decision about this message can be taken back."""
        with self._lock:
            self._follow()
            found = self._made.get((conference, mid))
        return found is not None and found.at >= self._since()

    def _follow(self) -> dict[int, Repo]:
        """Takes in what came since the last look."""
        repos = hubmail.repos(self._config)
        for cell, repo in repos.items():
            tip = repo.ref()
            if tip is not None and tip != self._tips.get(cell):
                self._take(cell, repo, tip)
        return repos

    def _take(self, cell: int, repo: Repo, tip: Oid) -> None:
        since = self._since()
        try:
            found = decidedmail.touched(repo, tip, self._tips.get(cell), since)
        except StoreError:  # something was erased, and the commit with it
            gone = {key for key in self._made if self._is_in(key, cell)}
            self._made = {key: one for key, one in self._made.items() if key not in gone}
            self._shown = {key: one for key, one in self._shown.items() if key not in gone}
            found = decidedmail.touched(repo, tip, None, since)
        touched = {key for key in found if self._is_in(key, cell)}
        with closing(Reader(repo)) as reader:
            fresh = decidedmail.standing(reader, tip, touched)
        for key in touched:
            self._shown.pop(key, None)
        kept = {key: one for key, one in self._made.items() if key not in touched} | fresh
        self._made = {key: one for key, one in kept.items() if one.at >= since}
        self._shown = {key: one for key, one in self._shown.items() if key in self._made}
        self._tips[cell] = tip

    def _is_in(self, key: Key, cell: int) -> bool:
        return decidedmail.is_in(self._config, key[0], cell)

    def _read(self, repos: dict[int, Repo], made: dict[Key, Decision]) -> None:
        for cell, tip in self._tips.items() if made else ():
            here = {key: one for key, one in made.items() if self._is_in(key, cell)}
            if cell not in repos or not here:
                continue
            with closing(Reader(repos[cell])) as reader:
                for one in decidedmail.decided(repos[cell], reader, tip, here):
                    self._shown[one.held.conference, one.held.mid] = one

    def _since(self) -> datetime:
        return clock.now() - self._back
