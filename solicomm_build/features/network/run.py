"""The stage `network`: signs what has grown, tells others, and looks at them.

It looks at each known hub every minute, sooner when that hub knocks, later and later when it is
not reached. A hub that knows no other only looks whether that has changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.network.carrying import inbox, knocking, packets, syncing
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.erasures import heeding
from solicomm_build.features.network.sharing import sayings
from solicomm_build.features.network.sharing.nights import Nights
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.safeio import locked

_REST = 2.0  # seconds between looks at our own logs when nobody rings
_GATHER = 0.5  # seconds: what is posted within is signed together
_EVERY = 60.0  # seconds between looks at a hub that answers
_APPLIED = 3600.0  # seconds between looks at what others said and what may be over
_LONGEST = 300.0  # at one that does not: its line may be there for some minutes a day


@dataclass(slots=True)
class _Turn:
    """When a hub is looked at again (time.monotonic), and how long we wait when it does not
    answer."""

    due: float = 0.0
    pause: float = _EVERY


def network(
    config: Config,
    *,
    once: bool = False,
    stop: Callable[[], bool] | None = None,
    on_commit: Callable[[], None] = lambda: None,
    log: MailLog,
) -> None:
    """Keeps up with other hubs until `stop()`, or for one round. `on_commit` is called when
    something came. Blocking."""
    stop = stop or (lambda: False)
    bell = knocking.bell_of(config)
    work = _Network(config, on_commit, log)
    try:
        bell.listen()
        while not stop():
            work.run()
            if once:
                return
            if bell.wait(_REST):
                time.sleep(_GATHER)
    finally:
        bell.close()


class _Network:
    """The rounds of one hub."""

    def __init__(self, config: Config, on_commit: Callable[[], None], log: MailLog) -> None:
        self._config, self._on_commit, self._log = config, on_commit, log
        self._turns: dict[str, _Turn] = {}
        self._wanted: set[str] = set()
        self._letters: dict[Path, _Turn] = {}
        self._nights = Nights(config, log)
        self._applied = 0.0
        self._told = ""
        self._seen: tuple[float, ...] = ()

    def run(self) -> None:
        """One round. What goes wrong is logged once, and tried again."""
        try:
            known = peering.read(self._config)
            if known.peers:
                self._round(identities.of(self._config), known)
            self._told = ""
        except (OSError, SoliCommError) as error:
            if self._told != str(error):
                self._log.event("network-failed", reason=str(error))
            self._told = str(error)

    def _round(self, identity: Identity, known: Peers) -> None:
        with working(self._config):
            syncing.sign(self._config, identity, known)
            self._keep_directory(identity, known)
        self._tell(identity, known)
        self._take_mail(identity, known)
        self._tell(identity, known)
        knocked = knocking.taken(self._config) | self._begun(known)
        for peer in known.peers.values():
            turn = self._turns.setdefault(peer.id, _Turn())
            if peer.url and (peer.id in knocked or turn.due <= time.monotonic()):
                self._look(identity, known, peer, turn)
        if heeding.carry_out(self._config, identity, known, self._log):
            self._on_commit()
            with working(self._config):
                syncing.sign(self._config, identity, known)
            self._tell(identity, known)
        self._nights.step(known)
        if self._applied + _APPLIED <= time.monotonic() or not self._applied:
            self._applied = time.monotonic()
            sayings.apply(self._config, known)

    def _keep_directory(self, identity: Identity, known: Peers) -> None:
        """Has the directory follow our own card and whom we know, when one of the two moved."""
        place = peering.folder(self._config)
        files = (place / "card.yaml", place / peering.FILE)
        seen = tuple(one.stat().st_mtime for one in files if one.exists())
        if seen != self._seen:
            if book.refresh(self._config, identity, known):
                self._on_commit()
            self._seen = seen

    def _take_mail(self, identity: Identity, known: Peers) -> None:
        """What came by mail. A file that cannot be trusted is told in the log and dropped: its hub
        writes it again. One that cannot be taken now stays, and is tried less and less often."""
        waiting = [*inbox.waiting(self._config)]
        self._letters = {path: self._letters.get(path, _Turn()) for path in waiting}
        for path, turn in self._letters.items():
            if turn.due > time.monotonic():
                continue
            wrong, is_ours = self._take_letter(identity, known, path)
            if wrong and is_ours and not inbox.is_old(path):
                turn.due = time.monotonic() + turn.pause
                turn.pause = min(_LONGEST, 2 * turn.pause)
                self._log.event("peer-mail-waits", reason=wrong)
                continue
            if wrong:
                self._log.event("peer-mail-refused", reason=wrong)
            path.unlink(missing_ok=True)

    def _tell(self, identity: Identity, known: Peers, *, giver: str = "") -> None:
        """Knocks at others when there is something new, but not at `giver`, of whom it is."""
        late = {hub for hub, turn in self._turns.items() if turn.pause > _EVERY}
        syncing.knock(self._config, identity, known, but={giver}, late=late)

    def _take_letter(self, identity: Identity, known: Peers, path: Path) -> tuple[str, bool]:
        """One of them: what went wrong, and whether it may go well another time."""
        try:
            with working(self._config):
                report = packets.take(self._config, identity, known, path, self._log)
                if report.changed:
                    self._on_commit()
                    syncing.sign(self._config, identity, known)
        except SoliCommError as error:
            return error.public, not error.permanent
        except OSError as error:
            return str(error), True
        return (report.faults[0], True) if report.is_unfinished else ("", False)

    def _look(self, identity: Identity, known: Peers, peer: Peer, turn: _Turn) -> None:
        absent = self._absent(known)
        with working(self._config):
            report = Syncing(self._config, identity, known, self._log).look(peer)
            if report.changed:
                self._on_commit()
                syncing.sign(self._config, identity, known)
        is_new = absent != self._absent(known)  # then it does not know yet that we have it
        self._tell(identity, known, giver="" if is_new or report.has_begun else peer.id)
        turn.pause = min(_LONGEST, 2 * turn.pause) if report.is_unreached else _EVERY
        turn.due = time.monotonic() + turn.pause

    def _begun(self, known: Peers) -> set[str]:
        """The homes of what is followed since the last round."""
        absent = self._absent(known)
        begun, self._wanted = absent - self._wanted, absent
        return {known.follows[name].home for name in begun}

    def _absent(self, known: Peers) -> set[str]:
        """The conferences that are followed and of which nothing came yet."""
        return {
            name
            for name in known.follows
            if not self._config.conference_repo(name.partition("/")[2]).exists()
        }


def working(config: Config) -> AbstractContextManager[bool]:
    """Held by whoever signs or takes, the stage or a command: one at a time."""
    return locked(peering.folder(config) / ".work")
