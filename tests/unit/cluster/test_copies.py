"""Copies of a hub on several machines: many go out for each step that others wait for, and a kill
or a follower that is away costs no more than one batch."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from solicomm_build.courier import queue
from solicomm_build.courier.making.copies import Chunk, Letter
from solicomm_build.courier.outcome import SENT, Outcome
from solicomm_build.courier.run import deliver
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import NotKeptError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.cursor import COURIER
from solicomm_build.git.replica import fence as fences
from solicomm_build.git.replica.carried import NAME
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.testing.listhub import ListHub, message

from .conftest import WATER, Machine

Three = tuple[Machine, Machine, Machine]
POSTS = 30
MEMBERS = [f"{name}@union.example" for name in ("bo", "cleo", "dina")]
COPIES = POSTS * len(MEMBERS)


class Noted:
    """Where copies go: a file that outlives who writes it, and what happens before each post."""

    unreachable = False

    def __init__(self, path: Path, before: Callable[[int], None] = lambda _count: None) -> None:
        self._path, self._before, self._count = path, before, 0

    async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        self._before(self._count)
        self._count += 1
        outcomes = []
        for chunk in chunks:
            for copy in await chunk:
                with open(self._path, "a") as out:
                    out.write(f"{queue.post_of(letter.item)} {copy.rcpt_to}\n")
                outcomes.append(SENT)
        return outcomes

    async def rest(self) -> None:
        """Nothing is held."""

    async def close(self) -> None:
        """Nothing is held."""

    def copies(self) -> Counter[str]:
        """How often each went out."""
        return Counter(self._path.read_text().splitlines() if self._path.exists() else [])


@pytest.fixture
def hub(three: Three) -> Config:
    """The first machine's, with posts that nobody has had."""
    one, *_ = three
    made = ListHub(one.config.root)
    made.members(MEMBERS)
    for number in range(POSTS):
        made.post(message(number))
    made.close()
    one.takes_over(1)
    return _of(one, made.config)


def _of(machine: Machine, like: Config) -> Config:
    """The settings of the hub on a machine."""
    return dataclasses.replace(like, root=machine.config.root, cluster=machine.config.cluster)


def _deliver(config: Config, to: Noted, log: MailLog | None = None) -> None:
    asyncio.run(deliver(config, once=True, log=log or maillog.to_nobody(), delivery=to))


def _steps(config: Config, name: str) -> int:
    fence = fences.here(Repo(config.root / name))
    return fence.seq if fence is not None else 0


def test_others_learn_of_many_copies_at_once(hub: Config, tmp_path: Path) -> None:
    to, before = Noted(tmp_path / "sent"), (_steps(hub, NAME), _steps(hub, WATER))
    _deliver(hub, to)
    assert to.copies().total() == len(to.copies()) == COPIES
    carried, water = _steps(hub, NAME) - before[0], _steps(hub, WATER) - before[1]
    said = open_repo(hub.root / WATER).git("log", "-1", "--format=%B", FENCE).decode()
    assert f"cursors/{COURIER}" in said
    assert water == 1, "one step of the cursor"
    assert carried <= 2 + -(-COPIES // (queue.BATCH - len(MEMBERS))), "one for what was queued"
    assert list(Spool(hub.spool_out).pending()) == []


def test_while_no_follower_answers_one_batch_goes_out_and_nothing_is_set_aside(
    hub: Config, three: Three, tmp_path: Path
) -> None:
    _, two, other = three

    def cut(count: int) -> None:
        if count == 3:
            two.place_gone()
            other.place_gone()

    to, lines = Noted(tmp_path / "sent", cut), list[str]()
    with pytest.raises(NotKeptError):
        _deliver(hub, to, MailLog(lines.append))
    assert to.copies().total() <= queue.BATCH
    assert [line for line in lines if "courier-waits" in line]
    assert Spool(hub.spool_out).quarantined() == []
    two.place_back()
    other.place_back()
    _deliver(hub, to)
    assert to.copies().total() == len(to.copies()) == COPIES


@pytest.mark.parametrize("count", [0, 5, POSTS - 1])
def test_who_takes_over_sends_the_rest_and_at_most_one_batch_twice(
    hub: Config, three: Three, tmp_path: Path, count: int
) -> None:
    _, two, _ = three

    def dies(done: int) -> None:
        if done == count:
            os._exit(9)

    if (pid := os.fork()) == 0:
        try:
            _deliver(hub, Noted(tmp_path / "sent", dies))
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    two.takes_over(2)
    to = Noted(tmp_path / "sent")
    _deliver(_of(two, hub), to)
    assert len(to.copies()) == COPIES, "none is lost"
    assert to.copies().total() - COPIES <= queue.BATCH
