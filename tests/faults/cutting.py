"""A hub that is cut into cells, as a stage: mail was taken in before, and some waits to be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.ingest.run import ingest_all
from solicomm_build.post.cells import dividing
from tests.faults import stages


class Cut(stages.Ingest):
    """From one cell to four, while a batch waits in the spool; then the mail is taken in."""

    name = "cells"

    def config(self, root: Path) -> Config:
        return replace(super().config(root), cells=4)

    def found(self, root: Path) -> None:
        super().found(root)
        config = super().config(root)
        waits = sorted(config.spool_in.glob("*.mail"))
        kept = [(path, path.rename(path.with_suffix(".later"))) for path in waits[2:]]
        with clock.fixed(stages.NOW):
            ingest_all(config, log=stages.log_of(config))
        for path, later in kept:
            later.rename(path)

    def work(self, root: Path) -> None:
        config = self.config(root)
        with clock.fixed(stages.NOW):
            dividing.settle(config)
            ingest_all(config, log=stages.log_of(config))


STAGES: tuple[stages.Stage, ...] = (Cut(),)
