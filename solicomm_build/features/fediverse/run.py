"""The stage `fediverse`: looks what is new on the pages of conferences that may be followed, and
tells those who follow. Read this first.

It begins after the builder and waits for nobody: mail and pages never wait for it. Killed anywhere
it goes on from what `private/fediverse.sqlite` says; what was handed over and not yet noted is
handed over again, under the same id, by which other servers know it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping

from solicomm_build.features.fediverse import shown
from solicomm_build.features.fediverse.bells import bell_of
from solicomm_build.features.fediverse.delivering import Delivering
from solicomm_build.features.fediverse.telling import Telling
from solicomm_build.features.fediverse.ties import Ties
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.git.repo import open_repo
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import placesettings

_LOOK = 5.0  # seconds between looks when nobody rings: what waits for a silent server is due
_SOON = 0.05  # while there is more
_FAULTS = (OSError, sqlite3.Error, SoliCommError)  # of a disk, a file or a key
_BEHIND = 0.5  # while the builder has not shown yet what was committed


def fediverse(
    config: Config,
    *,
    once: bool = False,
    stop: Callable[[], bool] | None = None,
    log: MailLog,
) -> None:
    """Tells those who follow until `stop()`, whatever goes wrong; with `once`, what is due now.
    Blocking."""
    stop = stop or (lambda: False)
    bell, work, said = bell_of(config), Work(config, log, stop), ""
    try:
        if not once:
            bell.listen()
        while not stop():
            try:
                more, said = work.run(), ""
            except _FAULTS as error:
                if once:
                    raise
                if said != str(error):
                    log.event("fediverse-failed", reason=str(error))
                more, said = False, str(error)
            if once and not more:
                return
            if once:
                time.sleep(_SOON)
            else:
                bell.wait(_SOON if more else _BEHIND if work.is_behind else _LOOK)
    finally:
        work.close()
        bell.close()


class Work:
    """The rounds of one hub; `is_behind` says that the pages do not show everything yet. Not for
    several threads. Close it."""

    def __init__(
        self, config: Config, log: MailLog, stop: Callable[[], bool] = lambda: False
    ) -> None:
        self._config, self._log = config, log
        self._settings = placesettings.conferences(config)
        self._ties = Ties(config)
        self._telling = Telling(config, self._ties)
        self._delivering = Delivering(config, self._ties, log, stop)
        self._seen: dict[str, object] = {}
        self._told = ""
        self.is_behind = False

    def run(self) -> bool:
        """One round; whether more waits. What goes wrong as it looks is logged once, and tried
        again. While the settings name no conference, nobody is told anything but that one which was
        offered before is not for everybody any more. Raises OSError, sqlite3.Error or
        SoliCommError where nothing can be handed over, as without the key."""
        is_on = bool(self._config.activitypub.conferences)
        try:
            more = self._look() if is_on else self._end_all()
            self._told = ""
        except _FAULTS as error:
            if self._told != str(error):
                self._log.event("fediverse-failed", reason=str(error))
            self._told, more = str(error), False
        return self._delivering.round(ends_only=not is_on) > 0 or more

    def close(self) -> None:
        """Ends what it began."""
        self._delivering.close()
        self._ties.close()

    def _end_all(self) -> bool:
        self._withdraw_hidden(self._settings.now())
        return False

    def _look(self) -> bool:
        """Looks at each conference; one that cannot be read, or told of, holds no other. Raises the
        first such fault when all were looked at."""
        settings = self._settings.now()
        self._withdraw_hidden(settings)
        more = self.is_behind = False
        fault: Exception | None = None
        with shown.opened(self._config) as db:
            for name in shown.offered(self._config, settings) if db is not None else ():
                try:
                    more = (db is not None and self._tell(db, name)) or more
                except _FAULTS as error:
                    self._seen.pop(name, None)
                    fault = fault or error
        if fault is not None:
            raise fault
        return more

    def _tell(self, db: sqlite3.Connection, name: str) -> bool:
        """What is new of a conference; whether more waits."""
        if not self._is_new(name) or not self._is_ready(db, name):
            return False
        waits = self._telling.look(db, name, clock.now())
        if waits:
            self._seen.pop(name)
        return waits

    def _is_new(self, name: str) -> bool:
        """Whether a conference moved since the last look."""
        tip = open_repo(self._config.conference_repo(name)).ref()
        if self._seen.get(name) == tip:
            return False
        self._seen[name] = tip
        return True

    def _is_ready(self, db: sqlite3.Connection, name: str) -> bool:
        """Whether the builder has read it; else it is looked at again."""
        if shown.is_current(self._config, db, name):
            return True
        self._seen.pop(name, None)
        self.is_behind = True
        return False

    def _withdraw_hidden(self, settings: Mapping[str, Conference]) -> None:
        """Conferences that were offered and that not everybody may read any more."""
        for name in self._ties.offered():
            one = settings.get(name)
            is_here = self._config.conference_repo(name).exists()
            if (one is None and is_here) or (one is not None and one.visibility == "public"):
                continue  # faulty settings, or merely not offered at the moment
            self._telling.withdraw(name, clock.now())
            self._seen.pop(name, None)
            self._log.event("fediverse-withdrawn", conference=name)
