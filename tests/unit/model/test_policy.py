"""May this sender post here? Each rule, and the order they are asked in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.message.parse import parse
from solicomm_build.model import roster
from solicomm_build.model.conference import Conference
from solicomm_build.model.policy import Case, Verdict, author, judge
from solicomm_build.types import Envelope

AT = datetime(2026, 11, 24, tzinfo=UTC)
OWNER = roster.Consent("owner")
PEOPLE = roster.fold(
    [
        roster.member(1, "ana@union.example", at=AT, consent=OWNER),
        roster.subscribe("water", 1, at=AT, consent=OWNER),
        roster.member(2, "mod@union.example", at=AT, consent=OWNER),
        roster.role("water", 2, "moderator", at=AT, by="operator"),
    ]
)
ANA, BEN, MOD = "From: ana@union.example", "From: ben@other.example", "From: mod@union.example"


def _judge(
    *fields: str, posting: str = "open", mail_from: str | None = "ana@union.example"
) -> Verdict:
    raw = (
        "\r\n".join(["Message-ID: <m@x>", "To: water@hub.example", *fields]) + "\r\n\r\nx\r\n"
    ).encode()
    return judge(
        Case(
            message=parse(raw),
            envelope=Envelope(mail_from, ("water@hub.example",), AT),
            conference=Conference("water", {"en": "Water"}, posting=posting),
            list_id="water.hub.example",
            list_address="water@hub.example",
            roster=PEOPLE,
        )
    )


@pytest.mark.parametrize(
    ("posting", "sender", "action", "rule"),
    [
        ("open", BEN, "accept", "open"),
        ("open", ANA, "accept", "open"),
        ("members", ANA, "accept", "member"),
        ("members", "From: Ana <ANA@Union.Example>", "accept", "member"),
        ("members", BEN, "hold", "nonmember"),
        ("members", MOD, "accept", "moderator"),
        ("moderated", ANA, "hold", "moderated"),
        ("moderated", BEN, "hold", "moderated"),
        ("moderated", MOD, "accept", "moderator"),
        ("announce", ANA, "hold", "announce"),
        ("announce", MOD, "accept", "moderator"),
    ],
)
def test_posting_modes(posting: str, sender: str, action: str, rule: str) -> None:
    verdict = _judge(sender, posting=posting)
    assert (verdict.action, verdict.rule, verdict.archive) == (action, rule, True)


def test_the_envelope_sender_is_not_identity() -> None:
    assert _judge(BEN, posting="members", mail_from="ana@union.example").action == "hold"
    assert _judge(ANA, posting="members", mail_from="bounce@relay.example").action == "accept"


@pytest.mark.parametrize(
    "fields",
    [
        ("List-Id: Water <water.hub.example>",),
        ("List-ID: <WATER.hub.example>",),
        ("X-Loop: water@hub.example",),
        ("List-Post: <mailto:water@hub.example>",),
        ("Delivered-To: water@hub.example",),
        ("Received: from a by b; Tue, 24 Nov 2026 00:00:00 +0000",) * 51,
    ],
)
def test_loops_are_discarded(fields: tuple[str, ...]) -> None:
    verdict = _judge(MOD, *fields)
    assert (verdict.action, verdict.rule) == ("discard", "loop")
    assert verdict.reason


@pytest.mark.parametrize(
    "fields",
    [
        ("List-Id: <fire.hub.example>",),
        ("X-Loop: fire@hub.example",),
        ("Received: from a by b; Tue, 24 Nov 2026 00:00:00 +0000",) * 50,
        ("Auto-Submitted: No",),
    ],
)
def test_what_is_no_loop_and_not_automatic(fields: tuple[str, ...]) -> None:
    assert _judge(ANA, *fields).action == "accept"


def test_automatic_mail() -> None:
    assert _judge(ANA, mail_from=None).rule == "null-sender"
    assert _judge(ANA, mail_from=None).action == "discard"
    assert _judge(ANA, "Auto-Submitted: auto-replied (vacation)").rule == "auto-replied"
    assert _judge(ANA, "Auto-Submitted: Auto-Replied; x=y").action == "discard"
    generated = _judge(ANA, "Auto-Submitted: auto-generated", posting="members")
    assert (generated.action, generated.rule) == ("hold", "automatic")
    assert _judge(ANA, "Auto-Submitted: auto-generated").action == "accept"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ((ANA, BEN), "two-from"),
        (("From: ana@union.example, ben@other.example",), "two-authors"),
        (("From: Union: ana@union.example;",), "group-from"),
        (("From: Nobody:;",), "group-from"),
        (("From:",), "no-author"),
        (("From: just a name",), "no-author"),
        ((), "no-author"),
    ],
)
def test_an_unclear_author_is_held(fields: tuple[str, ...], rule: str) -> None:
    verdict = _judge(*fields)
    assert (verdict.action, verdict.rule) == ("hold", rule)


def test_colons_in_names_make_no_group() -> None:
    for sender in ('"Ana: x; y" <ana@union.example>', "=?utf-8?q?A:_x;?= <ana@union.example>"):
        assert _judge(f"From: {sender}", posting="members").action == "accept"


def test_author() -> None:
    assert author(parse(b"From: Ana <ana@union.example>\n\n")) == "ana@union.example"
    assert author(parse(b"\n")) is None


def test_limits() -> None:
    many = "Cc: " + ", ".join(f"a{n}@x.example" for n in range(100))
    assert _judge(ANA, many).rule == "many-recipients"
    kind = 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x'
    assert _judge(ANA, kind).rule == "encrypted"


@pytest.mark.parametrize("field", ["Archive: no", "X-No-Archive: Yes", "Archive: No; filename=x"])
def test_a_post_may_ask_not_to_be_archived(field: str) -> None:
    verdict = _judge(ANA, field)
    assert (verdict.action, verdict.archive) == ("accept", False)
