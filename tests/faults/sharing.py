"""A hub that other machines have, too, as a stage: each step of ingest goes to followers first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.cluster.settings import Cluster, Followers, Lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.replica import comparing, machine
from solicomm_build.ingest.run import ingest_all
from tests.faults import stages
from tests.faults.picture import Picture

_PLACES = ("own", "one", "two")


class Shared(stages.Ingest):
    """The same mail, with two followers; their folders go along with the hub."""

    name = "shared"

    def config(self, root: Path) -> Config:
        own, one, two = (str(root / "elsewhere" / name) for name in _PLACES)
        cluster = Cluster("n1", Lease(("http://127.0.0.1:1",)), Followers((one, two), 1, own))
        return replace(super().config(root), cluster=cluster)

    def found(self, root: Path) -> None:
        super().found(root)
        for name in _PLACES:
            (root / "elsewhere" / name).mkdir(parents=True)
        config = self.config(root)
        self._hold(config)
        with clock.fixed(stages.NOW):
            machine.take_over(config)
        machine.leave()

    def work(self, root: Path) -> None:
        config = self.config(root)
        self._hold(config)
        mover, kept = machine.join(config)
        try:
            with clock.fixed(stages.NOW):
                ingest_all(config, log=stages.log_of(config))
                kept.of(0).keep(whole=True)
                mover.catch_up()
        finally:
            machine.leave()

    def picture(self, root: Path) -> Picture:
        """Without what plain files are called elsewhere, by time and process: they are those of
        this machine's spools, which are looked at."""
        found = super().picture(root)
        return {name: what for name, what in found.items() if "carried.git" not in name}

    def faults(self, root: Path) -> list[str]:
        rows = comparing.compare(self.config(root))
        wrong = [
            f"{row.repository} at {Path(row.place).name}: {row.says}"
            for row in rows
            if row.state != comparing.SAME
        ]
        return super().faults(root) + wrong

    def _hold(self, config: Config) -> None:
        until = lease.now() + 3600
        lease.write(config, lease.Lease("n1", 1, until, lease.boot()))


STAGES: tuple[stages.Stage, ...] = (Shared(),)
