"""What was erased goes from followers, from snapshots in S3 and, where each cell has an owner of
its own, from the hub's folder on each machine: each says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from solicomm_build.features.cells.lettinggo import Asked
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.cluster.etcd import ERASED, EtcdError, etcd_of
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.git.replica import forgetting
from solicomm_build.git.replica.snapshots import Snapshots
from solicomm_build.post.store.erasing import Copy, Gone, followers_at

_SETTLED = timedelta(seconds=90)
"""After so long what named the erased is in no plain file here or on its way elsewhere, and all is
old enough for followers to let go of it."""
_SOON = "within minutes"


def followers(config: Config, gone: Gone) -> Iterator[Copy]:
    """Each folder of followers, by the name of its machine. Blocking."""
    now, names = clock.now(), [*gone.repositories]
    is_old = now - gone.at >= _SETTLED
    is_last = gone.since is not None and now - gone.since >= _SETTLED
    if is_last:
        names += forgetting.carried(config)
    cluster, asked = config.cluster, Asked(config)
    machines = {address: name for name, address in cluster.git.names.items()}
    machines[cluster.git.own] = cluster.node
    for place, ask in forgetting.at_places(config, names, gone.objects):
        name = followers_at(machines.get(place.address, place.address))
        if gone.since is not None and not is_last:
            yield Copy(name, "ready", _SOON)
        elif name in gone.done:
            yield Copy(name, "gone") if is_last else Copy(name, "ready", _SOON)
        elif why := ask(is_old):
            yield Copy(name, "asked" if why == forgetting.RECENT else "silent", why)
        elif is_last:
            is_sure = asked.since(gone.id, name, now) >= _SETTLED
            yield Copy(name, "gone") if is_sure else Copy(name, "asked", forgetting.RECENT)
        else:
            yield Copy(name, "ready" if is_old else "asked", _SOON)


def folders(config: Config, gone: Gone) -> Iterator[Copy]:
    """The hub's folder on each machine, which does it by itself while it runs, and says so in etcd
    (features/privacy/following.py). What that needs to know is with the hub until all have."""
    try:
        rows = etcd_of(config).below(ERASED)
    except EtcdError as error:
        rows, silence = {}, error.public
    else:
        silence = "it has not said so: does SoliComm run there?"
    for node in sorted({*config.cluster.git.names, config.cluster.node}):
        name, row = f"hub's folder at {node}", rows.get(f"{ERASED}{node}")
        said = {*row.value.split()} if row is not None else set()
        if gone.since is not None and f"{gone.id}.again" in said:
            yield Copy(name, "gone")
        elif gone.id in said or name in gone.done:
            yield Copy(name, "ready", _SOON)
        elif clock.now() - gone.at < _SETTLED:
            yield Copy(name, "asked", _SOON)
        else:
            yield Copy(name, "silent", silence)


def snapshots(config: Config, gone: Gone) -> Copy:
    """Those in S3: all go, and are made anew the next night. Blocking."""
    name = "snapshots in S3"
    if name in gone.done:
        return Copy(name, "gone")
    try:
        count = Snapshots(config).forget_all()
    except ObjectsError as error:
        return Copy(name, "silent", error.public)
    return Copy(name, "gone", f"{count} repositories had one")
