"""What one batch of 100 mails costs in a cell of four, and with two followers, as ratios to a hub
that is alone and whole.

    python -m tests.cluster.measure [FOLDER]

Followers are folders of this machine, so that git is measured and not a network: to each mail's way
one round trip of ssh for each push is added, two a batch (the conference, mail.git).
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.cluster.settings import Cluster, Followers, Lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.git.replica import machine
from solicomm_build.ingest import run as ingest
from solicomm_build.post.cells import dividing
from solicomm_build.testing import smallhub

MAILS, ROUNDS = 100, 9


def _hub(folder: Path) -> Config:
    folder.mkdir()
    config = smallhub.make(folder / "hub")
    places = [folder / name for name in ("own", "one", "two")]
    for place in places:
        place.mkdir()
    said = Followers((str(places[1]), str(places[2])), 1, str(places[0]))
    return dataclasses.replace(config, cluster=Cluster("n1", Lease(("http://x:1",)), said))


def _put(spool: Spool, first: int) -> None:
    envelope = Envelope("ana@union.example", (f"bar@{smallhub.DOMAIN}",), datetime.now(UTC))
    mails = (
        smallhub.mail("words " * 200, msgid=f"<{number}@union.example>", subject=f"S {number}")
        for number in range(first, first + MAILS)
    )
    spool.put([Item(envelope, raw) for raw in mails])


def _cpu() -> float:
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in found)


def _rounds(config: Config, first: int) -> tuple[list[float], list[float]]:
    """Seconds, and of processors, of each batch."""
    spool = Spool(config.spool_in)
    work = ingest.Ingest(config, spool, maillog.to_nobody())
    took: list[float] = []
    spent: list[float] = []
    for number in range(ROUNDS):
        _put(spool, first + number * MAILS)
        began, cpu = time.perf_counter(), _cpu()
        while work.take():
            pass
        took.append(time.perf_counter() - began)
        spent.append(_cpu() - cpu)
    work.close()
    return took, spent


def _cut(folder: Path) -> Config:
    """The settings of the cell that has the conference, in a hub that was cut into four."""
    config = dataclasses.replace(_hub(folder), cluster=Cluster(), cells=4)
    dividing.settle(config)
    return cells.at(config, "bar")


def main(folder: Path) -> None:
    """Prints the medians, and ratios to the first of them."""
    config = _hub(folder / "whole")
    alone = _rounds(config, 0)
    cut = _rounds(_cut(folder / "cut"), 0)
    until = lease.now() + 3600
    lease.write(config, lease.Lease("n1", 1, until, lease.boot()))
    machine.take_over(config)
    shared = _rounds(config, ROUNDS * MAILS)
    for name, (took, spent) in (("alone", alone), ("cell", cut), ("two followers", shared)):
        middle, cpu = statistics.median(took), statistics.median(spent)
        print(
            f"{name}: {middle * 1e3:.0f} ms a batch of {MAILS}, {cpu * 1e3:.0f} ms of processors; "
            f"{middle / statistics.median(alone[0]):.2f} times the clock, "
            f"{cpu / statistics.median(alone[1]):.2f} times the processors"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", help="where hubs are made, such as /dev/shm")
    with tempfile.TemporaryDirectory(dir=parser.parse_args().folder) as made:
        main(Path(made))
