"""Three faults of three machines, always the same: what `make test` has time for. Others are in
test_three_machines.py and test_more_faults.py, and at random in `python -m tests.cluster`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cluster import trouble, watching
from tests.cluster import world as worlds
from tests.cluster.sending import Sender
from tests.cluster.world import TTL

pytestmark = pytest.mark.slow


def test_a_follower_s_disk_is_full_the_owner_stands_still_and_the_next_dies(
    tmp_path: Path,
) -> None:
    if reason := worlds.missing():
        pytest.skip(reason)
    with worlds.world(tmp_path / "w") as world, Sender(world, rate=8) as sender:
        watching.after(world, sender, 4)
        old, follower, _ = world.hosts
        with trouble.disk_full(world, follower):
            watching.after(world, sender, 8)  # the other one is enough
        with sender.resting():
            watching.same_everywhere(world, old)
        with trouble.stands_still(world, old):
            new = watching.taken(world, time.monotonic(), old)
            watching.after(world, sender, 4)
        world.until(lambda: f"stands by: {new.name}" in old.log(), "the old one standing by")
        new.dies()
        last = watching.taken(world, time.monotonic(), new)
        watching.after(world, sender, 4)
        with sender.resting():
            watching.settle(world, sender, last, f"three faults, ttl {TTL}")
