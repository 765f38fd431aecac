"""Keeps this machine's copy of a hub where the owners of its cells have left it: stages here find
what others did, such as new members, new posts, and decisions about held mail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from solicomm_build.foundation.errors import NotKeptError, SoliCommError, StoreError
from solicomm_build.foundation.hub import liveness
from solicomm_build.foundation.hub.cluster import lease, nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica import machine, setaside
from solicomm_build.git.repo import Repo
from solicomm_build.post.store import erasing

_TICK = 0.2  # seconds between looks at the fences of this machine's own place, which are files
_ERASED = 30.0  # seconds between looks whether something was erased elsewhere


def follow(
    config: Config, *, stop: Callable[[], bool], ring: Callable[[], None], log: MailLog
) -> None:
    """Until it is asked to stop. `ring` is called when something is here that was not. Blocking."""
    mover, kept = machine.pair(config)
    known = config.state / lease.FOLDER / liveness.FOLLOWED
    told, roster, erased = "", _Roster(config), Erased(config, log)
    while not stop():
        try:
            moved, is_whole = machine.follow(config, mover, kept)
            if is_whole:
                erased.look()
            if is_whole and not known.exists():
                known.touch(mode=0o600)
            if moved:
                ring()
            told = ""
        except (NotKeptError, StoreError) as error:
            if told != error.public:  # once, not at every look
                log.event("not-followed", reason=error.public)
            told = error.public
        roster.look()
        time.sleep(_TICK)


class Erased:
    """Has this machine's own copy let go of what was erased on another, beside the following: to
    pack a large repository anew takes minutes."""

    def __init__(self, config: Config, log: MailLog) -> None:
        self._config, self._log = config, log
        self._due, self._at_it = 0.0, threading.Thread()

    def look(self) -> None:
        """As often as one likes."""
        if time.monotonic() >= self._due and not self._at_it.is_alive():
            self._due = time.monotonic() + _ERASED
            self._at_it = threading.Thread(target=self._let_go, name="erased", daemon=True)
            self._at_it.start()

    def _let_go(self) -> None:
        try:
            setaside.sweep(self._config)
            erasing.here(self._config)
        except (SoliCommError, OSError) as error:
            self._log.event("not-erased", reason=str(error))


class _Roster:
    """Says until when this machine's copy of the roster, and of who may push, is known to be no
    older than that on the machine with cell 0."""

    def __init__(self, config: Config) -> None:
        self._config, self._until = config, 0.0
        self._seen, self._is_enough = ("", ""), False

    def look(self) -> None:
        """As often as one likes: looks at two files while nothing happens."""
        said, until = nodes.published(self._config)
        seen = said, fences.people(self._config)
        if seen != self._seen:
            self._seen, self._is_enough = seen, self._has(*seen)
        until = until if self._is_enough else 0.0
        if until != self._until:
            nodes.confirm(self._config, until)
            self._until = until

    def _has(self, said: str, here: str) -> bool:
        """Whether the steps that are here are those, or came after them."""
        wanted = said.split()
        if said == here or len(wanted) != len(here.split()):
            return said == here
        places = zip(fences.of_people(self._config), wanted, here.split(), strict=True)
        try:
            return all(
                one in (there, "-")
                or Repo(path).succeeds("merge-base", "--is-ancestor", one, there)
                for path, one, there in places
            )
        except (StoreError, OSError):  # it is not here at all
            return False
