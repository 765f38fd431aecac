"""What one batch of 100 mails costs with two followers, as a ratio to a hub on one machine.

    python -m tests.cluster.measure [FOLDER]

Followers are folders of this machine, so that git is measured and not a network: to each mail's way
one round trip of ssh for each push is added, two a batch (the conference, mail.git).
"""

from __future__ import annotations

import dataclasses
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.cluster.settings import Cluster, Followers, Lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.git.replica import machine
from solicomm_build.ingest import run as ingest
from solicomm_build.testing import smallhub

MAILS, ROUNDS = 100, 9


def _hub(folder: Path) -> Config:
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


def main(folder: Path) -> None:
    """Prints both medians and their ratio."""
    config = _hub(folder)
    alone = _rounds(config, 0)
    until = lease.now() + 3600
    lease.write(config, lease.Lease("n1", 1, until, lease.boot()))
    machine.take_over(config)
    shared = _rounds(config, ROUNDS * MAILS)
    for name, (took, spent) in (("alone", alone), ("two followers", shared)):
        middle, cpu = statistics.median(took), statistics.median(spent)
        print(f"{name}: {middle * 1e3:.0f} ms a batch of {MAILS}, {cpu * 1e3:.0f} ms of processors")
    more = statistics.median(shared[0]) - statistics.median(alone[0])
    ratio = statistics.median(shared[1]) / statistics.median(alone[1])
    print(f"{more * 1e3:.0f} ms more; {ratio:.1f} times the processors")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        main(Path(made))
