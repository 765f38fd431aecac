"""The stage `network`: signs what has grown, tells others, and looks at them.

It looks at each known hub every minute, sooner when that hub knocks, later and later when it is
not reached; at several at once, each in a process of its own (carrying/lanes.py). Anybody may knock
in a hub's name: while nothing new is there, a knock is heeded after a while, up to that minute. A
hub that knows no other only looks whether that has changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from solicomm_build.features.network.carrying import inbox, knocking, packets, syncing
from solicomm_build.features.network.carrying.lanes import LONG, SECONDS, Lanes, Said
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.carrying.turns import working
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.erasures import heeding
from solicomm_build.features.network.sharing import sayings
from solicomm_build.features.network.sharing.nights import Nights
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.maillog import MailLog

_REST = 2.0  # seconds between looks at our own logs when nobody rings
_GATHER = 0.5  # seconds: what is posted within is signed together
_EVERY = 60.0  # seconds between looks at a hub that answers
_IN_VAIN = (
    2.0  # seconds until the next knock is heeded after one for nothing; twice as long each time
)
_APPLIED = 3600.0  # seconds between looks at what others said and what may be over
_NIGHT = "night"  # no hub has such a name
_LONGEST = 300.0  # at one that does not: its line may be there for some minutes a day


@dataclass(slots=True)
class _Turn:
    """When a hub is looked at again (time.monotonic), how long we wait when it does not answer,
    and whether its line was too slow for the last look; when a knock is heeded again, how long none
    was after the last one for nothing, and whether it is looked at for a knock."""

    due: float = 0.0
    pause: float = _EVERY
    is_slow: bool = False
    heeded: float = 0.0
    vain: float = 0.0
    is_called: bool = False

    def call(self) -> None:
        """It has knocked."""
        self.due, self.is_called = min(self.due, self.heeded), True

    def came(self, said: Said) -> None:
        """What came of a look, if it was for a knock: that is nobody's who cannot be reached."""
        if said.get("is_changed"):
            self.heeded = self.vain = 0.0
        elif self.is_called and not (said.get("is_unreached") or said.get("is_late")):
            self.vain = min(_EVERY, 2 * self.vain or _IN_VAIN)
            self.heeded = time.monotonic() + self.vain
        self.is_called = False


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
    work = _Network(config, on_commit, log, lanes=None if once else Lanes())
    try:
        if not once:
            bell.listen()
        while not stop():
            work.run()
            if once:
                return
            if bell.wait(_REST):
                time.sleep(_GATHER)
    finally:
        work.stop()
        bell.close()


class _Network:
    """The rounds of one hub. Without `lanes` it looks at one other hub after the other."""

    def __init__(
        self,
        config: Config,
        on_commit: Callable[[], None],
        log: MailLog,
        lanes: Lanes | None = None,
    ) -> None:
        self._config, self._on_commit, self._log = config, on_commit, log
        self._lanes = lanes
        self._turns: dict[str, _Turn] = {}
        self._wanted: set[str] = set()
        self._letters: dict[Path, _Turn] = {}
        self._nights = Nights(config, log)
        self._applied = 0.0
        self._told = ""
        self._low = ""  # what was last said of the disk
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
        self._settle(identity, known)
        for hub in knocking.taken(self._config):
            self._turns.setdefault(hub, _Turn()).call()
        for hub in self._begun(known):
            self._turns.setdefault(hub, _Turn()).due = 0.0
        turns = {peer.id: self._turns.setdefault(peer.id, _Turn()) for peer in known.peers.values()}
        for hub in sorted(turns, key=lambda one: turns[one].due):
            if known.peers[hub].url and turns[hub].due <= time.monotonic():
                self._look(identity, known, known.peers[hub], turns[hub])
        if heeding.carry_out(self._config, identity, known, self._log):
            self._on_commit()
            with working(self._config):
                syncing.sign(self._config, identity, known)
            self._tell(identity, known)
        self._night(known)
        if self._applied + _APPLIED <= time.monotonic() or not self._applied:
            self._applied = time.monotonic()
            with working(self._config):
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
        writes it again. One that cannot be taken now stays, and is tried less and less often.
        While the disk is nearly full all stay."""
        waiting = [*inbox.waiting(self._config)]
        low = health.disk(self._config) if waiting else ""
        if low != self._low:
            self._low = low
            if low:
                self._log.event("peer-mail-waits", reason=low)
        if low:
            return
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
        """Looks at a hub; in a lane when there are some, and one of them is free."""
        if self._lanes is None:
            turn.due = float("inf")
            self._looked(identity, known, peer.id, self._brought(identity, known, peer, LONG))
        elif not self._lanes.has(peer.id) and self._lanes.has_room(slow=turn.is_slow):
            seconds = LONG if turn.is_slow else SECONDS
            work = partial(self._brought, identity, known, peer, seconds)
            try:
                self._lanes.begin(peer.id, work, slow=turn.is_slow)
            except OSError:  # no room for another process: in a while there may be
                turn.due = time.monotonic() + turn.pause
                raise
            turn.due = float("inf")

    def _brought(self, identity: Identity, known: Peers, peer: Peer, seconds: float) -> Said:
        """One look at one hub, and what came of it."""
        absent = self._absent(known)
        with working(self._config, seconds):
            report = Syncing(self._config, identity, known, self._log).look(peer)
            if report.changed:
                self._on_commit()
                syncing.sign(self._config, identity, known)
        is_new = absent != self._absent(known)  # then it does not know yet that we have it
        if self._lanes is not None:
            knocking.bell_of(self._config).ring()
        return {
            "is_new": is_new or report.has_begun,
            "is_changed": is_new or report.has_begun or report.changed,
            "is_unreached": report.is_unreached,
            "is_late": report.is_late,
            "is_stale": report.is_stale,
        }

    def _settle(self, identity: Identity, known: Peers) -> None:
        """What came of the looks that have ended."""
        for hub, said in self._lanes.ended() if self._lanes is not None else ():
            if hub == _NIGHT:
                self._nights.ended(known, said)
            else:
                self._looked(identity, known, hub, said or {"is_unreached": True})

    def _looked(self, identity: Identity, known: Peers, hub: str, said: Said) -> None:
        self._tell(identity, known, giver="" if said.get("is_new") else hub)
        turn = self._turns.setdefault(hub, _Turn())
        called = turn.due  # by a knock meanwhile
        turn.came(said)
        turn.is_slow = bool(said.get("is_late"))
        is_away = said.get("is_unreached") and not turn.is_slow
        turn.pause = min(_LONGEST, 2 * turn.pause) if is_away else _EVERY
        is_due = said.get("is_stale") or turn.is_slow
        turn.due = time.monotonic() + (0.0 if is_due else turn.pause)
        if called < float("inf"):
            turn.due, turn.is_called = min(turn.due, max(called, turn.heeded)), True

    def _night(self, known: Peers) -> None:
        if self._lanes is None:
            self._nights.step(known)
        elif not self._lanes.has(_NIGHT) and self._nights.due(known):
            self._lanes.begin(_NIGHT, partial(self._nights.step, known))

    def stop(self) -> None:
        """Ends what is under way. What came stays."""
        if self._lanes is not None:
            self._lanes.stop()

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
