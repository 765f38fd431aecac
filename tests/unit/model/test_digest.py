"""Who shares a digest, when it is due, what goes into it, how it is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from solicomm_build.features.digests import digest
from solicomm_build.features.digests import issue as digestissue
from solicomm_build.features.digests.digest import Group, Pending, boundary, due, take
from solicomm_build.features.digests.issue import Issue, Issues, next_issue
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.people import roster, rosterevents, wishes
from solicomm_build.people.rosterevents import Consent

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday
CONSENT = Consent("owner")


def _post(number: int, *, at: datetime = AT, octets: int = 100, commit: str = "") -> Pending:
    return Pending(Oid(commit or f"{number:040x}"), at, PostId("a" * 32), None, "a", octets)


def _roster(*options: dict[str, str]) -> roster.Roster:
    events = []
    for number, chosen in enumerate(options, 1):
        lang = chosen.pop("member_lang", "")
        events += [
            rosterevents.member(number, f"m{number}@x.example", at=AT, consent=CONSENT, lang=lang),
            rosterevents.subscribe("water", number, at=AT, consent=CONSENT, options=chosen),
        ]
    return roster.fold(events)


def test_groups_share_rhythm_form_and_language() -> None:
    found = digest.groups(
        _roster(
            {"digest": "daily"},
            {"digest": "daily", "form": "mime", "member_lang": "EN-us"},
            {"digest": "daily", "lang": "fr", "member_lang": "es"},
            {"digest": "weekly", "form": "plain", "lang": "12"},
            {"digest": "daily", "mail": "off"},
            {"digest": "daily", "paused": "2026-11-24T00:00:00Z"},
            {"digest": "daily", "zone": "America/Bogota"},
            {"digest": "daily", "zone": "../etc/passwd"},
            {"digest": "none"},
            {},
        ),
        "water",
        "en",
        closed=False,
    )
    numbers = {group.name: [member.number for member in found[group]] for group in found}
    assert numbers == {
        "digest-daily-page-en": [1, 8],
        "digest-daily-mime-en": [2],
        "digest-daily-page-fr": [3],
        "digest-weekly-plain-en": [4],
        Group("daily", "page", "en", "America/Bogota").name: [7],
    }
    assert all(len(name) <= 50 for name in numbers)


@pytest.mark.parametrize(
    ("rhythm", "zone", "now", "expected"),
    [
        ("daily", "UTC", "2026-11-24T06:00", "2026-11-24T06:00"),
        ("daily", "UTC", "2026-11-24T05:59", "2026-11-23T06:00"),
        ("daily", "America/Bogota", "2026-11-24T12:00", "2026-11-24T11:00"),
        ("daily", "Asia/Kolkata", "2026-11-24T00:29", "2026-11-23T00:30"),
        ("daily", "Europe/Madrid", "2026-10-25T12:00", "2026-10-25T05:00"),
        ("weekly", "UTC", "2026-11-24T12:00", "2026-11-23T06:00"),
        ("weekly", "UTC", "2026-11-23T05:00", "2026-11-16T06:00"),
    ],
)
def test_boundaries(rhythm: str, zone: str, now: str, expected: str) -> None:
    found = boundary(rhythm, datetime.fromisoformat(now + "Z"), digest.zone_of(zone))
    assert found == datetime.fromisoformat(expected + "Z")


def test_due_in_the_morning_or_when_full() -> None:
    morning = AT.replace(hour=6) + timedelta(days=1)
    assert not due("daily", [], morning, UTC)
    assert not due("daily", [_post(1)], morning - timedelta(minutes=1), UTC)
    assert due("daily", [_post(1)], morning, UTC)
    assert not due("weekly", [_post(1)], morning, UTC)
    assert due("weekly", [_post(1)], AT + timedelta(days=6), UTC)
    assert not due("daily", [_post(n) for n in range(29)], AT, UTC)
    assert due("daily", [_post(n) for n in range(30)], AT, UTC)
    assert due("weekly", [_post(1, octets=300_000)], AT, UTC)
    assert due("daily", [_post(1)], morning, ZoneInfo("Europe/Madrid"))


def test_a_digest_ends_when_it_is_full_but_not_within_a_commit() -> None:
    assert len(take([_post(n) for n in range(70)])) == 30
    assert len(take([_post(n) for n in range(5)])) == 5
    assert len(take([_post(n, octets=200_000) for n in range(5)])) == 2
    together = [_post(n, commit="c" * 40) for n in range(40)]
    assert len(take([*together, _post(99)])) == 40


def test_issues() -> None:
    first = next_issue(None, AT, "a")
    assert first == Issue(1, 1, 2026, "a")
    assert next_issue(first, AT, "a") is first
    assert next_issue(first, AT, "b") == Issue(1, 2, 2026, "b")
    assert next_issue(Issue(1, 40, 2026, "x"), AT.replace(year=2027), "y") == Issue(2, 1, 2027, "y")
    folded = roster.fold([digestissue.event("water", "digest-x", first, 7, at=AT)])
    assert folded.ledger(Issues).last == {("water", "digest-x"): first}
    assert roster.fold([rosterevents.Event("digest-issue", "", {})]).refused


def test_an_answer_to_a_digest_is_told_from_one_to_a_post() -> None:
    own = digest.message_id("water/digest-x/1", "hub.example")
    assert digest.is_answer(["a@x.example", own], "hub.example")
    assert not digest.is_answer([own, "a@x.example"], "hub.example")
    assert not digest.is_answer([own], "other.example")
    assert not digest.is_answer([], "hub.example")


def test_zones() -> None:
    assert wishes.is_zone("UTC")
    assert wishes.is_zone("America/Bogota")
    assert not wishes.is_zone("Nowhere/None")
    assert not wishes.is_zone("../../etc/localtime")
    assert not wishes.is_zone("")
