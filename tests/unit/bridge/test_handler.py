from __future__ import annotations

import asyncio
import errno
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.bridge.groupcommit import GroupCommit
from solicomm_build.bridge.handler import Handler, Verdict, behind_fault, edge_fault
from solicomm_build.foundation.hub.config import Limits
from solicomm_build.foundation.maillog import to_nobody
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.people.recipients import HubDirectory

ENVELOPE = Envelope("ana@union.example", ("bar@hub.example",), datetime.now(UTC), "192.0.2.1")


def handle(raw: bytes, tmp_path: Path, *, edge: bool = True) -> tuple[Verdict, list[bytes]]:
    async def work() -> Verdict:
        commit = GroupCommit(spool, log)
        handler = Handler(HubDirectory("hub.example", tmp_path), commit, spool, log)
        verdict = await handler.receive(ENVELOPE, raw, edge=edge)
        await commit.close()
        return verdict

    log, spool = to_nobody(), Spool(tmp_path / "spool" / "in")
    verdict = asyncio.run(work())
    kept = verdict.reply.startswith(b"2")
    assert log.counters().get("kept" if kept else "refused") == 1
    return verdict, [item.raw for path in spool.pending() for item in spool.read(path)]


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_good_message_is_kept_as_it_is(size: int, tmp_path: Path) -> None:
    raw = b"Subject: \xff\r\n\r\n" + b"x" * size + b"\r\n"
    verdict, kept = handle(raw, tmp_path)
    assert verdict.reply.startswith(b"250 2.0.0 kept as ")
    assert not verdict.last
    assert kept == [raw]


@pytest.mark.parametrize("size", [10, 300_000])
def test_nul_is_for_ingest_when_behind(size: int, tmp_path: Path) -> None:
    raw = b"\0" * size + b"\r\n"
    assert handle(raw, tmp_path) == (Verdict(b"554 5.6.0 NUL in the message"), [])
    assert handle(raw, tmp_path, edge=False)[1] == [raw]


@pytest.mark.parametrize(
    "raw",
    [b"x\n.\n", b"x\n.\r\nMAIL\r\n", b"x\r\n\n", b"\n", b"x\r.\r", b"x\r\r\n", b"\r", b".\nx\r\n"],
)
def test_line_ends_that_two_servers_read_differently(raw: bytes) -> None:
    fault = edge_fault(raw, line_octets=1000)
    assert fault is not None
    assert fault.reply.startswith(b"550 5.5.2 bare <")
    assert fault.last
    fault = behind_fault(raw)
    assert fault is not None
    assert fault.reply.startswith(b"451 4.3.0 bare <")


BARE_CR = (b"x\r.\r", b"x\r.\r\n", b"x\r\n\r", b"x\r.\n", b"x\r\r\n", b"\rx\r\n", b"x\r\0\n")


@pytest.mark.parametrize("elsewhere", [b"", b"a\nb\r\n", b"\n\n", b"a\n.\n", b"a\n" * 9])
@pytest.mark.parametrize("raw", BARE_CR)
def test_a_bare_cr_is_refused_whatever_else_the_mail_has(raw: bytes, elsewhere: bytes) -> None:
    for whole in (elsewhere + raw, raw + b"\r\n" + elsewhere):
        fault = edge_fault(b"Subject: x\r\n\r\n" + whole, line_octets=1000)
        assert fault == Verdict(b"550 5.5.2 bare <CR> received", last=True), whole


def test_limits_at_the_edge() -> None:
    long = b"Subject: x\r\n\r\n" + b"x" * 1000
    assert edge_fault(long + b"\r\n", line_octets=1000) is None
    assert edge_fault(long + b"x\r\n", line_octets=1000) is not None
    assert edge_fault(b"Content-Type: message/rfc822\r\n\r\n" * 100, line_octets=1000) is not None
    assert behind_fault(b"Content-Type: message/rfc822\r\n\r\n" * 100) is None


def test_a_full_disk_is_the_senders_to_retry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Spool, _items: list[Item]) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Spool, "put", full)
    assert handle(b"Subject: x\r\n", tmp_path) == (
        Verdict(b"452 4.3.1 no room left here, try later"),
        [],
    )


@pytest.mark.parametrize("size", [10, 300_000])
def test_the_hubs_own_bounds_hold_at_the_door(size: int) -> None:
    raw = b"A: b\r\n" * 21 + b"\r\n" + b"x" * size + b"\r\n"
    assert edge_fault(raw, line_octets=1 << 20) is None
    said = edge_fault(raw, line_octets=1 << 20, bounds=Limits(header_fields=20))
    assert said == Verdict(b"554 5.6.0 the header has more than 20 fields")
