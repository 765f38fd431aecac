"""The desk killed while it opens a poll, asks the voters, takes votes and ends it, and run again:
nobody is asked twice, no vote is lost, the end and its post come once.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.desk.run import desk
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.bymail import pollcommands
from solicomm_build.features.polls.held import running
from solicomm_build.features.polls.values.poll import POSITIONS, Option, Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import clock, faults, maillog
from solicomm_build.foundation.keys import token_key
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.people import token
from solicomm_build.testing.deskhub import DeskHub

VOTERS = 7
POINTS = (
    "polls.after-book",
    "desk.after-staged",
    "desk.after-plan",
    "desk.after-roster",
    "desk.after-added",
    "desk.after-out",
)


def run(hub: DeskHub, fault: str = "") -> bool:
    """Runs the desk in a process of its own, with the plug pulled at a point; whether it died."""
    hub.now += timedelta(seconds=1)
    child = os.fork()
    if child == 0:
        try:
            faults._passed.clear()
            os.environ["SOLICOMM_FAULT"] = fault
            with clock.fixed(hub.now):
                desk(hub.config, once=True, log=maillog.to_nobody())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), fault
    return status != 0


def files(hub: DeskHub) -> PollFiles:
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        return store.load(reader, "q-5f3a")


@pytest.mark.parametrize("point", POINTS)
def test_nobody_is_asked_twice_and_the_end_comes_once(
    tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 3)
    hub = DeskHub(tmp_path / "hub")
    for number in range(1, VOTERS + 1):
        hub.member(number, f"n{number}@union.example", "water", name=f"N{number}")
    closes = hub.now + timedelta(days=1)
    options = tuple(map(Option, POSITIONS))
    with clock.fixed(hub.now):
        asked = Poll("q-5f3a", {"en": "Shall we?"}, "proposal", options, closes)
        pollcommands.open_poll(hub.config, "water", asked)
    deaths = sum(run(hub, f"{point}:{number}") for number in (1, 1, 2, 1))
    run(hub)
    letters = Counter(item.envelope.rcpt_tos[0] for item in hub.sent())
    assert letters == {f"n{number}@union.example": 1 for number in range(1, VOTERS + 1)}
    assert len(files(hub).voters) == VOTERS
    key = token_key(hub.config.keys)
    for number in (1, 2, 3):
        made = token.vote_token(key, "water", "q-5f3a", number)
        hub.send(voteaddress.local_part("q-5f3a", made), "1", sender=f"n{number}@union.example")
    deaths += sum(run(hub, f"{point}:{number}") for number in (1, 2))
    run(hub)
    told = [parse(item.raw).subject for item in hub.sent()]
    assert told == ["Your vote: Shall we?"] * 3
    hub.now = closes + timedelta(seconds=1)
    deaths += sum(run(hub, f"{point}:1") for _ in range(2))
    run(hub)
    assert deaths >= (1 if point == "polls.after-book" else 4), point
    found = files(hub).tally
    assert found is not None
    assert [row.ballots for row in found.rows] == [3, 0, 0, 0]
    spool = Spool(hub.config.spool_in)
    posts = [parse(item.raw) for path in spool.pending() for item in spool.read(path)]
    assert len(posts) == 1
    commits = open_repo(hub.config.conference_repo("water")).git("log", "--format=%s").decode()
    assert commits.count("Close poll") == 1
    assert commits.count("Open poll") == 1
    left = [path for path in hub.config.spool_desk.rglob("*") if path.suffix in (".json", ".mail")]
    assert left == []
