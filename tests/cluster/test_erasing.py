"""A message is erased on three machines, one of which cannot be asked just then."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import world as worlds
from tests.cluster.sending import Sender
from tests.cluster.watching import after, whole
from tests.cluster.world import Host, World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SOLICOMM_MACHINES"), reason="some minutes: `make cluster` does it"
    ),
]
_MOMENT = 400.0  # seconds in which followers let go of what is older than a minute, asked twice


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    if reason := worlds.missing():
        pytest.skip(reason)
    with worlds.world(tmp_path / "w") as made:
        yield made


def _holding(folder: Path, words: bytes) -> list[str]:
    """The repositories below a folder that have the words in some object, in a pack or not."""
    found = []
    for path in sorted(folder.rglob("*.git")):
        git = ["git", "-c", "safe.directory=*", f"--git-dir={path}", "cat-file", "--batch"]
        done = subprocess.run([*git, "--batch-all-objects"], capture_output=True, check=True)
        if words in done.stdout:
            found.append(str(path.relative_to(folder)))
    return found


def _status(host: Host) -> tuple[int, dict[str, str]]:
    done = host.run("erase", "--status")
    lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("  followers")]
    return done.returncode, {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}


def test_followers_say_that_it_is_gone_and_who_was_away_when_it_is_back(world: World) -> None:
    first, second, third = world.hosts
    with Sender(world, rate=8) as sender:
        after(world, sender, 8)
        whole(world, sender)
        name = f"{sorted(sender.acknowledged)[0]}@union.example"
    words = name.encode()
    assert all(_holding(host.git, words) for host in world.hosts)
    third.processes["sshd"].send_signal(signal.SIGTERM)
    third.processes["sshd"].wait()
    third.signal(signal.SIGTERM, lambda command: "sshd" in command)
    done = first.run("erase", f"<{name}>", "--reason", "Request")
    assert done.returncode == 0, done.stderr
    assert f"followers at ssh://root@{third.address}{third.git}: NOT GONE" in done.stdout
    assert "is asked again" in first.run("cluster", "status").stdout

    def is_gone_from_two() -> bool:
        said = ["NOT GONE" in one for one in _status(first)[1].values()]
        left = set(_holding(second.git, words)) - {"private/carried.git"}
        return said == [False, False, True] and not left

    world.until(is_gone_from_two, "n2 without it, and n3 with it", _MOMENT)
    assert _status(first)[0] == 75
    world.sshd(third)
    world.until(lambda: "NOT GONE" not in str(_status(first)[1]), "answer of n3")
    world.until(lambda: _status(first)[0] == 0, "end of the erasure", _MOMENT)
    assert set(_status(first)[1].values()) == {"nothing is left"}
    for host in world.hosts:
        assert _holding(host.git, words) == [], host.name
    assert _holding(first.root, words) == []
    assert "is asked again" not in first.run("cluster", "status").stdout
