from __future__ import annotations

import asyncio
import mailbox
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.courier import sink as sinks
from solicomm_build.courier.making.copies import Copy, Letter
from solicomm_build.courier.outcome import Outcome
from solicomm_build.courier.sink import Sink, item_of, mboxrd, recipient_of
from solicomm_build.features.privacy import copies
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.testing import smallhub

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


@pytest.mark.parametrize(
    "to", ["ana@union.example", '"a b"@union.example', "josé@union.example", "a%b=c@union.example"]
)
def test_an_entry_says_for_whom_it_is_and_comes_back_as_it_was(to: str) -> None:
    wire = b"A: b\r\n\r\nFrom here\r\n>From there\r\n"
    entry = mboxrd(SENDER, wire, NOW, to)
    assert recipient_of(entry) == to
    found = item_of(entry, NOW)
    assert found is not None
    assert (found.raw, found.envelope.rcpt_tos) == (wire, (to,))
    assert found.envelope.mail_from == SENDER
    back = item_of(mboxrd(None, wire, NOW, to), NOW)
    assert back is not None
    assert back.envelope.mail_from is None
    assert item_of(mboxrd(SENDER, wire, NOW), NOW) is None
    assert item_of(entry[:-9], NOW) is None, "cut short"


def test_what_was_kept_is_sent_once_and_older_mail_stays(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    hub.spool_out.mkdir(parents=True, exist_ok=True)
    old = mboxrd(SENDER, b"A: old\r\n\r\n", NOW - timedelta(days=9), "a@b.example")
    unnamed = mboxrd(SENDER, b"A: unnamed\r\n\r\n", NOW)
    fresh = [
        mboxrd(SENDER, b"A: new\r\n\r\nhi\r\n", NOW, to) for to in ("a@b.example", "c@d.example")
    ]
    hub.sink.write_bytes(b"".join([old, fresh[0], unnamed, fresh[1]]))
    with pytest.raises(HubError, match="still in"):
        sinks.send(hub)
    relayed = replace(hub, delivery="relay")
    since = NOW - timedelta(days=1)
    found = sinks.look(relayed, since)
    assert (found.mails, found.addresses, found.stays) == (2, 2, 2)
    assert sinks.send(relayed, since) == 2
    spool = Spool(hub.spool_out)
    items = [one for path in spool.pending() for one in spool.read(path)]
    assert [one.envelope.rcpt_tos for one in items] == [("a@b.example",), ("c@d.example",)]
    assert hub.sink.read_bytes() == old + unnamed
    assert sinks.send(relayed, since) == 0


def test_what_is_for_somebody_who_is_erased_goes(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    hub.sink.parent.mkdir(parents=True, exist_ok=True)
    theirs = mboxrd(SENDER, b"A: b\r\n\r\n", NOW, "Ana@union.example")
    others = mboxrd(SENDER, b"A: b\r\n\r\n", NOW, "ben@union.example")
    hub.sink.write_bytes(theirs + others)
    assert copies.from_sink(hub, lambda _raw: False, ["ana@union.example"]) == 1
    assert hub.sink.read_bytes() == others


@pytest.mark.parametrize("cut", [b"", b"\n", b"\n\n", b"text", b"text\n", b"text\n\n"])
def test_a_copy_for_each_after_any_cut(tmp_path: Path, cut: bytes) -> None:
    path = tmp_path / "sink.mbox"
    start = b"From x Wed Nov  4 09:05:07 2026\nSubject: cut\n\n" + cut if cut else b""
    path.write_bytes(start)
    item = Item(Envelope(SENDER, ("a@b.example", "c@d.example"), NOW), b"Subject: s\r\n\r\nhi\r\n")
    letter = Letter(item)

    async def scenario() -> list[Outcome]:
        chunks = [_ready(copy) for copy in letter.copies((0, 1))]
        return await Sink(path).hand_over(letter, chunks)

    with clock.fixed(NOW):
        outcomes = asyncio.run(scenario())
    assert [outcome.kind for outcome in outcomes] == ["sent", "sent"]
    box = mailbox.mbox(path)
    assert [one["Subject"] for one in box] == (["cut"] if cut else []) + ["s", "s"]
    box.close()
