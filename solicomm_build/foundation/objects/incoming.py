"""Where mail waits for ingest: one contract, kept by files on this machine and by objects in S3.

Both are held to it by the same tests (tests/unit/objects/test_incoming.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import passing
from solicomm_build.foundation.objects.objectspool import ObjectSpool
from solicomm_build.foundation.spool import Item, Spool


class Incoming(Protocol):
    """The durable queue of what was taken for one cell. One consumer, any number that put. A path
    stands for what holds one or more messages; its name says in the log which.
    """

    folder: Path
    """On this machine: locks and the bell; beside it the quarantine."""

    def put(self, items: Iterable[Item]) -> Path:
        """Keeps the items together: durable on return. Raises OSError or ObjectsError when that
        cannot be had."""

    def pending(self, most: int | None = None) -> list[Path]:
        """What waits, oldest first; `most` so many."""

    def length(self) -> int:
        """About how many wait. Quick."""

    def read(self, path: Path) -> list[Item]:
        """The messages. Raises StoreError when they are damaged, FileNotFoundError when they are
        gone."""

    def done(self, path: Path) -> None:
        """Forgets what is safe elsewhere. Safe to call twice."""

    def quarantine(self, what: Path | Item, reason: str) -> Path:
        """Sets all of it, or one message, aside with the reason, durable on return."""

    def set_aside(self, name: str, reason: str) -> Path | None:
        """Sets the message of this name aside, the others stay; None when it does not wait."""

    def sweep(self, older_than: float = 3600.0) -> int:
        """Removes what killed writers left."""

    def ring(self) -> None:
        """Wakes the consumer. Never blocks, never fails."""

    def wait(self, timeout: float) -> bool:
        """Waits until the bell rings, at most `timeout` seconds."""

    def rang(self) -> bool:
        """Whether the bell rang since it was last asked or waited for."""

    def close(self) -> None:
        """Stops listening; what waits stays."""


def of(config: Config) -> Incoming:
    """That of the cell whose settings these are. Raises HubError when the store's account cannot be
    read."""
    return in_objects(config) or Spool(config.spool_in)


def every(config: Config) -> list[Incoming]:
    """That of each cell, cell 0 first; of cells that are not in force what they left here."""
    files: list[Incoming] = [*map(Spool, cells.spools_in(config))]
    spools = [spool for one in cells.every(config) if (spool := in_objects(one)) is not None]
    covered = {spool.folder for spool in spools}
    return [*spools, *(one for one in files if one.folder not in covered)]


def in_objects(config: Config) -> ObjectSpool | None:
    """The same when it is in S3."""
    s3 = config.cluster.s3
    return passing.of(config, "in", config.cell) if s3 is not None and s3.spool else None
