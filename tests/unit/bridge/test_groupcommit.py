from __future__ import annotations

import asyncio
import errno
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.bridge.groupcommit import GroupCommit, SpoolError, free_share
from solicomm_build.foundation.maillog import to_nobody
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope


class SlowSpool(Spool):
    """A spool whose disk waits for `gate`; the first `broken` writes fail."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.gate = threading.Event()
        self.started = threading.Event()
        self.broken: list[Exception] = []
        self.sizes: list[int] = []

    def put(self, items: object) -> Path:
        self.started.set()
        assert self.gate.wait(10)
        batch = list(items)  # type: ignore[call-overload]
        self.sizes.append(len(batch))
        if self.broken:
            raise self.broken.pop()
        return super().put(batch)


@pytest.fixture
def spool(tmp_path: Path) -> SlowSpool:
    return SlowSpool(tmp_path / "spool" / "in")


def item(number: int, octets: int = 10) -> Item:
    return Item(Envelope(None, (f"{number}@x",), datetime.now(UTC)), b"x" * octets)


def test_what_comes_during_a_write_shares_the_next(spool: SlowSpool) -> None:
    async def work() -> list[str]:
        commit = GroupCommit(spool, to_nobody())
        first = asyncio.create_task(commit.put(item(0)))
        await asyncio.to_thread(spool.started.wait, 10)
        others = [asyncio.create_task(commit.put(item(number))) for number in range(1, 20)]
        await asyncio.sleep(0)
        spool.gate.set()
        ids = await asyncio.gather(first, *others)
        await commit.close()
        return ids

    ids = asyncio.run(work())
    assert spool.sizes == [1, 19]
    assert len(set(ids)) == 20
    kept = [item for path in spool.pending() for item in spool.read(path)]
    assert [item.envelope.rcpt_tos for item in kept] == [(f"{n}@x",) for n in range(20)]
    first, second = spool.pending()
    assert ids[0] == f"{first.stem}.0"
    assert ids[19] == f"{second.stem}.18"


def test_a_batch_has_a_limit(spool: SlowSpool) -> None:
    async def work() -> None:
        commit = GroupCommit(spool, to_nobody())
        spool.gate.set()
        big = [commit.put(item(number, 6 * 1024 * 1024)) for number in range(4)]
        small = [commit.put(item(number)) for number in range(300)]
        await asyncio.gather(*big, *small)
        await commit.close()

    asyncio.run(work())
    assert spool.sizes == [2, 256, 46]


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (OSError(errno.EIO, "I/O error"), "451 4.3.0"),
        (ValueError("a bug"), "451 4.3.0"),
        (OSError(errno.ENOSPC, "full"), "452 4.3.1"),
        (OSError(errno.EDQUOT, "quota"), "452 4.3.1"),
    ],
)
def test_a_failure_is_everybodys(spool: SlowSpool, error: Exception, reply: str) -> None:
    log = to_nobody()

    async def work() -> list[object]:
        commit = GroupCommit(spool, log)
        spool.broken.append(error)
        spool.gate.set()
        outcomes = await asyncio.gather(
            *(commit.put(item(n)) for n in range(3)), return_exceptions=True
        )
        await commit.put(item(4))  # and the next write is tried again
        await commit.close()
        return outcomes

    outcomes = asyncio.run(work())
    assert [outcome.reply[:9] for outcome in outcomes] == [reply] * 3  # type: ignore[attr-defined]
    assert "a bug" not in str(outcomes)
    assert log.counters() == {"spool-failed": 1}
    assert len(spool.pending()) == 1


def test_a_caller_that_goes_stops_nothing(spool: SlowSpool) -> None:
    async def work() -> None:
        commit = GroupCommit(spool, to_nobody())
        tasks = [asyncio.create_task(commit.put(item(number))) for number in range(2)]
        await asyncio.to_thread(spool.started.wait, 10)
        later = asyncio.create_task(commit.put(item(2)))
        await asyncio.sleep(0)
        for task in (*tasks, later):
            task.cancel()
        await asyncio.gather(*tasks, later, return_exceptions=True)
        spool.gate.set()
        await commit.close()

    asyncio.run(work())
    assert sum(len(spool.read(path)) for path in spool.pending()) == 3


def test_a_disk_nearly_full_takes_nothing(spool: SlowSpool) -> None:
    async def work() -> None:
        spool.gate.set()
        commit = GroupCommit(spool, to_nobody(), free_percent=5, free=lambda _: 0.049)
        assert commit.full()
        with pytest.raises(SpoolError, match="no room") as caught:
            await commit.put(item(1))
        assert caught.value.reply.startswith("452 4.3.1")
        await commit.close()

    asyncio.run(work())
    assert spool.pending() == []


def test_after_the_end_nothing_is_taken(spool: SlowSpool) -> None:
    async def work() -> None:
        commit = GroupCommit(spool, to_nobody())
        assert not commit.full()
        await commit.close()
        with pytest.raises(SpoolError) as caught:
            await commit.put(item(1))
        assert caught.value.reply.startswith("421 4.3.2")

    asyncio.run(work())


def test_the_free_share_is_a_share(tmp_path: Path) -> None:
    assert 0 <= free_share(tmp_path) <= 1


def test_a_spool_that_nobody_empties_takes_nothing(spool: SlowSpool) -> None:
    async def scenario() -> None:
        commit = GroupCommit(spool, to_nobody(), most_files=3)
        assert not commit.full()
        for number in range(4):
            (spool.folder / f"{number}.mail").touch()
        commit._looked = float("-inf")
        assert commit.full()
        (spool.folder / "0.mail").unlink()
        assert commit.full(), "looked at once a second only"
        commit._looked = float("-inf")
        assert not commit.full()
        await commit.close()

    asyncio.run(scenario())
