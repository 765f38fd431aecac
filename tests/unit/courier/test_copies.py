"""What one member's copy is made of, as it goes over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dkim as dkimpy
import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.courier.making.copies import Copy, Letter, Letters
from solicomm_build.courier.signing import key_of
from solicomm_build.foundation import clock, keys, maillog
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import FARTHEST
from solicomm_build.message.auth import signer
from solicomm_build.message.split import split
from solicomm_build.testing.listhub import ListHub, message
from solicomm_build.testing.signatures import key

SENDERS = ["ana@union.example", "bo@union.example", "cy@elsewhere.example"]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.members(SENDERS)
    keys.keep_once(keys.dkim_key_path(made.config.keys, made.config.domain), key("rsa", 2))
    yield made
    made.close()


def _items(hub: ListHub, raw: bytes) -> list[Item]:
    hub.post(raw)
    spool = Spool(hub.config.spool_out)
    fanout = Fanout(hub.config, spool, maillog.to_nobody())
    fanout.run()
    fanout.close()
    return [item for path in spool.pending() for item in spool.read(path)]


def _sent(hub: ListHub, item: Item) -> dict[str, tuple[Copy, bytes]]:
    """Each recipient's copy, and its octets as the other side has them."""
    letters = Letters(hub.config)
    try:
        letter = letters.letter(item)
        places = range(len(item.envelope.rcpt_tos))
        return {copy.rcpt_to: (copy, copy.head + _undone(letter)) for copy in letter.copies(places)}
    finally:
        letters.close()


def _undone(letter: Letter) -> bytes:
    lines = letter.text.split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


def _verifies(hub: ListHub, octets: bytes) -> bool:
    record = signer.key_record(key_of(hub.config)).encode()
    return bool(dkimpy.verify(octets, dnsfunc=lambda name, timeout=0: record))


def test_the_fields_in_their_order(hub: ListHub) -> None:
    (item,) = _items(hub, message(extra="Cc: <x@y.example>\r\n"))
    names = [field.name for field in split(_sent(hub, item)["bo@union.example"][1]).fields]
    assert names == [
        "DKIM-Signature",
        "List-Unsubscribe-Post",
        "List-Unsubscribe",
        "List-Id",
        "List-Help",
        "List-Subscribe",
        "List-Post",
        "List-Owner",
        "List-Archive",
        "Archived-At",
        "X-Message-ID-Hash",
        "X-Loop",
        "Precedence",
        "X-SoliComm-Post",
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Cc",
    ]


def test_everyone_has_a_reverse_path_and_links_of_their_own(hub: ListHub) -> None:
    (item,) = _items(hub, message())
    sent = _sent(hub, item)
    assert sorted(sent) == SENDERS
    assert len({copy.mail_from for copy, _ in sent.values()}) == 3
    assert len({octets[octets.index(b"List-Unsubscribe:") :] for _, octets in sent.values()}) == 3
    assert item.raw.count(b"unsubscribe/") == 0
    assert b"DKIM-Signature" not in item.raw


_HEAD = b"From: Ana <ana@union.example>\r\nSubject: s\r\nMessage-ID: <1@u.example>\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        message(),
        message().replace(b"\r\n", b"\n"),
        _HEAD + b"\r\n",
        _HEAD + b"\r\nno end",
        _HEAD + b"\r\n.\r\n..\r\n. \r\n",
        _HEAD + b"\r\n.",
        _HEAD + "Content-Type: text/plain; charset=utf-8\r\n\r\nMañana, вода\r\n".encode(),
        _HEAD + b"\r\nbare\rreturn\nand mixed \t\r\n\r\n\r\n",
        _HEAD + "Comments: año\r\n\r\nx\r\n".encode(),
        _HEAD + b"Reply-To: <ana@union.example>\r\nReply-To: <bo@union.example>\r\n\r\nx\r\n",
    ],
)
def test_another_verifier_passes_every_copy(hub: ListHub, raw: bytes) -> None:
    (item,) = _items(hub, raw)
    for _, octets in _sent(hub, item).values():
        assert _verifies(hub, octets)
        assert not _verifies(hub, octets.replace(b"unsubscribe/", b"unsubscribe/x", 1))
        assert b"\n" not in octets.replace(b"\r\n", b"")
        assert b"\r" not in octets.replace(b"\r\n", b"")


def test_only_what_the_hub_wrote_is_signed(hub: ListHub) -> None:
    (item,) = _items(hub, message())
    plain = replace(item.envelope, list_id="", members=())
    for envelope, signed in ((plain, False), (replace(plain, ours=True), True)):
        (copy, octets), *_ = _sent(
            hub, Item(envelope, b"From: <x@hub.example>\r\n\r\nx\r\n")
        ).values()
        assert octets.startswith(b"DKIM-Signature") == signed
        assert copy.mail_from == "water-bounces@hub.example"


def test_a_header_that_cannot_be_read(hub: ListHub) -> None:
    (item,) = _items(hub, message())
    letters = Letters(hub.config)
    with pytest.raises(MessageError):
        letters.letter(Item(item.envelope, b"A: b\r\n" * (FARTHEST.header_fields + 1)))
    letters.close()


def test_copies_are_made_in_order_the_first_alone(hub: ListHub) -> None:
    (item,) = _items(hub, message())
    many = replace(item.envelope, rcpt_tos=(*SENDERS * 4,), members=(1, 2, 3) * 4)

    async def scenario() -> list[list[Copy]]:
        letters = Letters(hub.config)
        try:
            letter = letters.letter(Item(many, item.raw))
            return [await chunk for chunk in letters.prepare(letter, range(12))]
        finally:
            letters.close()

    with clock.fixed(item.envelope.received_at):
        chunks = asyncio.run(scenario())
    assert [len(chunk) for chunk in chunks] == [1, 8, 3]
    assert [copy.rcpt_to for chunk in chunks for copy in chunk] == SENDERS * 4
