"""State per recipient that survives a kill at any octet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.courier import queue
from solicomm_build.courier.outcome import SENT, Outcome, of_reply
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope

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
