"""Cells are doubled while three machines have some of them: real etcd, real git, and stages that do
no more than be there. Whoever does it dies at a point, and so does the machine."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.cli.serving.sharing import APART, MACHINE, Sharing
from solicomm_build.features.cells import doubling, standing
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import NotKeptError, StoreError
from solicomm_build.foundation.hub import cells, liveness
from solicomm_build.foundation.hub.cells import CONFERENCES, Division
from solicomm_build.foundation.hub.cluster import etcd, lease
from solicomm_build.foundation.hub.cluster.etcd import Etcd, EtcdError
from solicomm_build.foundation.hub.config import FILE
from solicomm_build.foundation.hub.liveness import Pulse
from solicomm_build.git.replica import machine
from solicomm_build.git.writer import Change
from solicomm_build.post.cells import dividing, hubmail
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed

from .conftest import WHEN, Machine
from .test_guests import ROSTER
from .test_lease import _config, client, pytestmark, server

__all__ = ["client", "pytestmark", "server"]  # fixtures
HUB = "name: Hub\ndomain: hub.example.org\nurl: https://hub.example.org\ncells: 2  # more later\n"
PATIENCE = 60.0
_TRIES = 5


def names() -> list[str]:
    """A conference for each of four cells, by number of the cell."""
    found: dict[int, str] = {}
    for number in range(100):
        name = f"c{number}"
        found.setdefault(cells.place(CONFERENCES, name, 4), name)
    return [found[cell] for cell in range(4)]


class Node:
    """A machine with `serve`, as a process."""

    def __init__(self, one: Machine, server: str, *prefers: int) -> None:
        config = _config(one, server)
        git = config.cluster.git
        git = dataclasses.replace(
            git, names={Path(place).parent.name: place for place in git.followers}
        )
        cluster = dataclasses.replace(config.cluster, git=git, divided=True, prefers=prefers)
        one.config = dataclasses.replace(config, cluster=cluster, cells=2)
        self.machine, self.pid = one, 0
        (one.config.root / FILE).write_text(HUB)
        cells.write(one.config, Division(2, 2))

    def start(self) -> None:
        self.pid = os.fork()
        if not self.pid:
            with contextlib.suppress(BaseException):
                os.setsid()
                Sharing(self.machine.config, self._serve).run()
            os._exit(0)

    def _serve(self, part: int) -> int:
        config = self.machine.config
        signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
        mover, kept = machine.join(config)
        if part == MACHINE:
            known = config.state / lease.FOLDER / liveness.FOLLOWED
            while True:
                with contextlib.suppress(NotKeptError, StoreError):
                    if machine.follow(config, mover, kept)[1]:
                        known.touch()
                time.sleep(0.05)
        if part != APART:
            machine.take_over(config, cell=part)
            if part == 0:
                dividing.finish(config)
            pulse = Pulse(config.state, liveness.of_cell("ingest", part))
            while True:
                pulse.beat()
                with contextlib.suppress(NotKeptError, StoreError):
                    if part == 0:
                        dividing.finish(config)
                    kept.of(part).keep(whole=True)
                time.sleep(0.05)
        return 0

    def dies(self) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)  # its children with it (die_with_parent)
            os.waitpid(self.pid, 0)
            self.pid = 0

    @property
    def cells(self) -> set[int]:
        return {cell for cell in range(8) if lease.is_held(self.machine.config, cell)}

    @property
    def division(self) -> Division:
        return cells.division(self.machine.config)

    def is_settled(self) -> bool:
        now = self.division
        is_cut = (now.cells, now.named) == (4, 4) and not (now.moved or now.left)
        return is_cut and not cells.is_announced(self.machine.config)

    def is_ready(self) -> bool:
        return liveness.runs(self.machine.config.state, "ingest")

    def splits(self) -> str:
        """Asked again while an etcd on a busy machine does not answer in time, as people are told;
        it goes on then where it was."""
        self.machine.acts()
        for _ in range(_TRIES):
            with contextlib.suppress(EtcdError):
                return doubling.double(self.machine.config, print)
        return doubling.double(self.machine.config, print)

    def says(self, name: str, word: str) -> None:
        """A step in a conference, and one in the mail of its cell, when that can be done."""
        self.machine.acts()

        def is_done() -> bool:
            notice = [Change(f"notices/{name}/{word}", b"x")]
            with contextlib.suppress(StoreError):
                if word not in self.words(name):
                    self.machine.writes(word, f"content/conferences/{name}.git")
                hubmail.write_once(self.machine.config, notice, message=word, when=WHEN)
                return True
            return False

        until(is_done, f"{word} in {name}")

    def words(self, name: str) -> list[str]:
        repo = f"content/conferences/{name}.git"
        return self.machine.words(repo) if self.machine.repo(repo).ref() else []

    def said(self, name: str) -> tuple[list[str], set[str]]:
        path = hubmail.repo_of(self.machine.config, name).path
        found = [one for one in smallhub.files(path) if one.startswith(f"notices/{name}/")]
        return self.words(name), {Path(one).name for one in found}


Three = tuple[Node, Node, Node]


def until(look: object, what: str) -> None:
    assert callable(look)
    end = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.fixture
def nodes(server: str, client: Etcd, three: tuple[Machine, Machine, Machine]) -> Iterator[Three]:
    """n1 has cell 0 and n2 cell 1; four conferences, two of them to be in cells that there are not
    yet."""
    made = (Node(three[0], server, 0), Node(three[1], server, 1), Node(three[2], server))
    one = three[0]
    for repo in (ROSTER, "private/mail.git", "private/cells/1/mail.git"):
        one.found(repo)
    for name in names():
        one.found(f"content/conferences/{name}.git")
    try:
        made[0].start()
        until(lambda: made[0].cells == {0, 1}, "n1 with all cells")
        for name in names():
            made[0].says(name, "first")
        for each in made[1:]:
            each.start()
        until(lambda: (made[0].cells, made[1].cells) == ({0}, {1}), "cells where they are liked")
        yield made
    finally:
        for each in made:
            each.dies()


def is_whole(nodes: list[Node], words: list[str]) -> None:
    """Four cells, each somebody's; every conference in its own, with all that was said."""
    for cell, name in enumerate(names()):
        for each in nodes:
            until(
                lambda each=each, name=name: each.division.cell_of(CONFERENCES, name) == cell,  # noqa: B023
                f"{name} in {cell}",
            )
            until(
                lambda each=each, name=name: each.said(name) == (words, {*words}),
                f"{words} in {name} at {each.machine.node}",
            )
    for each in nodes:
        until(each.is_settled, f"what {each.machine.node} heard in force")
    until(lambda: sorted(one for each in nodes for one in each.cells) == [0, 1, 2, 3], "owners")


def test_cells_are_doubled_while_others_have_some(nodes: Three, client: Etcd) -> None:
    one, two, other = nodes
    said = one.splits()
    assert said.startswith("`cells: 4` now. Write that into hub.yaml of the other machines")
    assert "\ncells: 4  # more later\n" in (one.machine.config.root / FILE).read_text()
    rows = client.below(etcd.CELLS)
    assert [rows[etcd.owner_key(cell)].value for cell in (0, 1)] == ["n1", "n2"], "given back"
    assert rows[etcd.owner_key(3)].value in ("n2", "n3"), "cut off what n2 has, or taken"
    assert not [key for key in rows if key.endswith(("/lender", "/wanted"))]
    is_whole([one, two, other], ["first"])
    for name in names():
        for each in nodes:
            each.says(name, each.machine.node)
    is_whole([one, two, other], ["n3", "n2", "n1", "first"])
    assert "write `cells: 4`" in standing.note(two.machine.config)
    config = dataclasses.replace(one.machine.config, cells=4)
    assert standing.note(config) == ""
    doubling.go_on(config, maillog.to_nobody())
    assert one.division.cells == 4


POINTS = ("begun:1", "kept:1", "kept:2", "out:1")


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_whoever_has_cell_0_goes_on(nodes: Three, point: str) -> None:
    one, *others = nodes
    assert killed(one.splits, f"cells.after-{point}")
    one.dies()
    until(lambda: any(0 in each.cells for each in others), "another has cell 0")
    home = next(each for each in others if 0 in each.cells)
    until(home.is_ready, "cell 0 taken over")
    if home.division.cells == 4:
        until(lambda: sum(len(each.cells) for each in others) == 4, "all cells")
        home.machine.acts()
        doubling.go_on(home.machine.config, maillog.to_nobody())
        assert "again doubles" in home.splits()
    else:
        until(lambda: sum(len(each.cells) for each in others) == 2, "all cells")
        assert "`cells: 4`" in home.splits()
    assert "\ncells: 4 " in (home.machine.config.root / FILE).read_text()
    is_whole(others, ["first"])
    for name in names():
        for each in others:
            each.says(name, each.machine.node)
    one.start()
    until(lambda: bool(one.cells), "n1 with a cell")
    is_whole([*nodes], ["n3", "n2", "first"])
