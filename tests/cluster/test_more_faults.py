"""What else can be wrong with one machine of three: its disk, its clock, its keys, its version, the
moment. Each world sees several faults, one after the other, while mail comes in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.git.repo import Repo
from tests.cluster import trouble, watching
from tests.cluster import world as worlds
from tests.cluster.sending import Sender
from tests.cluster.watching import after, owner, refuses, whole
from tests.cluster.world import SOLICOMM, TTL, Host, World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SOLICOMM_MACHINES"), reason="some minutes: `make cluster` does it"
    ),
]
SITE = "unions/metal.git"
_OTHER_CLOCK = ["faketime", "--exclude-monotonic", "-f"]
_NEXT = "import solicomm_build as s; s.__version__ = '12.3.0'; import solicomm_build.cli.main as m"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    if reason := worlds.missing():
        pytest.skip(reason)
    with worlds.world(tmp_path / "w") as made:
        yield made


def _again(world: World, host: Host, program: list[str]) -> None:
    """Has the hub's program started again on a machine as this one."""
    host.program = tuple(program)
    host.processes["serve"].terminate()
    host.processes["serve"].wait()
    had = len(host.log())
    world.serve(host)
    world.until(lambda: "stands by" in host.log()[had:] or worlds.takes_mail(host), host.name)


def _hand_over(host: Host, to: Host) -> None:
    done = host.run("cells", "move", "0", to.name)
    assert done.stdout == f"{to.name} has the hub now, and all of its cells\n", done.stderr


def test_a_follower_s_disk_is_full_lost_or_an_old_copy_and_its_key_goes(world: World) -> None:
    """The other follower is enough each time; without both nobody is told 250."""
    first, follower, other = world.hosts
    with Sender(world, rate=8) as sender:
        after(world, sender, 8)
        for fault in (
            trouble.disk_full,
            trouble.old_copy,
            trouble.empty_disk,
            trouble.key_revoked,
            trouble.cut_from_one,
        ):
            at = first if fault is trouble.cut_from_one else follower
            print(f"\n{fault.__name__}", end="")
            with fault(world, at):
                after(world, sender, 8)
                assert owner(world) is first, fault
            assert whole(world, sender) is first
        with trouble.key_revoked(world, follower), trouble.key_revoked(world, other):
            world.until(lambda: refuses(world, sender), "451")
        whole(world, sender)
        with trouble.disk_full(
            world, first
        ):  # what it keeps is a place like others, and must agree
            world.until(lambda: refuses(world, sender), "451")
        whole(world, sender)


@pytest.mark.skipif(not shutil.which("nft"), reason="no nft: apt-get install nftables")
def test_a_line_that_is_slow_and_loses_packets(world: World) -> None:
    """Mail is taken all the while, wherever the line is bad; then all of it is everywhere."""
    first, second, third = world.hosts
    with Sender(world, rate=4) as sender:
        after(world, sender, 4)
        for host in (first, second):
            with trouble.bad_line(world, host):
                after(world, sender, 12)
            whole(world, sender)
        with trouble.bad_line(world, first), trouble.bad_line(world, third):
            after(world, sender, 8)
        whole(world, sender)


@pytest.mark.skipif(not shutil.which("faketime"), reason="no faketime: apt-get install faketime")
def test_clocks_an_hour_apart(world: World) -> None:
    first, ahead, behind = world.hosts
    _again(world, ahead, [*_OTHER_CLOCK, "+3600s", *SOLICOMM])
    _again(world, behind, [*_OTHER_CLOCK, "-3600s", *SOLICOMM])
    with Sender(world, rate=8) as sender:
        after(world, sender, 8)
        for old, new in ((first, ahead), (ahead, behind), (behind, first)):
            _hand_over(old, new)
            after(world, sender, 8)
            assert whole(world, sender) is new
        _hand_over(first, ahead)
        with trouble.stands_still(world, ahead):
            watching.taken(world, time.monotonic(), ahead)
            after(world, sender, 8)
        whole(world, sender)
    dates = Repo(first.root / f"content/conferences/{worlds.CONFERENCE}.git")
    seconds = [int(one) for one in dates.git("log", "--format=%ct", "main").split()]
    assert max(seconds) - min(seconds) > 3600, "the clocks were as far apart as was meant"


def test_an_older_program_takes_nothing_over_that_a_newer_one_had(world: World) -> None:
    first, second, third = world.hosts
    newer = [sys.executable, "-c", f"{_NEXT}; m.main()"]
    with Sender(world, rate=8) as sender:
        after(world, sender, 8)
        _again(world, second, newer)
        assert whole(world, sender) is first, "side by side"
        _hand_over(first, second)
        assert whole(world, sender) is second
        with trouble.dies(world, second):
            said = "SoliComm 12.3 had the hub last, on n2, and this is an older one"
            world.until(lambda: said in first.log() or said in third.log(), "refusal")
            time.sleep(TTL)
            assert not any(worlds.takes_mail(host) for host in (first, third))
            _again(world, third, newer)
            after(world, sender, 8)
        whole(world, sender)
        _again(world, first, newer)
        _hand_over(owner(world), first)
        assert whole(world, sender) is first


class Editor:
    """Somebody who pushes to a union's site, wherever the hub is, and remembers what was taken."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._work = world, folder
        self.taken: list[str] = []
        self.refused = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._edit, daemon=True)
        self._git(folder.parent, "clone", "-q", str(owner(world).root / SITE), str(folder))

    def __enter__(self) -> Editor:
        self._thread.start()
        return self

    def __exit__(self, *_rest: object) -> None:
        self._stop.set()
        self._thread.join()

    def _git(self, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", "Ana"), ("EMAIL", "ana@users.hub.invalid"))
        }
        env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1", **who}
        return subprocess.run(
            ["git", *words], cwd=cwd, env=env, capture_output=True, text=True, check=False
        )

    def _edit(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            page = next(self._work.glob("**/*.md"))
            page.write_text(f"{page.read_text().rstrip()}\n\nEdit {number}\n")
            self._git(self._work, "commit", "-qam", f"Edit {number}")
            while not self._stop.is_set() and not self._pushed(f"Edit {number}"):
                self._stop.wait(0.2)

    def _pushed(self, word: str) -> bool:
        """Asks each machine until one takes it; begun anew from there when it knows more."""
        for host in self._world.hosts:
            site = str(host.root / SITE)
            words = [*host.place.words, "git", "-C", str(self._work), "push", "-q", site, "main"]
            env = {"PATH": os.environ["PATH"], "HOME": str(self._work)}
            done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                self.taken.append(word)
                return True
            self.refused += 1
        return False


def test_the_hub_is_handed_over_while_somebody_pushes(world: World, tmp_path: Path) -> None:
    done = world.hosts[0].run("new", "union", "metal")
    assert done.returncode == 0, done.stderr
    with Sender(world, rate=4) as sender, Editor(world, tmp_path / "work") as editor:
        for to in (1, 2, 0):
            had = len(editor.taken)
            world.until(lambda had=had: len(editor.taken) >= had + 3, "pushes")  # type: ignore[misc]
            _hand_over(owner(world), world.hosts[to])
        had = len(editor.taken)
        world.until(lambda: len(editor.taken) >= had + 3, "pushes")
        after(world, sender, 3)
    last = owner(world)
    watching.same_everywhere(world, last)
    said = Repo(last.root / SITE).git("log", "--format=%s", "main").decode().split("\n")
    assert not set(editor.taken) - set(said)
    assert len(said) == len(set(said)), "each once"
    print(f"\n{len(editor.taken)} pushes taken, {editor.refused} refused, none lost", end="")
