"""Whether a machine's copy of the roster is known to be that of the machine with cell 0."""

from __future__ import annotations

import shutil
import time

from solicomm_build.features.cells.following import _Roster
from solicomm_build.foundation.hub.cluster import nodes
from solicomm_build.foundation.hub.cluster.etcd import Etcd
from solicomm_build.git import refs
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.repo import Repo, create

from .test_lease import client, pytestmark, server
from .test_sharing import Share, shares, until

__all__ = ["client", "pytestmark", "server", "shares"]  # fixtures


def step(repo: Repo, seq: int) -> str:
    """One more step of a chain."""
    parent = refs.read(repo.path, FENCE)
    made = fences.make(repo, parent, 4, seq, "n1", {})
    refs.swap(repo.path, FENCE, made.oid, parent)
    return made.oid


def copied(one: Share, two: Share) -> None:
    """What the one has of the roster, the other has now."""
    shutil.rmtree(two.config.roster_repo, ignore_errors=True)
    shutil.copytree(one.config.roster_repo, two.config.roster_repo)


def test_a_copy_counts_while_it_has_what_cell_0_s_machine_has(shares: list[Share]) -> None:
    one, two, _ = shares
    repo = create(one.config.roster_repo)
    step(repo, 1)
    until([one], {"n1": {0, 1, 2, 3}})
    roster = _Roster(two.config)

    def is_current() -> bool:
        one.step()
        two.step()
        roster.look()
        return nodes.is_current(two.config)

    assert not is_current(), "it has none"
    copied(one, two)
    assert is_current()
    step(repo, 2)
    assert not is_current(), "a step that it lacks"
    copied(one, two)
    assert is_current()
    create(one.config.access_repo)
    step(Repo(one.config.access_repo), 1)
    assert not is_current(), "who may push is looked at, too"
    shutil.copytree(one.config.access_repo, two.config.access_repo)
    assert is_current()
    step(Repo(two.config.roster_repo), 3)
    assert is_current(), "what came here first is no older"
    two.sharing._etcd = Etcd(["http://127.0.0.1:1"], two.config.keys, 0.1)
    end = time.monotonic() + 3 * two.config.cluster.lease.ttl
    while is_current():
        assert time.monotonic() < end, "who cannot reach etcd knows nothing soon"
        time.sleep(0.05)
