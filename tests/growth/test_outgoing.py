"""Each file that waits in spool/out costs a round the same, however many others wait.

10 files, 40 files → one round → steps of the courier; another, in which nothing is due
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path, PurePath
from types import FrameType

import pytest

from solicomm_build.courier import run
from solicomm_build.courier.queue import Consignment
from solicomm_build.courier.withheld import leavers
from solicomm_build.courier.withheld.leavers import Leavers
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.people import roster as rosters
from solicomm_build.people import rosterevents
from solicomm_build.people.kept import views
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub


def _steps(work: Callable[[], object]) -> int:
    """How many functions of the courier's loop are called in this thread."""
    called: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename == run.__file__:
            called[frame.f_code.co_name] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return called.total()


def test_a_round_goes_once_through_what_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []
    for count in (10, 40):
        config = smallhub.make(tmp_path / str(count))
        spool, log = Spool(config.spool_out), maillog.to_nobody()
        for _ in range(count):
            spool.put([smallhub.item(smallhub.mail(), "x@dead.example")])
        courier = run.Courier(config, spool, run.delivery_of(config, log), log)
        offered: list[str] = []

        async def send(one: Consignment, _: asyncio.Event) -> bool:
            offered.append(one.path.name)  # noqa: B023 - called within this turn
            courier._not_due[one.path.name] = clock.now() + timedelta(minutes=30)  # noqa: B023
            return True

        monkeypatch.setattr(courier, "_send", send)
        found.append(_steps(lambda: asyncio.run(courier._round(asyncio.Event()))))  # noqa: B023
        assert offered == sorted(offered)
        assert len(offered) == count
        with monkeypatch.context() as patch:
            patch.setattr(PurePath, "__truediv__", None)  # no path is made of what waits
            asyncio.run(courier._round(asyncio.Event()))
        assert len(offered) == count
        asyncio.run(courier.close())
        spool.close()
    assert found[1] - found[0] <= 4 * 30, found


_NOW = clock.now()


def _closed(root: Path, count: int) -> tuple[Leavers, Item]:
    """A list for members only; the first five of them have left it, are paused, gone, banned, and
    banned but moderate; somebody waits who never was here."""
    board = Conference("board", {"en": "Board"}, kind="list", visibility="members")
    config, events = smallhub.make(root, board), list[Event]()
    for number in range(1, count + 1):
        to = f"m{number}@union.example"
        events.append(rosterevents.member(number, to, at=_NOW, consent=Consent("mail")))
        events.append(rosterevents.subscribe("board", number, at=_NOW, consent=Consent("mail")))
    events += [
        rosterevents.unsubscribe("board", 1, at=_NOW, by="mail"),
        rosterevents.state(2, "disabled", at=_NOW, by="test", conference="board"),
        rosterevents.state(3, "removed", at=_NOW, by="test"),
        rosterevents.standing("board", "m4@union.example", "banned", at=_NOW, by="test"),
        rosterevents.standing("*", "m5@union.example", "banned", at=_NOW, by="test"),
        rosterevents.role("board", 5, "moderator", at=_NOW, by="test"),
    ]
    smallhub.add_events(config, events)
    numbers = (1, 2, 3, 4, 5, 6, 0)
    envelope = Envelope(
        "board-bounces@hub.example",
        tuple(f"m{number}@union.example" for number in numbers),
        _NOW,
        list_id="board",
        members=numbers,
    )
    return Leavers(config, maillog.to_nobody()), Item(envelope, smallhub.mail())


def test_who_still_reads_is_asked_of_those_alone_for_whom_a_copy_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    for module in (rosters, views):
        real = module.member_of
        monkeypatch.setattr(
            module, "member_of", lambda row, real=real: [taken.append(1), real(row)][1]
        )
    found: list[int] = []
    for count in (10, 60):
        work, item = _closed(tmp_path / str(count), count)
        taken.clear()
        assert work._gone(item, tuple(range(7))) == (0, 1, 2, 3, 6)
        found.append(len(taken))
        with monkeypatch.context() as patch:
            patch.setattr(leavers, "_FEW", 0)  # as where very many wait
            assert work._gone(item, tuple(range(7))) == (0, 1, 2, 3, 6)
        work.close()
    assert found[0] == found[1]
