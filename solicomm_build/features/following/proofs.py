"""How far the authors of posts were proved when these came in: read from the verdicts that ingest
notes in mail.git (ingest/judging.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Oid
from solicomm_build.message.auth.levels import PROVEN
from solicomm_build.post.cells.hubmail import HubMail

_LINE = re.compile(r"\S+ \S+ ([a-z0-9-]+/[a-z2-7]{32}) .*\blevel=(\w+)( .*)?")
_RECENT = timedelta(hours=1)
_MOST = 10_000


class Proofs:
    """What the log says, followed as it grows. Not for several threads. Blocking."""

    def __init__(self, mail: HubMail) -> None:
        self._mail = mail
        self._seen: dict[int, Oid | None] = {}
        self._proved: dict[str, bool] = {}

    def is_proved(self, conference: str, mid: str) -> bool:
        """Whether it was proved who wrote a post, then or since; False where nothing is known."""
        name = f"{conference}/{mid}"
        self._follow()
        if name not in self._proved:  # held for long, or before this process began
            self._take(self._mail.verdicts(about=name))
        return self._proved.get(name, False)

    def _follow(self) -> None:
        tips = self._mail.tips()
        if tips == self._seen:
            return
        if self._mail.goes_on(self._seen):
            self._take(self._mail.verdicts(after=self._seen))
        else:  # the first look, or an erasure wrote the history anew
            self._take(self._mail.verdicts(clock.now() - _RECENT))
        self._seen = tips

    def _take(self, verdicts: Iterable[tuple[datetime, str]]) -> None:
        if len(self._proved) > _MOST:
            self._proved.clear()
        for _, line in verdicts:
            if match := _LINE.match(line):
                proved = match[2] in PROVEN and "also=fed" not in line
                self._proved[match[1]] = self._proved.get(match[1], False) or proved
