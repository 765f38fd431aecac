from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope

MOMENT = datetime(2026, 11, 24, 14, 53, 7, 120000, tzinfo=UTC)


def item(text: str = "Subject: x\r\n\r\nhello\r\n", sender: str | None = "ana@x.example") -> Item:
    envelope = Envelope(
        sender, ("bar@hub.example", "josé@hub.example"), MOMENT, "192.0.2.1", "mx", True
    )
    return Item(envelope, text.encode())


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool" / "in")


def test_what_is_put_is_read_back(spool: Spool) -> None:
    items = [item(), item("", None), Item(item().envelope, b"end 3\nitem 1 2\n\0\xff\r\n")]
    path = spool.put(items)
    assert spool.pending() == [path]
    assert spool.read(path) == items
    assert path.stat().st_mode & 0o777 == 0o600
    assert spool.folder.stat().st_mode & 0o777 == 0o700


def test_for_whom_copies_are_is_read_back(spool: Spool) -> None:
    to = ("ana@x.example", "bo@x.example")
    envelope = Envelope("bar-bounces@hub.example", to, MOMENT, list_id="bar", members=(7, 12))
    copies = Item(envelope, b"A: b\r\n\r\n")
    assert spool.read(spool.put([copies])) == [copies]
    short = Item(Envelope("x@y.example", to, MOMENT, list_id="bar", members=(7,)), b"")
    with pytest.raises(StoreError, match="do not fit"):
        spool.read(spool.put([short]))


def test_the_oldest_comes_first(spool: Spool) -> None:
    with clock.fixed(MOMENT):
        paths = [spool.put([item(str(number))]) for number in range(12)]
    with clock.fixed(MOMENT.replace(year=2025)):
        early = spool.put([item("early")])
    assert spool.pending() == [early, *paths]


def test_done_may_be_said_twice(spool: Spool) -> None:
    path = spool.put([item()])
    spool.done(path)
    spool.done(path)
    assert spool.pending() == []


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_half_a_file_is_damaged(spool: Spool, share: float) -> None:
    path = spool.put([item(), item()])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(StoreError, match=path.name):
        spool.read(path)


def test_no_flipped_octet_passes(spool: Spool) -> None:
    path = spool.put([item(), item("Subject: y\r\n")])
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x15]) + data[place + 1 :])
        with pytest.raises(StoreError):
            spool.read(path)


@pytest.mark.parametrize("tail", [b"x", b"end 1\n", b"item 1 1 00000000\n"])
def test_nothing_may_follow_the_end(spool: Spool, tail: bytes) -> None:
    path = spool.put([item()])
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(StoreError, match="damaged"):
        spool.read(path)


def test_a_damaged_file_is_set_aside_with_its_reason(spool: Spool) -> None:
    path = spool.put([item()])
    path.write_bytes(path.read_bytes()[:-3])
    try:
        spool.read(path)
    except StoreError as error:
        aside = spool.quarantine(path, error.public)
    assert spool.pending() == []
    assert aside == spool.folder.parent / "quarantine" / f"in-{path.name}"
    [(found, reason)] = spool.quarantined()
    assert found == aside
    assert "damaged after message 1" in reason
    assert aside.with_name(aside.name + ".reason.txt").read_text() == reason + "\n"


def test_one_message_set_aside_twice_is_one_file(spool: Spool) -> None:
    later = Item(Envelope("ana@x.example", item().envelope.rcpt_tos, datetime.now(UTC)), item().raw)
    first = spool.quarantine(item(), "no From")
    assert spool.quarantine(later, "still no From") == first
    assert spool.quarantined() == [(first, "still no From")]
    assert spool.read(first) == [later]
    assert spool.quarantine(item("other"), "x") != first


def test_what_was_set_aside_can_be_retried(spool: Spool) -> None:
    back = spool.retry(spool.quarantine(item(), "our mistake, mended"))
    assert spool.pending() == [back]
    assert spool.read(back) == [item()]
    assert spool.quarantined() == []
    assert list(spool.aside.iterdir()) == []


def test_the_quarantine_is_shared_but_each_spool_sees_its_own(spool: Spool) -> None:
    out = Spool(spool.folder.parent / "out")
    aside = out.quarantine(item(), "relay says no")
    aside.with_name(aside.name + ".reason.txt").unlink()
    assert spool.quarantined() == []
    assert out.quarantined() == [(aside, "")]


def test_leftovers_of_a_killed_writer_are_ignored_and_swept(spool: Spool) -> None:
    old, fresh = (spool.folder / f".{name}.mail.1.tmp" for name in ("old", "fresh"))
    for path in (old, fresh):
        path.write_bytes(b"solicomm-spool 1\nitem 12")
    os.utime(old, (0, 0))
    assert spool.pending() == []
    assert spool.sweep() == 1
    assert fresh.exists()
    assert not old.exists()


def test_a_full_disk_leaves_nothing_behind(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        spool.put([item()])
    assert list(spool.folder.iterdir()) == []


def test_the_bell_wakes_the_waiter(spool: Spool) -> None:
    spool.ring()  # nobody listens: fine
    assert not spool.wait(0)
    spool.ring()
    assert spool.wait(5)
    assert not spool.wait(0)
    ringer = threading.Timer(0.01, Spool(spool.folder).ring)
    ringer.start()
    assert spool.wait(5)
    ringer.join()
    spool.close()


def test_the_first_wait_sees_what_came_before_it(spool: Spool) -> None:
    spool.put([item()])
    assert spool.wait(5)
    assert not spool.wait(0)
    spool.close()
