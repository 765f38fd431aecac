"""The roster: events fold into who is a member of what, and files read back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.errors import ContentErrors
from solicomm_build.model import roster
from solicomm_build.model.roster import Consent, Event, MailboxRule, Member
from solicomm_build.types import Mailbox

AT = datetime(2026, 11, 24, 14, 50, 3, 123456, tzinfo=UTC)
MAIL = Consent("mail", "confirmed by token")


def _member(number: int, address: str, **more: str) -> Event:
    return roster.member(number, address, at=AT, consent=MAIL, **more)


def _subscribe(number: int, conference: str = "water", **options: str) -> Event:
    return roster.subscribe(conference, number, at=AT, consent=MAIL, options=options)


def test_a_subscription_and_its_end() -> None:
    people = roster.fold(
        [_member(1, "Ana@Union.example", name="Ana", lang="es"), _subscribe(1, digest="daily")]
    )
    ana = Member(1, "Ana@Union.example", "Ana", "es")
    assert people.member("ana@union.EXAMPLE") == ana
    assert list(people.subscribers("water")) == [(ana, {"digest": "daily"})]
    assert people.is_subscribed("water", "ANA@union.example")
    assert people.options("water", "ana@union.example") == {"digest": "daily"}
    assert not people.is_subscribed("fire", "ana@union.example")
    assert not people.is_subscribed("water", "ben@union.example")
    roster.apply(people, roster.unsubscribe("water", 1, at=AT, by="one-click"))
    assert list(people.subscribers("water")) == []
    assert not people.is_subscribed("water", "ana@union.example")


def test_subscribers_come_by_number_and_only_the_active_ones() -> None:
    people = roster.fold(
        [
            _member(2, "b@x.example"),
            _member(1, "a@x.example"),
            _subscribe(2),
            _subscribe(1),
            _subscribe(9),
        ]
    )
    assert [member.number for member, _ in people.subscribers("water")] == [1, 2]
    roster.apply(people, _member(1, "a@x.example", state="disabled"))
    assert [member.number for member, _ in people.subscribers("water")] == [2]
    assert people.next_number == 3


def test_an_address_changes_and_the_number_stays() -> None:
    people = roster.fold([_member(1, "old@x.example"), _subscribe(1), _member(1, "new@x.example")])
    assert people.is_subscribed("water", "new@x.example")
    assert people.member("old@x.example") is None


def test_nobody_takes_anothers_address_until_it_is_free() -> None:
    people = roster.fold([_member(1, "a@x.example"), _member(2, "A@x.example")])
    assert len(people.refused) == 1
    assert people.next_number == 2
    for event in (_member(1, "a@x.example", state="removed"), _member(2, "a@x.example")):
        roster.apply(people, event)
    member = people.member("a@x.example")
    assert member is not None
    assert member.number == 2
    roster.apply(people, _member(1, "b@x.example"))
    assert people.member("a@x.example") == member


def test_roles() -> None:
    people = roster.fold(
        [
            _member(1, "a@x.example"),
            _subscribe(1),
            roster.role("fire", 1, "moderator", at=AT, by="operator"),
        ]
    )
    assert people.role("water", "a@x.example") == "member"
    assert people.role("fire", "A@x.example") == "moderator"
    assert people.role("earth", "a@x.example") == "reader"
    assert people.role("water", "nobody@x.example") == "reader"
    roster.apply(people, roster.role(roster.HUB, 1, "host", at=AT, by="operator"))
    assert people.role("earth", "a@x.example") == "host"
    roster.apply(people, roster.role(roster.HUB, 1, "", at=AT, by="operator"))
    roster.apply(people, roster.role("fire", 1, "emperor", at=AT, by="operator"))
    assert people.role("fire", "a@x.example") == "moderator"
    assert len(people.refused) == 1


def test_mailboxes() -> None:
    people = roster.fold(
        [
            roster.mailbox("Ana", at=AT, by="operator", forward="ana@home.example", number=1),
            roster.mailbox("ben", at=AT, by="operator", keep=True),
        ]
    )
    assert people.mailbox("ANA") == MailboxRule("ana", 1, "ana@home.example")
    assert people.mailbox("ben") == MailboxRule("ben", keep=True)
    assert people.mailbox("cleo") is None
    roster.apply(people, roster.mailbox_removed("Ben", at=AT, by="operator"))
    assert people.mailbox("ben") is None
    roster.apply(people, roster.mailbox("dan", at=AT, by="operator"))
    assert people.mailbox("dan") is None


def test_consent_is_recorded() -> None:
    owner = Consent("owner", "signed card\nof 2026")
    event = roster.subscribe("water", 1, at=AT, consent=owner)
    assert event.data["consent"] == {"source": "owner", "note": "signed card of 2026"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"number": "1", "address": "a@x"},
        {"number": True, "address": "a@x"},
        {"number": 0, "address": "a@x"},
        {"number": 1, "address": ["a@x"]},
        {"number": 1, "address": ""},
    ],
)
def test_malformed_events_change_nothing_and_are_kept(data: dict[str, object]) -> None:
    people = roster.fold(
        [Event("member", "2026", data), Event("subscribe", "2026", {"number": []})]
    )
    assert people.members == {}
    assert len(people.refused) == 2


def test_unknown_types_are_passed_over_and_kept_in_the_file() -> None:
    blob = b'{"at":"2026-11-24T00:00:00Z","type":"handshake","with":"hub"}\n'
    events = roster.decode_events(blob)
    people = roster.fold(events)
    assert (people.members, people.refused) == ({}, [])
    assert roster.decode_events(roster.encode_events(events)) == events


def test_a_file_reads_back_and_fold_step_by_step_is_fold_at_once() -> None:
    events = [
        _member(1, "ä@x.example", name="Ä"),
        _subscribe(1),
        roster.role("water", 1, "moderator", at=AT, by="op"),
        roster.unsubscribe("water", 1, at=AT, by="op"),
    ]
    blob = roster.encode_events(events)
    assert blob.count(b"\n") == len(events)
    assert roster.decode_events(blob) == events
    people = roster.fold(events[:2])
    for event in events[2:]:
        roster.apply(people, event)
    assert vars(people) == vars(roster.fold(events))


def test_the_path_of_a_file_sorts_by_time() -> None:
    path = roster.event_path(AT, b"x")
    assert path.startswith("events/2026/20261124T145003.123456Z-")
    assert path.endswith(".jsonl")
    assert path < roster.event_path(AT.replace(microsecond=123457), b"")
    assert path != roster.event_path(AT, b"y")


def test_broken_lines_of_a_file_of_events_are_all_named() -> None:
    blob = b'{"at":"2026","type":"x"}\n\nnonsense\n{"type":"x"}\n[1]\n' + b"[" * 100_000
    with pytest.raises(ContentErrors) as caught:
        roster.decode_events(blob, file="events/e.jsonl")
    assert [fault.line for fault in caught.value.faults] == [3, 4, 5, 6]


def test_lines_for_member_import() -> None:
    text = (
        "\ufeff# members\n\nana@union.example\nBen Ö <ben@union.example>  # treasurer\r\n"
        '"Cruz, Cleo" <cleo@union.example>\nANA@union.example\nдан@пример.example\n'
    )
    assert roster.parse_roster_lines(text) == [
        Mailbox("", "ana@union.example"),
        Mailbox("Ben Ö", "ben@union.example"),
        Mailbox("Cruz, Cleo", "cleo@union.example"),
        Mailbox("", "дан@пример.example"),
    ]


def test_one_broken_line_refuses_the_whole_change_and_every_one_is_named() -> None:
    text = "ana@union.example\nnobody\na b@x.example\n<x@y.example\na@x.example, b@x.example\n@x\n"
    with pytest.raises(ContentErrors) as caught:
        roster.parse_roster_lines(text + "a\u202eb@x.example\n", "members.txt")
    assert [fault.line for fault in caught.value.faults] == [2, 3, 4, 5, 6, 7]
    assert "members.txt, line 2: 'nobody' is not an address" in str(caught.value)
