"""`serve` on a machine of several: it stands for the hub, and serves it while it has the lease.

    stand → lease → a child takes over and supervises all stages → lease lost: they stop → stand

This process does nothing but keep the lease, so that no work of a stage makes it late. All cells of
a hub have one owner here; where each has its own, sharing.py does it.
In etcd (docs/formats/cluster.md): `/nodes/<node>`, which a second machine of that name finds taken;
`/cells/<n>/owner`; and `/cells/<n>/wanted`, by which `solicomm cells move` hands over.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

import click

from solicomm_build import __version__
from solicomm_build.cli.serving.children import ended, finish
from solicomm_build.cli.serving.standing import Standing
from solicomm_build.cli.stages import die_with_parent
from solicomm_build.foundation.errors import ConfigError, ContentError, SoliCommError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import etcd, lease
from solicomm_build.foundation.hub.cluster.etcd import (
    CELLS,
    NODES,
    EtcdError,
    etcd_of,
    owner_key,
    wanted_key,
)
from solicomm_build.foundation.hub.cluster.lease import Lease
from solicomm_build.foundation.hub.config import FILE, Config

_TICK = 0.1
_STOPPING = 25.0  # seconds for stages that are asked to stop, while the lease is kept
_LONGEST = 10.0  # seconds that a machine whose stages fail lets others try first


class Candidate:
    """One machine that may serve a hub. `serve` does, as the whole life of a process, and returns
    an exit code; `stand` is done now and then while it stands by (standing.py)."""

    def __init__(
        self, config: Config, serve: Callable[[], int], stand: Callable[[], int] = lambda: 0
    ) -> None:
        self._config, self._serve = config, serve
        self._standing = Standing(lambda: self._start(stand))
        self._node, self._ttl = config.cluster.node, config.cluster.lease.ttl
        self._version = __version__
        self._etcd = etcd_of(config)
        self._session = 0
        self._asked = False
        self._said = ""
        self._owned: set[str] = set()

    def run(self) -> int:
        """Until it is asked to stop; the exit code. Raises ConfigError when another machine has
        this one's name. Blocking."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            self._take_turns()
        finally:
            self._standing.end()
        with contextlib.suppress(EtcdError):
            if self._session:
                self._etcd.revoke(self._session)
        return 0

    def _take_turns(self) -> None:
        pause = 0.0
        while not self._asked:
            began = lease.now()
            try:
                if not self._enter():
                    self._wait(self._ttl / 4)
                    continue
                held = self._stand()
            except EtcdError as error:
                self._say(f"{self._node} waits: {error.public}")
                self._wait(self._ttl / 4)
                continue
            if held is not None:
                self._standing.end()
                code = self._own(*held)
                lasted = lease.now() - began
                pause = 0.0 if code == 0 or lasted > 60 else min(_LONGEST, pause * 2 or 0.5)
                self._wait(pause)
            else:
                self._standing.look()
                self._wait(self._ttl / 5)

    def _stop(self, _number: int, _frame: object) -> None:
        self._asked = True

    def _wait(self, seconds: float) -> None:
        end = lease.now() + seconds
        while not self._asked and (left := end - lease.now()) > 0:
            time.sleep(min(_TICK, left))

    def _say(self, said: str) -> None:
        """Once, until something else is to be said."""
        if said != self._said:
            self._tell(said)
        self._said = said

    def _tell(self, said: str) -> None:
        click.echo(f"solicomm: {said}", err=True)

    # -- the name -------------------------------------------------------------------------------

    def _enter(self) -> bool:
        """Has this machine's name, with a lease of its own that tells who is there. Raises
        ConfigError."""
        if self._session and self._etcd.keep(self._session):
            return True
        key = NODES + self._node
        us = lease.us(self._config.root)
        value = etcd.told(us, self._version)
        session = self._etcd.grant(self._ttl)
        if self._etcd.put_new({key: value}, session) is None:
            row = self._etcd.below(key).get(key)
            if row is not None and row.value.partition(f" {etcd.VERSION}")[0] != us:
                self._etcd.revoke(session)
                fault = f"`cluster.node`: another machine is called {self._node} ({row.value})"
                remedy = "Give each machine a name of its own. After a machine was replaced by"
                remedy += f" another, wait {self._ttl} seconds"
                raise ConfigError([ContentError(fault, file=FILE, remedy=remedy)])
            self._etcd.put(key, value, session)  # we were here a moment ago
        self._session = session
        return True

    # -- the lease ------------------------------------------------------------------------------

    def _stand(self) -> tuple[int, Lease] | None:
        """The number of the lease and what it says, once nobody else has one."""
        rows = self._etcd.below(CELLS)
        owner, wanted = rows.get(owner_key(0)), rows.get(wanted_key(0))
        if owner is not None:
            self._say(f"{self._node} stands by: {owner.value} has the hub")
            return None
        if wanted is not None and wanted.value != self._node:
            self._say(f"{self._node} stands by: {wanted.value} shall have the hub")
            return None
        number, began = self._etcd.grant(self._ttl), lease.now()
        token = self._etcd.put_new({owner_key(0): self._node}, number)
        if token is None:
            self._etcd.revoke(number)
            return None
        self._owned = {owner_key(0)}
        if wanted is not None and wanted.lease:
            self._etcd.revoke(wanted.lease)  # it is done
        return number, Lease(self._node, token, began + self._ttl, lease.boot())

    def _own(self, number: int, held: Lease) -> int:
        """Serves the hub as long as the lease lasts; the exit code of who served."""
        self._say(f"{self._node} has the hub, token {held.token}")
        lease.write(self._config, held)
        child = self._start(self._serve)
        code: int | None = None
        is_ending, deadline, due = False, 0.0, lease.now()
        try:
            while code is None:
                if lease.now() >= due:
                    due = lease.now() + self._ttl / 4
                    held, is_moving = self._keep(number, held)
                    is_ending = is_ending or is_moving
                is_late = lease.now() > held.until - self._ttl / 4
                if (self._asked or is_ending or is_late) and not deadline:
                    deadline = lease.now() + _STOPPING
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, signal.SIGTERM)
                if lease.now() > held.until or (deadline and lease.now() > deadline):
                    self._say(f"{self._node} lets go of the hub: its lease has run out")
                    break
                time.sleep(_TICK)
                code = ended(child)
        finally:
            lease.end(self._config)
            code = finish(child, code)
            with contextlib.suppress(EtcdError):
                self._etcd.revoke(number)
        return code

    def _keep(self, number: int, held: Lease) -> tuple[Lease, bool]:
        """Has the lease go on; and whether another machine shall have the hub."""
        asked = lease.now()
        try:
            self._enter()
            if not self._etcd.keep(number):
                return Lease(held.node, held.token, 0.0, held.boot), False
            held = Lease(held.node, held.token, asked + self._ttl, held.boot)
            lease.write(self._config, held)
            self._name_all(number)
            wanted = self._etcd.below(wanted_key(0)).get(wanted_key(0))
            return held, wanted is not None and wanted.value != self._node
        except (EtcdError, ConfigError) as error:
            self._say(f"the lease cannot be kept: {error.public}")
            return held, False

    def _name_all(self, number: int) -> None:
        """Says of each cell whose it is."""
        count = cells.division(self._config).cells
        for key in [owner_key(cell) for cell in range(count)]:
            if key not in self._owned:
                self._etcd.put(key, self._node, number)
                self._owned.add(key)

    def _start(self, serve: Callable[[], int]) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 70
        try:
            os.setsid()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            die_with_parent()
            code = serve()
        except SoliCommError as error:
            click.echo(f"solicomm: {error.public}", err=True)
            code = error.exit_code
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        finally:
            os._exit(code)
