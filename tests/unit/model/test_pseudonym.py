"""Where only pseudonyms are wanted, what shows a name goes back or waits, and is never shown."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from solicomm_build.foundation.types import Envelope
from solicomm_build.message.parse import parse
from solicomm_build.people import roster, rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.post.policy import judge
from solicomm_build.post.postingcase import Case, Verdict
from solicomm_build.post.pseudonym import shows

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CONSENT = Consent("owner")
MEMBERS = roster.fold(
    [
        rosterevents.member(
            1, "ana.paz@union.example", at=NOW, consent=CONSENT, name="Ana Lucía Paz"
        ),
        rosterevents.subscribe("night", 1, at=NOW, consent=CONSENT),
    ]
)


def verdict(
    sender: str, text: str = "Hello", *, level: str = "aligned", how: str = "required"
) -> Verdict:
    lines = [f"From: {sender}", "To: night@hub.example", "Subject: Shifts", "", text, ""]
    message = parse("\r\n".join(lines).encode())
    return judge(
        Case(
            message=message,
            envelope=Envelope("ana.paz@union.example", (), NOW),
            conference=Conference("night", {"en": "Night"}, pseudonyms=how),
            list_id="night.hub.example",
            list_address="night@hub.example",
            roster=MEMBERS,
            level=level,  # type: ignore[arg-type]
        )
    )


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("Ana Paz <ana.paz@union.example>", "Hello"),
        ("LUCIA <ana.paz@union.example>", "Hello"),
        ("ana.paz@union.example", "Hello"),
        ("Moth <ana.paz@union.example>", "Write to Ana.Paz@union.example"),
        ("Moth <ana.paz@union.example>", "It was I, Ana Lucía Paz."),
        ("Moth <ana.paz@union.example>", "Hello\r\n-- \r\nAna"),
    ],
)
def test_what_shows_a_name_goes_back(sender: str, text: str) -> None:
    found = verdict(sender, text)
    assert (found.action, found.rule) == ("reject", "real-name")
    assert verdict(sender, text, level="claimed").action == "hold"
    assert verdict(sender, text, how="allowed").action == "accept"


def test_a_pseudonym_is_taken() -> None:
    assert (
        verdict("Moth of the night <ana.paz@union.example>", "Too many shifts.").action == "accept"
    )
    assert verdict("Moth <ana.paz@union.example>", "Analysis of paz and war").action == "accept"


@pytest.mark.parametrize(
    ("name", "tells"),
    [("ana_paz-2026.pdf", True), ("Ana Lucía Paz.odt", True), ("paz.pdf", False), ("a.pdf", False)],
)
def test_a_file_may_not_be_called_by_its_author_s_name(name: str, tells: bool) -> None:
    lines = [
        "From: Moth <ana.paz@union.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "",
        "See below.",
        "--b",
        "Content-Type: application/octet-stream",
        f"Content-Disposition: attachment; filename*=utf-8''{quote(name)}",
        "",
        "x",
        "--b--",
        "",
    ]
    found = shows(parse("\r\n".join(lines).encode()), MEMBERS.member("ana.paz@union.example"))
    assert bool(found) == tells
