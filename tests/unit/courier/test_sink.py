from __future__ import annotations

import asyncio
import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.courier.copies import Copy, Letter
from solicomm_build.courier.outcome import Outcome
from solicomm_build.courier.sink import Sink, mboxrd
from solicomm_build.foundation import clock
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope

NOW = datetime(2026, 11, 4, 9, 5, 7, tzinfo=UTC)


SENDER = "water-bounces@hub.example"


async def _ready(*copies: Copy) -> list[Copy]:
    return list(copies)


def test_an_entry_is_mboxrd() -> None:
    entry = mboxrd(SENDER, b"A: b\r\n\r\nFrom here\r\n>From there\r\n>>x\r\n", NOW)
    assert entry == (
        b"From water-bounces@hub.example Wed Nov  4 09:05:07 2026\n"
        b"A: b\n\n>From here\n>>From there\n>>x\n\n"
    )
    assert mboxrd(None, b"A: b\n\nno end", NOW).startswith(b"From MAILER-DAEMON Wed")
    assert mboxrd(SENDER, b"A: b\n\nno end", NOW).endswith(b"no end\n\n")


def test_a_sender_cannot_write_lines() -> None:
    entry = mboxrd("a b\nFrom x@y.example", b"A: b\r\n\r\n", NOW)
    assert entry.startswith(b"From a_b_From_x@y.example Wed")


@pytest.mark.parametrize("cut", [b"", b"\n", b"\n\n", b"text", b"text\n", b"text\n\n"])
def test_a_copy_for_each_after_any_cut(tmp_path: Path, cut: bytes) -> None:
    path = tmp_path / "sink.mbox"
    start = b"From x Wed Nov  4 09:05:07 2026\nSubject: cut\n\n" + cut if cut else b""
    path.write_bytes(start)
    item = Item(Envelope(SENDER, ("a@b.example", "c@d.example"), NOW), b"Subject: s\r\n\r\nhi\r\n")
    letter = Letter(item, None, None)

    async def scenario() -> list[Outcome]:
        chunks = [_ready(copy) for copy in letter.copies((0, 1))]
        return await Sink(path).hand_over(letter, chunks)

    with clock.fixed(NOW):
        outcomes = asyncio.run(scenario())
    assert [outcome.kind for outcome in outcomes] == ["sent", "sent"]
    box = mailbox.mbox(path)
    assert [one["Subject"] for one in box] == (["cut"] if cut else []) + ["s", "s"]
    box.close()
