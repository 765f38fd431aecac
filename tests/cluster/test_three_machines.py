"""Three machines and one fault after the other, while mail comes in.

Each scenario: a sender notes which mails it was told 250 for; a machine dies, stands still, is cut
off, or what it needs does; in the end what was acknowledged is a post once, and followers have it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.testing import namespaces
from tests.cluster import world as worlds
from tests.cluster.sending import Sender
from tests.cluster.watching import BOUND, after, refuses, same_everywhere, settle, taken
from tests.cluster.world import TTL, World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SOLICOMM_MACHINES"), reason="ten minutes: `make cluster` does it"
    ),
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    if reason := worlds.missing():
        pytest.skip(reason)
    with worlds.world(tmp_path / "w") as made:
        yield made
        assert all(took <= BOUND for took in made.took), f"it took {made.took} s to take over"


def test_the_owner_s_machine_dies_and_comes_back(world: World) -> None:
    old = world.hosts[0]
    with Sender(world) as sender:
        after(world, sender, 20)
        at = time.monotonic()
        old.dies()
        new = taken(world, at, old)
        after(world, sender, 20)
        print(f"; mail again after {sender.took_again(at, old.name):.1f} s", end="")
    settle(world, sender, new, "owner's machine dies")
    namespaces.pull(old.place, out=False)
    world.etcd(old, again=True)
    world.sshd(old)
    world.serve(old)
    world.until(lambda: f"stands by: {new.name}" in old.log(), "the old one standing by")
    with Sender(world) as sender:
        sender.acknowledged.append("p1")  # the same again: known, and there once
        after(world, sender, 3)
    settle(world, sender, new, "follower comes back")
    same_everywhere(world, new)
    done = new.run("cells", "move", "0", old.name)
    assert done.stdout == f"{old.name} has the hub now, and all of its cells\n", done.stderr
    world.until(lambda: worlds.takes_mail(old), "mail at the old one")
    assert old.posts() == new.posts()


def test_the_owner_stands_still_and_wakes(world: World) -> None:
    old = world.hosts[0]
    with Sender(world) as sender:
        after(world, sender, 20)
        at = time.monotonic()
        stages = lambda command: "solicomm" in command  # noqa: E731
        old.signal(signal.SIGSTOP, stages)
        new = taken(world, at, old)
        after(world, sender, 20)
        old.signal(signal.SIGCONT, stages)
        world.until(lambda: f"stands by: {new.name}" in old.log(), "the old one standing by")
        after(world, sender, 10)
    settle(world, sender, new, "owner stands still and wakes")
    same_everywhere(world, new)


def test_the_owner_is_cut_off(world: World) -> None:
    """It still hears its senders, and tells them 451."""
    old = world.hosts[0]
    with Sender(world) as sender:
        after(world, sender, 20)
        at = time.monotonic()
        namespaces.pull(old.place, out=True)
        new = taken(world, at, old)
        after(world, sender, 20)
        world.until(lambda: not worlds.takes_mail(old), "the old one let go")
        namespaces.pull(old.place, out=False)
        world.until(lambda: f"stands by: {new.name}" in old.log(), "the old one standing by")
    settle(world, sender, new, "owner cut off")
    same_everywhere(world, new)


def test_no_follower_answers_then_etcd_has_no_majority(world: World) -> None:
    old, *others = world.hosts
    with Sender(world) as sender:
        after(world, sender, 10)
        for host in others:
            host.signal(signal.SIGSTOP, lambda command: "sshd" in command)
        world.until(lambda: "not-kept" in old.log("mail") or refuses(world, sender), "451")
        seen = old.main()
        time.sleep(TTL)
        assert old.main() == seen, "nothing becomes visible"
        for host in others:
            host.signal(signal.SIGCONT, lambda command: "sshd" in command)
        after(world, sender, 10)
        for host in others:
            host.signal(signal.SIGSTOP, lambda command: "etcd --name" in command)
        world.until(lambda: not worlds.takes_mail(old), "the owner stopped with its lease")
        time.sleep(TTL)
        assert not any(worlds.takes_mail(host) for host in others), "nobody takes over"
        for host in others:
            host.signal(signal.SIGCONT, lambda command: "etcd --name" in command)
        after(world, sender, 10)
    owner = next(host for host in world.hosts if host.name == world.owner())
    settle(world, sender, owner, "no follower, then no etcd")
    same_everywhere(world, owner)


def test_a_second_machine_of_one_name_is_refused(world: World) -> None:
    other = world.hosts[2]
    other.signal(signal.SIGTERM, lambda command: "solicomm_build" in command)
    other.processes["serve"].wait()
    path = other.root / "hub.yaml"
    path.write_text(path.read_text().replace("node: n3", "node: n1"))
    world.serve(other)
    assert other.processes["serve"].wait(60) == 78
    assert "another machine is called n1" in other.log()
