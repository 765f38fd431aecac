"""What has to be so while machines fail, and afterwards."""

from __future__ import annotations

import time

from solicomm_build.foundation.types import post_id
from tests.cluster.sending import Sender
from tests.cluster.world import TTL, Host, World

PATIENCE = 120.0
"""Seconds for a cluster to be whole again after a fault, on a machine that has much else to do."""

BOUND = 2 * TTL + 2
"""Seconds in which another machine has the hub, once one is silent."""


def settle(world: World, sender: Sender, owner: Host, what: str) -> None:
    """Every acknowledged mail is a post, once, on the owner and at every follower that runs."""
    wanted = {str(post_id(f"{name}@union.example")) for name in sender.acknowledged}
    world.until(lambda: wanted <= owner.posts().keys(), f"{len(wanted)} posts at {owner.name}")
    posts = owner.posts()
    lost, twice = wanted - posts.keys(), {mid for mid, count in posts.items() if count > 1}
    print(
        f"\n{what}: {len(wanted)} acknowledged, {len(lost)} lost, {len(twice)} there twice",
        end="",
    )
    assert not lost
    assert not twice


def same_everywhere(world: World, owner: Host) -> None:
    """Followers have all of it; what they lack is in the error else."""
    lacking = ""

    def look() -> bool:
        nonlocal lacking
        done = owner.run("fsck", "--replicas")
        lacking = done.stderr
        return done.returncode == 0

    try:
        world.until(look, "followers that have it all", PATIENCE)
    except TimeoutError as error:
        raise TimeoutError(f"{lacking}\n{error}") from error


def taken(world: World, since: float, old: Host) -> Host:
    """Who has the hub after it; when its fence stands, and when it takes mail, is printed."""
    others = [host for host in world.hosts if host is not old]
    before = {host.name: host.log().count("taken over in") for host in others}

    def new() -> Host | None:
        return next((h for h in others if h.log().count("taken over in") > before[h.name]), None)

    world.until(new, "new owner")
    found = new()
    assert found is not None
    lasted = time.monotonic() - since
    said = found.log().rpartition("taken over in ")[2].partition("\n")[0]
    print(f"\n{found.name} has it after {lasted:.1f} s (bound {BOUND}; {said} of it)", end="")
    world.took.append(lasted)
    return found


def after(world: World, sender: Sender, count: int) -> None:
    """Waits for more mails to be acknowledged."""
    had = len(sender.acknowledged)
    world.until(lambda: len(sender.acknowledged) >= had + count, f"{count} more mails taken")


def refuses(world: World, sender: Sender) -> bool:
    had = len(sender.acknowledged)
    time.sleep(1.0)
    return len(sender.acknowledged) == had


def owner(world: World) -> Host:
    """Whose the hub is; waits while it is nobody's."""
    found: list[Host] = []

    def look() -> bool:
        name = world.owner()
        found.extend(host for host in world.hosts if host.name == name)
        return bool(found)

    world.until(look, "owner", PATIENCE)
    return found[0]


def whole(world: World, sender: Sender) -> Host:
    """Mail is taken again, every acknowledged one is a post, once, where the hub is, and every
    other machine has all of it. Who has the hub then."""
    had = len(sender.acknowledged)
    world.until(lambda: len(sender.acknowledged) >= had + 3, "mail taken again", PATIENCE)
    with sender.resting():
        wanted = {str(post_id(f"{name}@union.example")) for name in sender.acknowledged}
        last = owner(world)

        def all_there() -> bool:
            nonlocal last
            if wanted <= last.posts().keys():
                return True
            last = owner(world)
            return False

        world.until(all_there, "all posts at the owner", PATIENCE)
        more = [mid for mid, count in last.posts().items() if count > 1]
        assert not more, f"there twice: {more}"
        same_everywhere(world, last)
        assert wanted <= last.posts().keys(), "lost"
    return last
