"""`serve` where each cell of a hub has an owner of its own: a machine takes its share of the cells.

    look (etcd) → cells that nobody has, those it prefers first → a child each: take over, serve it
                → cells that another machine shall have, or has: that child ends, no other does

One lease a machine, kept by this process, and a key a cell that hangs on it: the revision in which
it was made is the token. Beside the cells' children one serves the machine (the bridge, and what
brings this machine's copy up to date) as long as the lease lasts. A machine that has just come asks
once for the cells that it prefers and for its share; after that cells move only where a machine is
silent or somebody moves them, so that none goes to and fro.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from solicomm_build.cli.serving.apart import Apart
from solicomm_build.cli.serving.candidate import Candidate
from solicomm_build.cli.serving.children import ended, finish
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import cells, liveness
from solicomm_build.foundation.hub.cluster import cutting, lease, nodes
from solicomm_build.foundation.hub.cluster.etcd import (
    CELLS,
    NODES,
    ROSTER,
    EtcdError,
    Row,
    cut_key,
    minor,
    owner_key,
    wanted_key,
)
from solicomm_build.foundation.hub.cluster.lease import Lease, Owner
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.replica.fence import people

_TICK = 0.05
_STOPPING = 25.0  # seconds for stages that are asked to stop, while the lease is kept
_LONGEST = 10.0  # seconds that a cell whose stages fail is left to others first
MACHINE, APART = -1, -2
"""The part of a hub that each machine serves, whichever cells it has, and what it has for readers
while its pages are not known to be those of the hub."""
Rows = Mapping[str, Row]


@dataclass(slots=True)
class _Part:
    """A cell that is served here, or the machine itself: who serves it, and the token. `until` is
    when it is ended that was asked to stop."""

    child: int
    token: int = 0
    began: float = 0.0
    until: float = 0.0


class Sharing(Candidate):
    """One machine that serves its share. `serve` does for one cell, for MACHINE or for APART, as
    the whole life of a process, and returns an exit code."""

    def __init__(self, config: Config, serve: Callable[[int], int]) -> None:
        super().__init__(config, lambda: 0)
        self._serve_part = serve
        self._parts: dict[int, _Part] = {}
        self._until = 0.0
        self._rests: dict[int, tuple[float, float]] = {}  # until when, and how long
        self._free: dict[int, float] = {}  # since when it is nobody's
        self._has_asked = False
        self._is_away = False  # etcd did not answer at the last look
        self._apart = Apart(config, lambda: self._start(lambda: serve(APART)))

    def run(self) -> int:
        """Until it is asked to stop; the exit code. Raises ConfigError when another machine has
        this one's name. Blocking."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._forget_all()
        due = 0.0
        try:
            while not self._asked:
                if lease.now() >= due:
                    due = lease.now() + self._ttl / 5
                    self._look()
                self._enforce()
                self._reap()
                self._apart.look(is_away=self._is_away and not self._parts)
                time.sleep(_TICK)
            self._apart.end()
            self._end()
        finally:
            self._apart.end()
            for part in self._parts.values():
                finish(part.child, None)
            self._forget_all()
        with contextlib.suppress(EtcdError):
            if self._session:
                self._etcd.revoke(self._session)
        return 0

    def _forget_all(self) -> None:
        """No cell is this machine's, and what its copy lacks is not known."""
        for path in (self._config.state / lease.FOLDER).glob("lease*.json"):
            path.unlink(missing_ok=True)
        lease.write_owners(self._config, {})
        self._forget_copy()

    def _forget_copy(self) -> None:
        """Nobody keeps this machine's copy, or its pages, up to date."""
        (self._config.state / lease.FOLDER / liveness.FOLLOWED).unlink(missing_ok=True)
        nodes.forget(self._config)

    # -- what etcd says -------------------------------------------------------------------------

    def _look(self) -> None:
        """One look: the lease goes on, cells are taken, given up or found lost."""
        asked, before = lease.now(), self._session
        try:
            if not self._enter():
                return
            if before and self._session != before:  # what hung on the old one is gone
                self._lose([*self._parts], "its lease has run out")
                self._has_asked = False
            self._until = asked + self._ttl
            rows = self._etcd.below(CELLS)
            there = self._etcd.below(NODES)
            machines = {key.removeprefix(NODES): minor(row.value) for key, row in there.items()}
            self._is_away = False
            nodes.note_shown(self._config)
            if self._go_by(rows, machines):
                self._said = ""
        except EtcdError as error:
            self._is_away = True
            self._say(f"{self._node} waits: {error.public}")

    def _go_by(self, rows: Rows, machines: Mapping[str, tuple[int, ...]]) -> bool:
        """Whether there is nothing to say."""
        owners = self._owners(rows)
        lease.write_owners(self._config, owners)
        self._tell_roster(rows, owners)
        self._tell_cut(rows, owners)
        self._free_unserved(rows)
        for cell, part in [*self._parts.items()]:
            if cell == MACHINE:
                continue
            owner = owners.get(cell)
            if owner != Owner(self._node, part.token):
                self._lose([cell], f"{owner.node} has it" if owner else "nobody knows it as ours")
                continue
            self._write(cell, part)
            wanted = rows.get(wanted_key(cell))
            is_wanted = wanted is not None and (
                wanted.value != self._node or wanted.revision > part.token  # with a newer token
            )
            if is_wanted and self._is_served(cell):
                self._ask_to_stop(part)
        if MACHINE not in self._parts:
            self._begin(MACHINE, 0)
        if apart := self._of_another_version(owners, machines):
            self._say(f"{self._node} takes no cell: {apart} has some, with another SoliComm")
            for cell in self._parts.keys() - {MACHINE}:  # both began at once: the newer goes on
                if self._is_served(cell):
                    self._ask_to_stop(self._parts[cell])
            return False
        alike = [name for name, version in machines.items() if version == machines.get(self._node)]
        for cell in self._takes(rows, owners, alike):
            self._take(cell, rows)
        self._ask_for(rows, owners, alike)
        return True

    def _free_unserved(self, rows: Rows) -> None:
        """Gives up what etcd says is ours and nobody serves here: an answer of it came too late."""
        for cell in self._owners(rows).keys() - self._parts.keys():
            row = rows[owner_key(cell)]
            if (row.value, row.lease) == (self._node, self._session):
                self._etcd.delete(row.key, row.revision)

    def _tell_roster(self, rows: Rows, owners: Mapping[int, Owner]) -> None:
        """Says in etcd how roster and rights stand, where cell 0 is, and here what it says."""
        said = rows.get(ROSTER)
        fences = said.value if said is not None else ""
        if self._is_home(owners):
            with contextlib.suppress(StoreError):
                here = people(self._config)
                if here and here != fences and self._tell_as_home(ROSTER, here, said):
                    fences = here
        if fences:
            nodes.publish(self._config, fences, self._until)

    def _tell_cut(self, rows: Rows, owners: Mapping[int, Owner]) -> None:
        """Says in etcd how each cell was cut last, where cell 0 is served."""
        if not self._is_home(owners):
            return
        for cell, said in cutting.said(self._config).items():
            row = rows.get(cut_key(cell))
            if said != (row.value if row is not None else "0"):
                self._tell_as_home(cut_key(cell), said, row)

    def _tell_as_home(self, key: str, value: str, before: Row | None) -> bool:
        """Puts a key unless somebody has put it, or has taken cell 0, since the look."""
        return self._etcd.put_over(before, key, value, (owner_key(0), self._parts[0].token))

    def _is_home(self, owners: Mapping[int, Owner]) -> bool:
        """Whether this machine has cell 0, taken over: what it says of the hub counts."""
        part = self._parts.get(0)
        is_ours = part is not None and owners.get(0) == Owner(self._node, part.token)
        return is_ours and self._is_served(0)

    def _knows(self, cell: int, rows: Rows, owners: Mapping[int, Owner]) -> bool:
        """Whether this machine knows which conferences a cell has."""
        said = rows.get(cut_key(cell))
        is_told = cell == 0 or said is None or self._is_home(owners)
        return is_told or cutting.is_known(self._config, cell, said.value if said else "")

    def _of_another_version(
        self, owners: Mapping[int, Owner], machines: Mapping[str, tuple[int, ...]]
    ) -> str:
        """A machine that has cells while it runs another minor version: owners read what others
        of them write. Empty when there is none, or when this one has some and is the newer."""
        ours = machines.get(self._node, ())
        has_some = any(owner.node == self._node for owner in owners.values())
        for node in sorted({owner.node for owner in owners.values()} - {self._node}):
            theirs = machines.get(node, ours)
            if theirs != ours and not (has_some and ours > theirs):
                return node
        return ""

    def _is_served(self, cell: int) -> bool:
        """Whether a cell of ours is taken over: what is half so is for nobody else yet."""
        return liveness.runs(self._config.state, liveness.of_cell("ingest", cell))

    def _owners(self, rows: Rows) -> dict[int, Owner]:
        found: dict[int, Owner] = {}
        for key, row in rows.items():
            cell, _, word = key.removeprefix(CELLS).partition("/")
            if word == "owner" and cell.isdigit():
                cut = rows.get(cut_key(int(cell)))
                found[int(cell)] = Owner(row.value, row.revision, cut.value if cut else "")
        return found

    def _count(self) -> int:
        return cells.division(self._config).cells

    def _takes(self, rows: Rows, owners: Mapping[int, Owner], machines: list[str]) -> list[int]:
        """The cells that nobody has and this machine takes now, those it prefers first. What is
        more than its share it leaves to others for as long as a lease lasts."""
        now, count = lease.now(), self._count()
        free = [cell for cell in range(count) if cell not in owners]
        self._free = {cell: self._free.get(cell, now) for cell in free}
        share = -(-count // max(1, len(machines)))
        had = sum(cell != MACHINE for cell in self._parts)
        found: list[int] = []
        for cell in sorted(free, key=lambda one: (one not in self._config.cluster.prefers, one)):
            wanted = rows.get(wanted_key(cell))
            is_ours = wanted is not None and wanted.value == self._node
            if cell in self._parts or (wanted is not None and not is_ours):
                continue
            if (cell and not self._is_known()) or self._rests.get(cell, (0.0, 0.0))[0] > now:
                continue
            if not self._knows(cell, rows, owners):
                continue
            waited = now - self._free[cell]
            is_liked = cell in self._config.cluster.prefers
            patience = 0.0 if is_liked else self._ttl / 5
            if is_ours or waited >= (patience if had + len(found) < share else self._ttl):
                found.append(cell)
        return sorted(found)

    def _is_known(self) -> bool:
        """Whether this machine knows what the hub has, and has it."""
        return (self._config.state / lease.FOLDER / liveness.FOLLOWED).exists()

    def _ask_for(self, rows: Rows, owners: Mapping[int, Owner], machines: list[str]) -> None:
        """Asks for the cells that it prefers, and for those that are more than another's share,
        until it has had them once."""
        if self._has_asked or not self._is_known() or len(owners) < self._count():
            return
        by_node: dict[str, list[int]] = {name: [] for name in machines}
        for cell, owner in sorted(owners.items()):
            by_node.setdefault(owner.node, []).append(cell)
        liked = self._config.cluster.prefers
        mine = by_node.pop(self._node, [])
        wanted = [cell for cell in liked if cell in owners and cell not in mine]
        fair = self._count() // max(1, len(machines))
        for theirs in by_node.values():
            spare = [cell for cell in theirs if cell and cell not in wanted]
            while len(mine) + len(wanted) < fair and spare and len(theirs) > fair:
                wanted.append(spare.pop())
                theirs.remove(wanted[-1])
        self._has_asked = not wanted
        for cell in wanted:
            if wanted_key(cell) in rows:
                continue
            number = self._etcd.grant(int(2 * self._ttl + _STOPPING))
            self._etcd.put(wanted_key(cell), self._node, number)

    # -- cells ----------------------------------------------------------------------------------

    def _take(self, cell: int, rows: Rows) -> None:
        cut = rows.get(cut_key(cell))
        is_cut = {cut_key(cell): cut.value if cut is not None else None}
        key = owner_key(cell)
        token = self._etcd.put_new({key: self._node}, self._session, while_so=is_cut)
        if token is None:
            return
        wanted = rows.get(wanted_key(cell))
        if wanted is not None and wanted.lease:
            self._etcd.revoke(wanted.lease)  # it is done
        self._free.pop(cell, None)
        self._tell(f"cell {cell} is {self._node}'s, token {token}")
        lease.write_owners(
            self._config, {**lease.owners(self._config), cell: Owner(self._node, token)}
        )
        lease.begin(self._config, cell)
        lease.write(self._config, Lease(self._node, token, self._until, lease.boot()), cell)
        self._begin(cell, token)

    def _begin(self, part: int, token: int) -> None:
        child = self._start(lambda: self._serve_part(part))
        self._parts[part] = _Part(child, token, lease.now())

    def _write(self, cell: int, part: _Part) -> None:
        lease.write(self._config, Lease(self._node, part.token, self._until, lease.boot()), cell)

    def _ask_to_stop(self, part: _Part) -> None:
        if not part.until:
            part.until = lease.now() + _STOPPING
            with contextlib.suppress(ProcessLookupError):
                os.kill(part.child, signal.SIGTERM)

    def _lose(self, parts: list[int], why: str) -> None:
        """Ends these at once: nothing of theirs may be done any more."""
        for cell in parts:
            if cell != MACHINE:
                lease.end(self._config, cell)
            finish(self._parts.pop(cell).child, None)
            if cell == MACHINE:
                self._forget_copy()
            else:
                self._tell(f"{self._node} lets go of cell {cell}: {why}")
            if cell == 0:
                nodes.bell(self._config.state).ring()

    def _enforce(self) -> None:
        """Ends what may not go on: when the lease has run out by this machine's own clock, or who
        was asked to stop has not."""
        if not self._parts:
            return
        if lease.now() > self._until:
            self._lose([*self._parts], "the lease has run out")
        elif lease.now() > self._until - self._ttl / 4:
            for part in self._parts.values():
                self._ask_to_stop(part)
        for part in self._parts.values():
            if part.until and lease.now() > part.until:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(part.child, signal.SIGKILL)

    def _reap(self) -> None:
        for cell, part in [*self._parts.items()]:
            if (code := ended(part.child)) is None:
                continue
            del self._parts[cell]
            finish(part.child, code)
            if cell == MACHINE:
                self._forget_copy()
                continue
            lease.end(self._config, cell)
            with contextlib.suppress(EtcdError):
                self._etcd.delete(owner_key(cell), part.token)
            self._tell(f"{self._node} gave up cell {cell}")
            if cell == 0:
                nodes.bell(self._config.state).ring()
            is_well = code == 0 or lease.now() - part.began > 60
            pause = 0.0 if is_well else min(_LONGEST, self._rests.get(cell, (0, 0.25))[1] * 2)
            self._rests[cell] = (lease.now() + pause, pause or 0.25)

    def _end(self) -> None:
        """Asks all to stop, and gives up each cell as soon as nobody serves it."""
        for part in self._parts.values():
            self._ask_to_stop(part)
        due = 0.0
        while self._parts:
            if lease.now() >= due:
                due = lease.now() + self._ttl / 5
                asked = lease.now()
                with contextlib.suppress(EtcdError):
                    if self._session and self._etcd.keep(self._session):
                        self._until = asked + self._ttl
                        for cell, part in self._parts.items():
                            if cell != MACHINE:
                                self._write(cell, part)
            self._enforce()
            self._reap()
            time.sleep(_TICK)
