"""From munging: when, and what the header is afterwards; the rest keeps its octets."""

from __future__ import annotations

import dataclasses
import time

import pytest

from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.foundation.types import PostId, TxtAnswer
from solicomm_build.message import munge
from solicomm_build.message.auth import dmarc, signer
from solicomm_build.message.auth.signer import Signer
from solicomm_build.message.listcopy import ListFacts, list_copy
from solicomm_build.message.munge import Munging, mitigated, needs_munging
from solicomm_build.message.parse import parse
from solicomm_build.message.split import split
from solicomm_build.post import conference
from solicomm_build.testing.signatures import key, key_records, signed

NOW = int(time.time())
WATER = Munging("water@hub.example", "Water workers", own_domains=("hub.example",))
FACTS = ListFacts("water", "hub.example", "Water workers", "https://hub.example")
POST = (
    b"Received: from a by b\r\n"
    b"From: Ana Mar <ana@union.example>\r\nTo: water@hub.example\r\n"
    b"Cc: =?utf-8?q?Jos=C3=A9?=\r\n <jose@union.example>\r\n"
    b"Subject: Water\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@union.example>\r\n"
    b"\r\nWords. \r\n"
)
RECORDS = key_records(("s", "union.example", key("rsa", 1)))
REJECT, NO_POLICY = dmarc.Policy("reject", "union.example"), dmarc.NONE


def fields(raw: bytes, name: str) -> list[str]:
    return [one.value for one in split(raw).fields if one.name.lower() == name]


def munged(raw: bytes = POST, **how: object) -> bytes:
    return munge.munge(raw, dataclasses.replace(WATER, **how))  # type: ignore[arg-type]


def from_(value: str) -> str:
    return fields(munged(POST.replace(b"Ana Mar <ana@union.example>", value.encode())), "from")[0]


# -- whether --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "survives", "setting", "needed"),
    [
        (REJECT, False, "auto", True),
        (REJECT, True, "auto", False),
        (dmarc.UNKNOWN, False, "auto", True),
        (NO_POLICY, False, "auto", False),
        (NO_POLICY, True, "always", True),
        (REJECT, False, "never", False),
        (REJECT, False, "wrap", True),
        (NO_POLICY, False, "wrap", False),
    ],
)
def test_when(policy: dmarc.Policy, survives: bool, setting: str, needed: bool) -> None:
    own = {"hub.example"}
    assert needs_munging(policy, "union.example", survives, own, setting=setting) is needed
    assert not needs_munging(policy, "hub.example", survives, own, setting=setting)


def test_the_settings_are_those_of_a_conference() -> None:
    assert munge.SETTINGS == conference.DMARC


def mitigate(raw: bytes, txt: object = None, how: Munging = WATER, facts: ListFacts = FACTS) -> str:
    """What the copy of a message is made into: its From."""
    copy = list_copy(raw, facts, mid=PostId("a" * 32), tid=None)
    lookup = txt or (lambda name: TxtAnswer((b"v=DMARC1; p=reject",)))
    return fields(mitigated(raw, copy, how, lookup, RECORDS.get), "from")[0]  # type: ignore[arg-type]


def author_signed(raw: bytes = POST) -> bytes:
    return signed(raw, Signer(key("rsa", 1), "union.example", "s"), NOW)


def test_a_signature_that_forbids_list_fields_does_not_survive() -> None:
    # Ours oversigns List-Id and List-Unsubscribe, and so did an old Exim's.
    assert mitigate(author_signed()).endswith("<water@hub.example>")


def test_a_signature_that_leaves_list_fields_alone_survives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signer, "SIGNED", ("from", "to", "cc", "subject", "date", "message-id"))
    raw = author_signed()
    assert mitigate(raw) == "Ana Mar <ana@union.example>"
    changed = raw.replace(b"Words.", b"Other words.")
    assert mitigate(changed).endswith("<water@hub.example>")
    reply = dataclasses.replace(FACTS, reply_to="list")
    assert mitigate(raw, facts=reply) == "Ana Mar <ana@union.example>"

    def dead(name: str) -> TxtAnswer:
        raise NameLookupError("no answer")

    assert mitigate(raw, dead) == "Ana Mar <ana@union.example>"
    assert mitigate(POST, dead).endswith("<water@hub.example>")


def test_a_domain_without_policy_is_left_alone() -> None:
    assert mitigate(POST, lambda name: TxtAnswer()) == "Ana Mar <ana@union.example>"
    assert mitigate(POST, how=dataclasses.replace(WATER, setting="never")).startswith(
        "Ana Mar <ana"
    )
    always = dataclasses.replace(WATER, setting="always")
    assert "via" in mitigate(POST, lambda name: TxtAnswer(), always)


def test_where_nothing_may_be_asked_only_always_munges() -> None:
    assert mitigated(POST, POST, WATER, None, None) == POST
    assert mitigated(POST, POST, dataclasses.replace(WATER, setting="always"), None, None) != POST


# -- how ------------------------------------------------------------------------------------------


def test_only_the_fields_that_must_change() -> None:
    out = munged()
    ana = b"Ana Mar <ana@union.example>\r\n"
    made = b"From: Ana Mar via Water workers <water@hub.example>\r\n"
    made += b"Author: " + ana + b"X-Original-From: " + ana
    assert out.replace(made, b"From: " + ana).replace(b"Reply-To: " + ana, b"") == POST
    assert parse(out).from_[0].addr_spec == "water@hub.example"


def test_line_ends_are_the_messages_own() -> None:
    out = munged(POST.replace(b"\r\n", b"\n"), replies="list")
    assert b"\r" not in out
    assert b"\n" not in munged(replies="list").replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("ana@union.example", "ana via Water workers <water@hub.example>"),
        ('"ceo@bank.example" <ana@union.example>', "ana via Water workers <water@hub.example>"),
        ('"Ana ceo@bank.example" <a@union.example>', "Ana via Water workers <water@hub.example>"),
        ('"Mar, Ana" <ana@union.example>', '"Mar, Ana via Water workers" <water@hub.example>'),
        (
            "=?utf-8?q?a=0D=0ABcc=3A_b=40c?= <a@union.example>",
            '"a Bcc: via Water workers" <water@hub.example>',
        ),
        ("=?utf-8?q?=E2=80=AEanA?= <a@union.example>", "anA via Water workers <water@hub.example>"),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <a@union.example>", None),
        ("José <a@union.example>", None),
        ("", "? via Water workers <water@hub.example>"),
        ("x" * 5000 + " <a@union.example>", None),
    ],
)
def test_names(given: str, made: str | None) -> None:
    value = from_(given)
    assert value.endswith("<water@hub.example>")
    assert value.isascii()
    assert made is None or value == made
    long = munged(POST.replace(b"Ana Mar", b"A" * 5000))
    assert max(map(len, long.partition(b"Author:")[0].split(b"\r\n"))) < 200


def test_the_language_of_the_list() -> None:
    assert fields(munged(via="{name} a través de {list}"), "from")[0].startswith("=?utf-8?")


def test_replies_to_the_author() -> None:
    assert fields(munged(), "reply-to") == ["Ana Mar <ana@union.example>"]
    own = b"Reply-To: secretariat@union.example\r\n" + POST
    assert fields(munged(own), "reply-to") == ["secretariat@union.example"]
    assert fields(munged(b"Reply-To: \r\n" + POST), "reply-to") == ["Ana Mar <ana@union.example>"]


def test_replies_to_the_list_keep_the_author_in_cc() -> None:
    out = munged(replies="list")
    assert fields(out, "reply-to") == ["<water@hub.example>"]
    boxes = [box.addr_spec for box in parse(out).cc]
    assert boxes == ["jose@union.example", "ana@union.example"]
    again = munged(POST.replace(b"To: water@", b"To: ANA@union.example, water@"), replies="list")
    assert [box.addr_spec for box in parse(again).cc] == ["jose@union.example"]
    bare = munged(b"From: Ana <ana@union.example>\r\nTo: water@hub.example\r\n\r\n", replies="list")
    assert fields(bare, "cc") == ["Ana <ana@union.example>"]


def test_replies_to_both() -> None:
    boxes = [box.addr_spec for box in parse(munged(replies="both")).reply_to]
    assert boxes == ["ana@union.example", "water@hub.example"]


def test_an_author_field_that_is_there_stays() -> None:
    assert fields(munged(b"Author: Eva <eva@x.example>\r\n" + POST), "author") == [
        "Eva <eva@x.example>"
    ]


def test_several_froms_become_one() -> None:
    out = munged(b"From: Eva <eva@x.example>\r\n" + POST)
    assert fields(out, "from") == ["Eva via Water workers <water@hub.example>"]
    assert len(fields(out, "x-original-from")) == 2


def test_a_message_without_from_or_body() -> None:
    assert fields(munged(b"Subject: x\r\n"), "from") == ["? via Water workers <water@hub.example>"]
    assert munged(b"").endswith(b"\r\n\r\n")


def test_wrapping_keeps_every_octet_inside() -> None:
    raw = POST.replace(b"Words", b"W\xc3\xb6rter")
    how = dataclasses.replace(WATER, setting="wrap")
    copy = list_copy(raw, FACTS, mid=PostId("a" * 32), tid=None)
    out = mitigated(raw, copy, how, lambda name: TxtAnswer((b"v=DMARC1; p=reject",)), None)
    outer = split(out)
    assert out[outer.body :] == copy
    assert fields(out, "content-type") == ["message/rfc822"]
    assert fields(out, "content-transfer-encoding") == ["8bit"]
    assert fields(out, "from") == ["Ana Mar via Water workers <water@hub.example>"]
    assert fields(out, "reply-to") == ["Ana Mar <ana@union.example>"]
    assert fields(out, "message-id") == ["<1@union.example>"]
    assert fields(out, "list-id")
