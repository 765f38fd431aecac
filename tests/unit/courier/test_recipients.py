from __future__ import annotations

from datetime import UTC, datetime

from solicomm_build.courier.recipients import parties, recipients
from solicomm_build.model import roster as model
from solicomm_build.model.roster import Consent, Roster

AT = datetime(2026, 1, 1, tzinfo=UTC)
CONSENT = Consent("owner")
RAW = (
    b"From: Ana <Ana@union.example>\r\nTo: water@hub.example, Bo <bo@union.example>\r\n"
    b"Cc: =?utf-8?q?C?= <cy@union.example>\r\n\r\n"
)


def _roster(*members: tuple[str, dict[str, str]]) -> Roster:
    events = []
    for number, (address, options) in enumerate(members, 1):
        events.append(model.member(number, address, at=AT, consent=CONSENT))
        events.append(
            model.subscribe("water", number, at=AT, consent=CONSENT, options=options or None)
        )
    return model.fold(events)


def test_everyone_gets_a_copy_the_author_too() -> None:
    roster = _roster(("ana@union.example", {}), ("bo@union.example", {}), ("x@y.example", {}))
    found = recipients(roster, "water", parties(RAW))
    assert found == ("ana@union.example", "bo@union.example", "x@y.example")
    assert recipients(roster, "air", parties(RAW)) == ()


def test_options() -> None:
    roster = _roster(
        ("ana@union.example", {"copy": "off"}),
        ("bo@union.example", {"dup": "off"}),
        ("cy@union.example", {"dup": "off"}),
        ("di@union.example", {"dup": "off", "copy": "off"}),
        ("el@union.example", {"mail": "off"}),
        ("fi@union.example", {"mail": "on"}),
    )
    assert recipients(roster, "water", parties(RAW)) == ("di@union.example", "fi@union.example")


def test_never_the_list_itself() -> None:
    roster = _roster(("WATER@hub.example", {}), ("bo@union.example", {}))
    never = ("water@hub.example",)
    assert recipients(roster, "water", parties(RAW), never=never) == ("bo@union.example",)


def test_parties() -> None:
    found = parties(RAW)
    assert found.authors == {"ana@union.example"}
    assert found.addressed == {"water@hub.example", "bo@union.example", "cy@union.example"}
