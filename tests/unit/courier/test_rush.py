"""In a rush of mail the courier leaves new posts for a while, and what nobody gets costs little."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.courier.run import deliver
from solicomm_build.foundation import maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Oid
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.post.cells import rush
from solicomm_build.testing.listhub import ListHub, message


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    yield made
    made.close()


def _pour(hub: ListHub, count: int = 8) -> list[Path]:
    """So many files that nobody takes."""
    hub.config.spool_in.mkdir(parents=True, exist_ok=True)
    files = [hub.config.spool_in / f"{number}.mail" for number in range(count)]
    for file in files:
        file.write_bytes(b"")
    return files


def test_a_rush_is_waited_for_so_long_and_then_anew(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    patience = rush.Patience(hub.config)
    files = _pour(hub, 7)
    assert not patience.is_asked()
    files += _pour(hub)
    assert patience.is_asked()
    now[0] += rush.LONGEST - 0.1
    assert patience.is_asked()
    now[0] += 0.1
    assert not patience.is_asked()
    assert patience.is_asked()
    files[-1].unlink()
    assert not patience.is_asked()


def test_new_posts_wait_while_mail_pours_in(hub: ListHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.members(["ana@union.example"])
    hub.post(message(1))
    monkeypatch.setattr(rush, "LONGEST", 3600.0)
    files, asked = _pour(hub), asyncio.Queue[bool]()
    is_asked = rush.Patience.is_asked

    async def follow() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def noted(patience: rush.Patience) -> bool:
            said = is_asked(patience)
            loop.call_soon_threadsafe(asked.put_nowait, said)
            return said

        monkeypatch.setattr(rush.Patience, "is_asked", noted)
        spool = Spool(hub.config.spool_out)
        courier = asyncio.create_task(deliver(hub.config, stop=stop, log=maillog.to_nobody()))
        try:
            assert await asyncio.wait_for(asked.get(), 60)
            assert _kept(hub.config.sink) == 1  # the first look takes what was there before
            before = hub.list.ref()
            hub.post(message(2))
            spool.ring()
            assert await asyncio.wait_for(asked.get(), 60)
            assert Cursor(hub.list, COURIER).read() == before
            for file in files:
                file.unlink()
            spool.ring()
            async with asyncio.timeout(60):
                while await asked.get():
                    continue
        finally:
            stop.set()
            await courier
            spool.close()

    asyncio.run(follow())
    asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody()))
    assert _kept(hub.config.sink) == 2


def test_once_waits_for_no_rush(hub: ListHub) -> None:
    hub.members(["ana@union.example"])
    _pour(hub)
    hub.post(message(1))
    asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody()))
    assert _kept(hub.config.sink) == 1


def test_posts_that_nobody_gets_move_the_cursor_once(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.members([])
    for number in range(3):
        hub.post(message(number))
    moved: list[Oid] = []
    advance = Cursor.advance

    def noted(cursor: Cursor, old: Oid | None, new: Oid) -> None:
        moved.append(new)
        advance(cursor, old, new)

    monkeypatch.setattr(Cursor, "advance", noted)
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())
    assert fanout.run() == 0
    fanout.close()
    assert moved == [hub.list.ref()]
    assert Cursor(hub.list, COURIER).read() == hub.list.ref()


def _kept(sink: Path) -> int:
    """How many copies a sink has."""
    return sum(line.startswith(b"From ") for line in sink.read_bytes().splitlines())
