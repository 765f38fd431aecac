"""Three machines, four cells, an owner for each, while mail comes in for all of them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.types import post_id
from solicomm_build.testing import objectstores
from tests.cluster import apart as aparts
from tests.cluster import world as worlds
from tests.cluster.apart import MEMBERS, Apart, conferences
from tests.cluster.sending import Sender
from tests.cluster.world import TTL, Host

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SOLICOMM_MACHINES"), reason="some minutes: `make cluster` does it"
    ),
    pytest.mark.skipif(objectstores.missing(), reason="SeaweedFS is there with make dev"),
]

BOUND = 2 * TTL + 2


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Apart]:
    if reason := worlds.missing():
        pytest.skip(reason)
    with aparts.apart(tmp_path / "w") as made:
        yield made


def after(world: Apart, sender: Sender, count: int) -> None:
    had = len(sender.acknowledged)
    world.until(lambda: len(sender.acknowledged) >= had + count, f"{count} more mails taken")


def settle(world: Apart, sender: Sender, *, twice: int = 0) -> Host:
    """Every acknowledged mail is a post of its conference, once, as the machine with cell 0 sees
    it, and its copies went out; at most so many of these twice. That machine."""
    home = world.host(world.owners()[0])
    for name, sent in sender.by_conference.items():
        wanted = {str(post_id(f"{one}@union.example")) for one, _ in sent}
        world.until(lambda: wanted <= home.posts(name).keys(), f"{len(wanted)} posts in {name}")  # noqa: B023
        more = [mid for mid, count in home.posts(name).items() if count > 1]
        print(f"\n{name}: {len(wanted)} acknowledged, 0 lost, {len(more)} there twice", end="")
        assert not more
    letters = {f"<{one}@union.example>" for one in sender.acknowledged}
    copies = {(to, mid) for to in MEMBERS for mid in letters}
    world.until(lambda: copies <= world.copies().keys(), f"{len(copies)} copies", 600)
    found = world.copies()
    again = sum(found[one] - 1 for one in copies)
    print(f"\n{len(copies)} copies, {again} of them again", end="")
    assert again <= twice
    return home


def published(root: Path) -> dict[str, bytes]:
    """All files; what goes meanwhile is not there."""
    found: dict[str, bytes] = {}
    for path in root.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                found[str(path.relative_to(root))] = path.read_bytes()
    return found


def test_one_machine_dies_and_its_cells_alone_move(world: Apart, tmp_path: Path) -> None:
    names = conferences()
    before = world.epochs()
    with Sender(world, rate=4, to=names) as sender:
        after(world, sender, 24)
        at, old = time.monotonic(), world.host("n3")
        old.dies()
        lasted = world.taken([2, 3], old)
        after(world, sender, 24)
    now = world.epochs()
    assert {cell for cell in before if before[cell] != now[cell]} == {2, 3}
    for host in world.hosts[:2]:
        assert "lets go" not in host.log(), "the others did not stop"
    home = settle(world, sender, twice=50)
    for name in names[:2]:
        during = [when for _, when in sender.by_conference[name] if at < when < at + lasted]
        assert during, f"{name} was taken while others moved"
    same_pages(world, home, tmp_path / "alone")
    assert lasted <= BOUND


def same_pages(world: Apart, home: Host, folder: Path) -> None:
    """What a machine has published is what one that has no others makes of the same, all of it."""
    alone = aparts.alone(home, folder)
    built = CliRunner().invoke(main, ["build", "--full", "--hub", str(alone.root)])
    assert built.exit_code == 0, built.output
    wanted, here = published(alone.public), home.root / "public"
    world.until(lambda: published(here) == wanted, "the same pages", 120)
    print(f"\n{len(wanted)} files of public/ as one machine has them", end="")


def test_the_machine_with_cell_0_dies(world: Apart, tmp_path: Path) -> None:
    """Mail is taken all the while; desk, fan-out and pages go on where another has cell 0."""
    before = world.epochs()
    with Sender(world, rate=3, to=conferences()) as sender:
        after(world, sender, 16)
        world.host("n1").dies()
        lasted = world.taken([0], world.host("n1"))
        after(world, sender, 16)
    now = world.epochs()
    assert {cell for cell in before if before[cell] != now[cell]} == {0}
    home = settle(world, sender, twice=50)
    same_pages(world, home, tmp_path / "alone")
    assert lasted <= BOUND


def test_one_stands_still_the_store_is_away_and_a_cell_is_moved(world: Apart) -> None:
    names, slow = conferences(), world.host("n3")
    with Sender(world, rate=3, to=names) as sender:
        after(world, sender, 16)
        slow.signal(signal.SIGSTOP, lambda command: "solicomm" in command)
        world.until(lambda: not {"n3", "nobody"} & {*world.owners().values()}, "new owners")
        after(world, sender, 16)
        slow.signal(signal.SIGCONT, lambda command: "solicomm" in command)
        world.until(lambda: "n3 lets go of cell 2" in slow.log(), "the slow one letting go")
        world.until(lambda: world.owners() == world.wanted, "cells where they are preferred", 120)
        with world.store.down():
            had = len(sender.acknowledged)
            time.sleep(TTL)
            assert len(sender.acknowledged) <= had + 1, "no 250 without the store"
        after(world, sender, 8)
        done = world.hosts[0].run("cells", "move", "1", "n3")
        assert done.stdout == "n3 has cell 1 now\n", done.stderr
        after(world, sender, 16)
    assert world.owners() == {**world.wanted, 1: "n3"}
    settle(world, sender, twice=50)


def test_a_machine_is_drained_and_switched_off(world: Apart) -> None:
    names, leaves = conferences(), world.host("n3")
    with Sender(world, rate=3, to=names) as sender:
        after(world, sender, 16)
        done = leaves.run("cluster", "drain")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "n3 has no cell, and nothing waits here" in done.stdout
        assert "n3" not in world.owners().values()
        leaves.dies()
        after(world, sender, 16)
    done = world.hosts[0].run("cluster", "status")
    assert done.returncode == 75
    assert "FAULT: n3 is not there" in done.stdout
    settle(world, sender)


def lies_in(host: Host, name: str) -> int:
    """The cell of a conference, as a machine knows it."""
    return cells.cell_of(host.config, cells.CONFERENCES, name)


def test_conferences_move_between_cells_of_different_machines(world: Apart, tmp_path: Path) -> None:
    """One that is killed where others were told and it is not in force; then the machine where it
    was done dies."""
    names, (home, _, other) = conferences(), world.hosts
    liked = world.wanted
    with Sender(world, rate=3, to=names) as sender:
        after(world, sender, 8)
        done = other.run("cells", "move", names[2], "1")
        assert "where cell 0 is" in done.stderr
        assert "n1 has it" in done.stderr
        done = home.run("cells", "move", names[2], "1", fault="cells.after-kept:1")
        assert done.returncode < 0, done.stdout + done.stderr
        said = home.run("cells").stdout
        if lies_in(home, names[2]) != 1:  # the machine goes on by itself, in 15 seconds or now
            assert "cell 2 goes back to n3" in said
            assert re.search("(?m)^cell 1 +n1 ", said)
            assert re.search("(?m)^cell 2 +n1 ", said)
        world.until(lambda: lies_in(home, names[2]) == 1, "what was told in force")
        after(world, sender, 8)
        done = home.run("cells", "move", names[2], "1")
        assert done.stdout == f"conferences/{names[2]} is in cell 1 already, and stays there\n"
        assert world.owners() == liked, done.stderr
        after(world, sender, 8)
        home.dies()
        world.taken([0], home)
        after(world, sender, 16)
    found = settle(world, sender, twice=50)
    assert [lies_in(found, name) for name in names] == [0, 1, 1, 3]
    same_pages(world, found, tmp_path / "alone")


def test_cells_are_doubled_while_mail_comes(world: Apart, tmp_path: Path) -> None:
    """Who does it is killed in the middle, the machine goes on by itself, and then it dies."""
    names, (home, _, other) = conferences(), world.hosts
    liked = world.wanted

    def is_done() -> bool:
        now = cells.division(home.config)
        return now.cells == 2 * aparts.CELLS and not (now.moved or now.left)

    with Sender(world, rate=3, to=names) as sender:
        after(world, sender, 8)
        assert "n1 has it. Say it there" in other.run("cells", "split").stderr
        done = home.run("cells", "split", fault="cells.after-kept:2")
        assert done.returncode < 0, done.stdout + done.stderr
        assert "on the way to another cell: " in other.run("cells").stdout
        after(world, sender, 8)
        lasted = world.until(is_done, "the split at its end", 300)
        print(f"\nfinished {lasted:.0f} s after it was killed", end="")

        def is_given_back() -> bool:
            now = world.owners()
            return liked.items() <= now.items() and "nobody" not in now.values()

        world.until(is_given_back, "cells given back", 120)
        assert "write `cells: 8`" in other.run("cells").stdout
        after(world, sender, 8)
        lost = [cell for cell, name in world.owners().items() if name == "n1"]
        home.dies()
        world.taken(lost, home)
        after(world, sender, 16)
    found = settle(world, sender, twice=50)
    assert [lies_in(found, name) for name in names] == [0, 5, 2, 7]
    same_pages(world, found, tmp_path / "alone")
