"""A post that is hidden or taken away while its copies go out (docs/mail-rules.md#handing-over)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from solicomm_build.courier import queue
from solicomm_build.courier.fanout import Fanout
from solicomm_build.courier.making.copies import Chunk, Letter
from solicomm_build.courier.outcome import SENT, Outcome
from solicomm_build.courier.run import deliver
from solicomm_build.courier.withheld.withdrawal import Withdrawals
from solicomm_build.foundation import maillog
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import event as topic_event
from solicomm_build.post import post as post_file
from solicomm_build.testing.listhub import WHEN, ListHub, message

MEMBERS = 3 * queue.BATCH


class Between:
    """Takes every copy and does something after the first batch."""

    unreachable = False

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.batches: list[int] = []
        self._then = then

    async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        count = sum([len(await chunk) for chunk in chunks])
        self.batches.append(count)
        if len(self.batches) == 1:
            self._then()
        return [SENT] * count

    async def rest(self) -> None:
        """Nothing to let go of."""

    async def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.members([f"m{number}@union.example" for number in range(MEMBERS)])
    yield made
    made.close()


def _hide(hub: ListHub, tid: TopicId, mid: PostId) -> None:
    hide = topic_event.make("hide", at=WHEN, by="p_1", data={"post": mid, "reason": "x"})
    change = Change(topic_event.path(tid, hide), topic_event.encode(hide))
    write_once(hub.list, [change], message="Hide\n\nSource: push\n", when=WHEN)


def _remove(hub: ListHub, tid: TopicId, mid: PostId) -> None:
    change = Change(post_file.path(tid, mid), None)
    write_once(hub.list, [change], message="Remove\n\nSource: push\n", when=WHEN)


def _deliver(hub: ListHub, delivery: Between) -> list[str]:
    lines: list[str] = []
    asyncio.run(deliver(hub.config, once=True, log=MailLog(lines.append), delivery=delivery))
    return lines


@pytest.mark.parametrize("withdraw", [_hide, _remove])
def test_hidden_between_two_batches(
    hub: ListHub, withdraw: Callable[[ListHub, TopicId, PostId], None]
) -> None:
    tid, mid = hub.post(message(1))
    delivery = Between(lambda: withdraw(hub, tid, mid))
    lines = _deliver(hub, delivery)
    assert delivery.batches == [queue.BATCH]
    assert Spool(hub.config.spool_out).pending() == []
    assert not list(hub.config.spool_out.glob("*.state"))
    (told,) = [line for line in lines if " withdrawn " in line]
    assert f"left={MEMBERS - queue.BATCH}" in told
    assert f"post=water/{mid}" in told


def test_hidden_in_the_spool_before_a_restart(hub: ListHub) -> None:
    tid, mid = hub.post(message(1))
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())
    assert fanout.run() == 1
    fanout.close()
    _hide(hub, tid, mid)
    delivery = Between()
    _deliver(hub, delivery)
    assert delivery.batches == []
    assert Spool(hub.config.spool_out).pending() == []


@pytest.mark.parametrize("archived", [True, False])
def test_another_post_hidden_meanwhile_holds_nothing_up(hub: ListHub, archived: bool) -> None:
    other_tid, other = hub.post(message(1))
    _deliver(hub, Between())
    hub.post(message(2), archived=archived)
    delivery = Between(lambda: _hide(hub, other_tid, other))
    _deliver(hub, delivery)
    assert delivery.batches == [queue.BATCH] * 3


def test_after_a_restart_what_nobody_withdrew_goes_out(hub: ListHub) -> None:
    hub.post(message(1))
    hub.post(message(2), archived=False)
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())
    assert fanout.run() == 2
    fanout.close()
    delivery = Between()
    _deliver(hub, delivery)
    assert delivery.batches == [queue.BATCH] * 6


def test_the_copy_names_the_topic_to_who_did_not_queue_it(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the courier of a cell does whose copies cell 0 queues: no list of all posts is made."""
    tid, mid = hub.post(message(1))
    spool = Spool(hub.config.spool_out)
    fanout = Fanout(hub.config, spool, maillog.to_nobody())
    assert fanout.run() == 1
    fanout.close()
    ((item,),) = map(spool.read, spool.pending())
    tree = Reader.tree

    def few(reader: Reader, rev: str, path: str = "", *, recursive: bool = False) -> list[Entry]:
        assert path != "topics", "all posts were listed"
        return tree(reader, rev, path, recursive=recursive)

    monkeypatch.setattr(Reader, "tree", few)
    key = f"water/{mid}"
    withdrawals = Withdrawals(hub.config)
    assert not withdrawals.has(key, item.raw)
    _hide(hub, tid, mid)
    assert withdrawals.has(key, item.raw)
    assert Withdrawals(hub.config).has(key, item.raw)
    monkeypatch.undo()
    other = item.raw.replace(f"/t/{tid}/".encode(), f"/t/{'b' * len(tid)}/".encode())
    for copy in (other, item.raw.replace(b"Archived-At", b"Other"), b"", b"\xff"):
        assert Withdrawals(hub.config).has(key, copy), "it is looked for"
