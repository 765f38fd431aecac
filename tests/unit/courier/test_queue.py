"""State per recipient that survives a kill at any octet."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.courier import queue
from solicomm_build.courier.making.copies import Chunk, Letter
from solicomm_build.courier.outcome import SENT, Outcome, of_reply
from solicomm_build.courier.queue import Batch
from solicomm_build.courier.run import Courier, deliver
from solicomm_build.foundation import clock, maillog, safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.post.store import withdraw
from solicomm_build.testing.killing import killed
from solicomm_build.testing.listhub import ListHub

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER, FAILED = Outcome("later", "451 4.3.0 busy"), Outcome("failed", "550 5.1.1 nobody")


def _item(count: int) -> Item:
    to = tuple(f"m{number}@union.example" for number in range(count))
    return Item(Envelope("water-bounces@hub.example", to, NOW), b"A: b\r\n\r\ntext\r\n")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "out")


def _put(spool: Spool, *counts: int) -> Path:
    with clock.fixed(NOW):
        return spool.put([_item(count) for count in counts])


def test_batches_of_fifty(spool: Spool) -> None:
    consignment = queue.load(spool, _put(spool, 120, 1))
    sizes = [(batch.number, len(batch.places)) for batch in consignment.batches(NOW)]
    assert sizes == [(0, 50), (0, 50), (0, 20), (1, 1)]
    assert consignment.size == 121


def test_what_is_settled_is_not_offered_again(spool: Spool) -> None:
    path = _put(spool, 3)
    consignment = queue.load(spool, path)
    (batch,) = consignment.batches(NOW)
    lost = consignment.settle(batch, [SENT, LATER, FAILED], NOW)
    assert lost == {2: FAILED}
    for same in (consignment, queue.load(spool, path)):
        assert list(same.batches(NOW)) == []
        assert same.next_due() == NOW + timedelta(minutes=1)
        (again,) = same.batches(NOW + timedelta(minutes=1))
        assert again.places == (1,)
        assert not same.settled
    consignment.settle(again, [SENT], NOW + timedelta(minutes=1))
    assert queue.load(spool, path).settled
    assert queue.load(spool, path).next_due() is None


def test_given_up_after_three_days(spool: Spool) -> None:
    consignment = queue.load(spool, _put(spool, 1))
    now = NOW
    lost: dict[int, Outcome] = {}
    while not lost:
        (batch,) = consignment.batches(now)
        lost = consignment.settle(batch, [LATER], now)
        now = consignment.next_due() or now
    assert consignment.settled
    assert lost == {0: Outcome("failed", "given up: 451 4.3.0 busy")}
    assert timedelta(days=2, hours=22) < now - NOW <= timedelta(days=3)


FAR = datetime(2038, 1, 19, 3, 14, tzinfo=UTC)
"""What a clock without a battery may say until it hears the right time."""


def test_nobody_waits_for_a_clock_that_was_put_back(spool: Spool) -> None:
    path = _put(spool, 2)
    consignment = queue.load(spool, path)
    (batch,) = consignment.batches(FAR)
    assert consignment.settle(batch, [LATER, SENT], FAR) == {}
    for same in (consignment, queue.load(spool, path)):
        (again,) = same.batches(NOW)
        assert again.places == (0,)
    later = Item(replace(_item(1).envelope, received_at=FAR), b"A: b\r\n\r\ntext\r\n")
    consignment = queue.load(spool, spool.put([later]))
    assert [one.places for one in consignment.batches(NOW)] == [(0,)]


def test_a_state_cut_anywhere_repeats_at_most_the_last_batch(spool: Spool) -> None:
    path = _put(spool, 101)
    consignment = queue.load(spool, path)
    for batch in consignment.batches(NOW):
        consignment.settle(batch, [SENT] * len(batch.places), NOW)
    state = queue.state_path(path)
    whole = state.read_bytes()
    ends = [at + 1 for at in range(len(whole)) if whole[at : at + 1] == b"\n"]
    for cut in {*range(0, len(whole), 7), *ends, *(end - 1 for end in ends)}:
        state.write_bytes(whole[:cut])
        kept = sum(cut >= end - 1 for end in ends)  # a line needs no LF to be whole
        again = queue.load(spool, path)
        assert sum(len(batch.places) for batch in again.batches(NOW)) == max(0, 101 - 50 * kept)
    state.write_bytes(whole[: ends[0] + 9])
    again = queue.load(spool, path)
    for batch in again.batches(NOW):
        again.settle(batch, [SENT] * len(batch.places), NOW)
    assert queue.load(spool, path).settled


def test_nonsense_in_a_state_is_passed_over(spool: Spool) -> None:
    path = _put(spool, 2)
    lines = [b"{}", b"[]", b'{"item": 9, "at": "2026-11-24T12:00:00+00:00", "sent": [0]}', b"\xff"]
    queue.state_path(path).write_bytes(b"\n".join(lines))
    (batch,) = queue.load(spool, path).batches(NOW)
    assert len(batch.places) == 2


def test_finish_and_sweep(spool: Spool) -> None:
    path = _put(spool, 1)
    consignment = queue.load(spool, path)
    (batch,) = consignment.batches(NOW)
    consignment.settle(batch, [SENT], NOW)
    queue.sweep(spool)
    assert queue.state_path(path).exists()
    spool.done(path)  # killed here
    queue.sweep(spool)
    assert not queue.state_path(path).exists()
    queue.finish(spool, path)
    queue.finish(spool, path)
    assert spool.pending() == []


def test_a_damaged_file_says_so(spool: Spool) -> None:
    path = _put(spool, 1)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(StoreError):
        queue.load(spool, path)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(250, "sent"), (251, "sent"), (421, "later"), (452, "later"), (550, "failed"), (-1, "later")],
)
def test_replies(code: int, kind: str) -> None:
    assert of_reply(code, "x\r\ny") == Outcome(kind, f"{code} x y")  # type: ignore[arg-type]


class _Server:
    """Takes all but what is for those who are refused, and says who was offered a copy."""

    unreachable = False

    def __init__(self, *refused: str) -> None:
        self.refused, self.offered = refused, list[str]()

    async def hand_over(self, _letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        to = [copy.rcpt_to.partition("@")[0] for chunk in chunks for copy in await chunk]
        self.offered += to
        if self.unreachable:
            return [LATER for _ in to]
        return [FAILED if one in self.refused else SENT for one in to]

    async def rest(self) -> None:
        """Holds nothing."""

    async def close(self) -> None:
        """Holds nothing."""


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = ListHub(tmp_path / "hub")
    made.close()
    _put(Spool(made.config.spool_out), 3)
    return made.config


def _deliver(hub: Config, server: _Server) -> None:
    with clock.fixed(NOW):
        asyncio.run(deliver(hub, once=True, delivery=server, log=maillog.to_nobody()))


def test_a_relay_that_was_away_while_the_clock_was_far_ahead_is_asked_again(hub: Config) -> None:
    """A machine without a battery comes up with a wrong time and without a line."""
    server = _Server()

    async def looks() -> None:
        spool, stop = Spool(hub.spool_out), asyncio.Event()
        work = Courier(hub, spool, server, maillog.to_nobody())
        server.unreachable = True
        with clock.fixed(FAR):
            await work.round(stop)
        offered = len(server.offered)
        server.unreachable = False
        with clock.fixed(FAR + timedelta(seconds=30)):
            await work.round(stop)
        assert len(server.offered) == offered, "it rests for a minute"
        with clock.fixed(NOW):
            await work.round(stop)
        await work.close()

    asyncio.run(looks())
    assert server.offered == 2 * ["m0", "m1", "m2"]
    assert Spool(hub.spool_out).pending() == []


def _fill(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk takes nothing more of a state."""

    def full(real: Callable[..., int]) -> Callable[..., int]:
        def write(fd: int, *words: Any) -> int:
            if os.readlink(f"/proc/self/fd/{fd}").endswith(".state"):
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(fd, *words)

        return write

    for name in ("write", "pwrite"):
        monkeypatch.setattr(os, name, full(getattr(os, name)))


def test_on_a_full_disk_nobody_gets_the_same_copy_again_and_again(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = _Server()
    with monkeypatch.context() as patch:
        _fill(patch)
        for _ in range(3):  # the supervisor begins it again
            with pytest.raises(OSError, match="No space"):
                _deliver(hub, server)
    assert server.offered == []
    _deliver(hub, server)
    assert server.offered == ["m0", "m1", "m2"]
    assert Spool(hub.spool_out).pending() == []


class _Killed(BaseException):
    """The power goes."""


def test_a_mail_that_is_refused_is_set_aside_though_the_courier_is_killed(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_words: object) -> None:
        raise _Killed

    server = _Server("m1")
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "quarantine", kill)
        with pytest.raises(_Killed):
            _deliver(hub, server)
    _deliver(hub, server)
    ((path, reason),) = Spool(hub.spool_out).quarantined()
    assert "m1@union.example: 550 5.1.1 nobody" in reason
    (item,) = Spool(hub.spool_out).read(path)
    assert item.envelope.rcpt_tos == ("m1@union.example",)
    assert server.offered == ["m0", "m1", "m2", "m1"]
    assert Spool(hub.spool_out).pending() == []


def test_room_that_was_taken_in_vain_is_no_line(spool: Spool) -> None:
    path = _put(spool, 2)
    killed = queue.load(spool, path)
    (batch,) = killed.batches(NOW)
    killed.reserve(batch)
    again = queue.load(spool, path)
    assert again.size == 2
    again.reserve(batch)
    again.settle(batch, [SENT, LATER], NOW)
    again.settle(Batch(0, batch.item, (1,)), [SENT], NOW)
    lines = queue.state_path(path).read_bytes().splitlines()
    assert sum(bool(line.strip()) for line in lines) == 2
    assert queue.load(spool, path).settled


@pytest.mark.parametrize("point", ["after-rest", "after-gone"])
@pytest.mark.parametrize("then", ["again", "courier"])
def test_what_is_left_of_a_withdrawn_file_goes_once_after_a_kill(
    tmp_path: Path, point: str, then: str
) -> None:
    config = Config(root=tmp_path, name="Test", domain="hub.example", url="https://hub.example")
    out = Spool(config.spool_out)
    (batch,) = queue.load(out, _put(out, 4)).batches(NOW)
    sent = Batch(0, batch.item, (0,))
    queue.load(out, out.pending()[0]).settle(sent, [SENT], NOW)

    def gone() -> None:
        withdraw.recipient(config, "m2@union.example")

    assert killed(gone, f"withdraw.{point}:1")
    if then == "courier":
        queue.sweep(out)
    gone()
    waiting = [
        to for path in out.pending() for one in out.read(path) for to in one.envelope.rcpt_tos
    ]
    assert waiting == ["m1@union.example", "m3@union.example"]
    assert sorted(path.suffix for path in out.folder.iterdir() if path.name[0] != ".") == [".mail"]


def test_a_file_that_is_sent_takes_what_a_killed_withdrawal_left_of_it(tmp_path: Path) -> None:
    config = Config(root=tmp_path, name="Test", domain="hub.example", url="https://hub.example")
    out = Spool(config.spool_out)
    path = _put(out, 3)
    assert killed(lambda: withdraw.recipient(config, "m2@union.example"), "withdraw.after-rest:1")
    queue.finish(out, path)
    queue.sweep(out)
    assert out.pending() == []


def test_who_is_on_the_wire_while_somebody_is_erased_gets_one_copy(hub: Config) -> None:
    """The batch is written down first; what is left is made of that."""
    erasing = threading.Thread(target=withdraw.recipient, args=(hub, "m1@union.example"))

    class Slow(_Server):
        """Has not said yet what became of a batch when the erasure begins."""

        async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
            found = await super().hand_over(letter, chunks)
            erasing.start()
            await asyncio.to_thread(erasing.join, 0.3)
            return found

    server = Slow()
    _deliver(hub, server)
    erasing.join()
    _deliver(hub, server)
    assert server.offered == ["m0", "m1", "m2"]
    assert Spool(hub.spool_out).pending() == []


def test_a_file_that_is_being_withdrawn_waits(hub: Config) -> None:
    server = _Server()
    (path,) = Spool(hub.spool_out).pending()
    with safeio.holding(path) as is_ours:
        assert is_ours
        _deliver(hub, server)
        with safeio.holding(path, patience=0.1) as is_another:
            assert not is_another
    assert server.offered == []
    _deliver(hub, server)
    assert server.offered == ["m0", "m1", "m2"]
    with safeio.holding(path) as is_there:
        assert not is_there


def test_what_is_set_aside_half_sent_goes_to_nobody_twice(hub: Config) -> None:
    class Breaks(_Server):
        """Fails as nobody expected, at the second batch."""

        async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
            if self.offered:
                raise ZeroDivisionError
            return await super().hand_over(letter, chunks)

    out = Spool(hub.spool_out)
    out.done(*out.pending())
    _put(out, queue.BATCH + 2)
    server = Breaks()
    _deliver(hub, server)
    assert len(server.offered) == queue.BATCH
    assert out.pending() == []
    ((path, reason),) = out.quarantined()
    assert "ZeroDivisionError" in reason
    out.retry(path)
    again = _Server()
    _deliver(hub, again)
    assert again.offered == ["m50", "m51"]
    assert [one for one in out.folder.iterdir() if one.suffix in (".mail", ".state")] == []
