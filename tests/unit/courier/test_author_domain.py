"""Copies of posts whose author's domain enforces DMARC, from the list's log to the octets on the
wire, against a DNS of the test's own; and the ARC seal on them."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import dkim as dkimpy
import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.courier.making.copies import Letters
from solicomm_build.courier.signing import key_of
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.dns import Resolver
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.auth import arcchain, dkim, signer
from solicomm_build.message.split import split
from solicomm_build.post.conference import Conference
from solicomm_build.testing.dnsserver import SERVFAIL, DnsServer, serving
from solicomm_build.testing.listhub import ListHub, message
from solicomm_build.testing.signatures import key, key_records

AUTHORS = key_records(("s", "union.example", key("rsa", 1)))
MADE = "Ana via Water <water@hub.example>"


@pytest.fixture
def server() -> Iterator[DnsServer]:
    records = {name: [record.decode()] for name, record in AUTHORS.items()}
    with serving(records | {"_dmarc.union.example": ["v=DMARC1; p=reject"]}) as running:
        yield running


@pytest.fixture
def hub(tmp_path: Path, server: DnsServer) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.members(["ana@union.example", "bo@union.example"])
    made.config = dataclasses.replace(made.config, dns=(server.address,))
    record = signer.key_record(key_of(made.config))
    server.records["solicomm._domainkey.hub.example"] = [record]
    yield made
    made.close()


def signed_by_author(raw: bytes) -> bytes:
    names = [b"from", b"to", b"cc", b"reply-to", b"subject", b"date", b"message-id"]
    field: bytes = dkimpy.sign(raw, b"s", b"union.example", key("rsa", 1), include_headers=names)
    return field + raw


def copies(hub: ListHub, raw: bytes) -> list[bytes]:
    """What members get, as it goes over the wire."""
    hub.post(raw)
    spool = Spool(hub.config.spool_out)
    fanout = Fanout(hub.config, spool, maillog.to_nobody())
    fanout.run()
    fanout.close()
    letters = Letters(hub.config)
    found = []

    async def all_of(letter_of: Letters) -> None:
        for path in spool.pending():
            for item in spool.read(path):
                letter = letter_of.letter(item)
                places = range(len(item.envelope.rcpt_tos))
                for chunk in letter_of.prepare(letter, places):
                    found.extend(copy.head + letter.wire for copy in await chunk)

    asyncio.run(all_of(letters))
    letters.close()
    return found


def values(raw: bytes, name: str) -> list[str]:
    return [field.value for field in split(raw).fields if field.name.lower() == name]


def passing(raw: bytes, server: DnsServer) -> set[str]:
    results = dkim.verify(raw, Resolver([server.address]).key)
    return {one.domain for one in results if one.result == "pass"}


def test_a_signature_that_survives_leaves_from_alone(hub: ListHub, server: DnsServer) -> None:
    made = copies(hub, signed_by_author(message()))
    assert len(made) == 2
    for copy in made:
        assert values(copy, "from") == ["Ana <ana@union.example>"]
        assert passing(copy, server) == {"hub.example", "union.example"}


def test_without_one_the_copy_comes_from_the_list(hub: ListHub, server: DnsServer) -> None:
    for copy in copies(hub, message()):
        assert values(copy, "from") == [MADE]
        assert values(copy, "reply-to") == values(copy, "author") == ["Ana <ana@union.example>"]
        assert passing(copy, server) == {"hub.example"}


def test_a_domain_that_asks_for_nothing_is_left_alone(hub: ListHub, server: DnsServer) -> None:
    server.records["_dmarc.union.example"] = ["v=DMARC1; p=none"]
    assert values(copies(hub, message())[0], "from") == ["Ana <ana@union.example>"]


def test_a_dns_that_fails_munges_what_nobody_signed(hub: ListHub, server: DnsServer) -> None:
    server.records["_dmarc.union.example"] = [SERVFAIL]
    assert values(copies(hub, message())[0], "from") == [MADE]


def test_replies_to_the_list_break_the_signature_and_so_munge(
    hub: ListHub, server: DnsServer
) -> None:
    settings = Conference("water", {"en": "Water"}, kind="list", reply_to="list")
    hub.settings(hub.list, settings)
    names = [b"from", b"reply-to", b"reply-to", b"subject"]
    raw = message()
    field: bytes = dkimpy.sign(raw, b"s", b"union.example", key("rsa", 1), include_headers=names)
    (copy, _) = copies(hub, field + raw)
    assert values(copy, "from") == [MADE]
    assert passing(copy, server) == {"hub.example"}


def test_wrapped(hub: ListHub, server: DnsServer) -> None:
    hub.settings(hub.list, Conference("water", {"en": "Water"}, kind="list", dmarc="wrap"))
    for copy in copies(hub, message()):
        assert values(copy, "content-type") == ["message/rfc822"]
        assert values(copy, "from") == [MADE]
        assert copy.endswith(message())
        assert passing(copy, server) == {"hub.example"}


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_an_arc_seal_covers_each_copy(hub: ListHub, server: DnsServer, line_end: bytes) -> None:
    hub.config = dataclasses.replace(hub.config, arc=True)
    raw = signed_by_author(message()).replace(b"\r\n", line_end)
    for copy in copies(hub, raw):
        assert arcchain.arc_chain(copy, Resolver([server.address]).key) == "pass"
        assert "dkim=pass header.d=union.example" in values(copy, "arc-authentication-results")[0]
        assert passing(copy, server) == {"hub.example", "union.example"}


def test_no_seal_unless_asked_for(hub: ListHub) -> None:
    forged = b"ARC-Authentication-Results: i=1; hub.example; arc=pass\r\n"
    for copy in copies(hub, forged + message()):
        assert not values(copy, "arc-seal")
