"""The roster: events fold into who is a member of what, and files read back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.people import membership, roster, rosterevents
from solicomm_build.people.membership import MailboxRule, Member, option
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.testing.rosters import told

AT = datetime(2026, 11, 24, 14, 50, 3, 123456, tzinfo=UTC)
MAIL = Consent("mail", "confirmed by token")


def _member(number: int, address: str, **more: str) -> Event:
    return rosterevents.member(number, address, at=AT, consent=MAIL, **more)


def _subscribe(number: int, conference: str = "water", **options: str) -> Event:
    return rosterevents.subscribe(conference, number, at=AT, consent=MAIL, options=options)


def test_a_subscription_and_its_end() -> None:
    people = roster.fold(
        [_member(1, "Ana@Union.example", name="Ana", lang="es"), _subscribe(1, digest="daily")]
    )
    ana = Member(1, "Ana@Union.example", "Ana", "es", supposed=True)
    assert people.member("ana@union.EXAMPLE") == ana
    assert list(people.subscribers("water")) == [(ana, {"digest": "daily"})]
    assert people.is_subscribed("water", "ANA@union.example")
    assert people.options("water", "ana@union.example") == {"digest": "daily"}
    assert not people.is_subscribed("fire", "ana@union.example")
    assert not people.is_subscribed("water", "ben@union.example")
    roster.apply(people, rosterevents.unsubscribe("water", 1, at=AT, by="one-click"))
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
            rosterevents.role("fire", 1, "moderator", at=AT, by="operator"),
        ]
    )
    assert people.role("water", "a@x.example") == "member"
    assert people.role("fire", "A@x.example") == "moderator"
    assert people.role("earth", "a@x.example") == "reader"
    assert people.role("water", "nobody@x.example") == "reader"
    roster.apply(people, rosterevents.role(roster.HUB, 1, "host", at=AT, by="operator"))
    assert people.role("earth", "a@x.example") == "host"
    roster.apply(people, rosterevents.role(roster.HUB, 1, "", at=AT, by="operator"))
    roster.apply(people, rosterevents.role("fire", 1, "emperor", at=AT, by="operator"))
    assert people.role("fire", "a@x.example") == "moderator"
    assert len(people.refused) == 1


def test_mailboxes_of_unions() -> None:
    domain = "metal.example.org"
    made = rosterevents.mailbox("Ana", at=AT, by="operator", keep=True, domain=domain)
    of_hub = rosterevents.mailbox("ana", at=AT, by="operator", forward="ana@home.example")
    both = roster.fold([made, of_hub])
    assert both.mailbox("ANA@metal.example.org") == membership.MailboxRule(
        "ana", 0, "", True, domain
    )
    assert both.mailbox("ana") == membership.MailboxRule("ana", forward="ana@home.example")
    roster.apply(both, rosterevents.mailbox_removed("ana", at=AT, by="operator", domain=domain))
    assert set(both.mailboxes) == {"ana"}


def test_mailboxes() -> None:
    people = roster.fold(
        [
            rosterevents.mailbox("Ana", at=AT, by="operator", forward="ana@home.example", number=1),
            rosterevents.mailbox("ben", at=AT, by="operator", keep=True),
        ]
    )
    assert people.mailbox("ANA") == MailboxRule("ana", 1, "ana@home.example")
    assert people.mailbox("ben") == MailboxRule("ben", keep=True)
    assert people.mailbox("cleo") is None
    roster.apply(people, rosterevents.mailbox_removed("Ben", at=AT, by="operator"))
    assert people.mailbox("ben") is None
    roster.apply(people, rosterevents.mailbox("dan", at=AT, by="operator"))
    assert people.mailbox("dan") is None


def test_consent_is_recorded() -> None:
    owner = Consent("owner", "signed card\nof 2026")
    event = rosterevents.subscribe("water", 1, at=AT, consent=owner)
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
    events = rosterevents.decode_events(blob)
    people = roster.fold(events)
    assert (people.members, people.refused) == ({}, [])
    assert rosterevents.decode_events(rosterevents.encode_events(events)) == events


def test_a_file_reads_back_and_fold_step_by_step_is_fold_at_once() -> None:
    events = [
        _member(1, "ä@x.example", name="Ä"),
        _subscribe(1),
        rosterevents.role("water", 1, "moderator", at=AT, by="op"),
        rosterevents.unsubscribe("water", 1, at=AT, by="op"),
    ]
    blob = rosterevents.encode_events(events)
    assert blob.count(b"\n") == len(events)
    assert rosterevents.decode_events(blob) == events
    people = roster.fold(events[:2])
    for event in events[2:]:
        roster.apply(people, event)
    assert told(people) == told(roster.fold(events))


# -- options, states, tokens, bounces, standings ----------------------------------------------

LATER = datetime(2026, 12, 1, tzinfo=UTC)


def _people(*events: Event) -> roster.Roster:
    return roster.fold([_member(1, "ana@x.example"), _subscribe(1, digest="daily"), *events])


def test_some_options_change_and_others_stay() -> None:
    people = _people(
        rosterevents.options("water", 1, {"mail": "off", "lang": "es"}, at=AT, by="mail"),
        rosterevents.options("water", 1, {"digest": ""}, at=AT, by="mail"),
        rosterevents.options("fire", 1, {"mail": "off"}, at=AT, by="mail"),
    )
    held = people.options("water", "ana@x.example")
    assert held == {"mail": "off", "lang": "es"}
    assert option(held, "mail") == "off"
    assert option(held, "digest") == "none"
    assert option(held, "paused") == option(held, "unknown") == ""
    assert len(people.refused) == 1  # no such subscription


def test_a_subscription_is_disabled_and_comes_back() -> None:
    people = _people(
        _subscribe(1, "fire"),
        rosterevents.state(1, "disabled", conference="water", at=AT, by="bounces", reason="gone"),
    )
    assert list(people.subscribers("water")) == []
    assert [member.number for member, _ in people.subscribers("fire")] == [1]
    status = people.state(1, "water")
    assert (status.state, status.reason) == ("disabled", "gone")
    assert status.since == "2026-11-24T14:50:03.123456Z"
    assert people.state(1).state == people.state(1, "fire").state == "active"
    assert people.is_subscribed("water", "ana@x.example")
    roster.apply(people, rosterevents.state(1, "active", conference="water", at=LATER, by="ana"))
    assert [member.number for member, _ in people.subscribers("water")] == [1]
    assert people.state(1, "water").since.startswith("2026-12-01")


def test_a_subscription_taken_anew_is_active() -> None:
    people = _people(
        rosterevents.state(1, "disabled", conference="water", at=AT, by="bounces"),
        rosterevents.unsubscribe("water", 1, at=AT, by="operator"),
        _subscribe(1),
    )
    assert people.state(1, "water").state == "active"


def test_an_address_is_disabled_everywhere_and_removed() -> None:
    people = _people(
        _member(1, "ana@x.example", name="Ana", lang="es"),
        rosterevents.state(1, "disabled", at=AT, by="bounces"),
    )
    assert list(people.subscribers("water")) == []
    assert people.member("ana@x.example") == Member(
        1, "ana@x.example", "Ana", "es", "disabled", supposed=True
    )
    assert people.state(1).since.startswith("2026-11-24")
    roster.apply(people, rosterevents.state(1, "removed", at=LATER, by="bounces"))
    assert people.member("ana@x.example") is None
    assert people.state(1).state == "removed"
    for wrong in (
        rosterevents.state(1, "asleep", at=AT, by="x"),
        rosterevents.state(7, "active", at=AT, by="x"),
    ):
        roster.apply(people, wrong)
    assert len(people.refused) == 2


def test_who_is_trusted_and_who_is_banned() -> None:
    people = _people(
        rosterevents.standing("water", "Ben@Other.example", "trusted", at=AT, by="ana"),
        rosterevents.standing(
            roster.HUB, "@spam.example", "banned", at=AT, by="ana", reason="spam"
        ),
        rosterevents.standing("water", "one@spam.example", "trusted", at=AT, by="ana"),
        rosterevents.standing("water", "ben@x", "emperor", at=AT, by="ana"),
        rosterevents.standing("water", "nobody", "banned", at=AT, by="ana"),
    )
    assert people.standing("water", "ben@other.example") == "trusted"
    assert people.standing("fire", "ben@other.example") == ""
    assert people.standing("fire", "one@SPAM.example") == "banned"
    assert people.standing("water", "one@spam.example") == "trusted"
    assert len(people.refused) == 2
    roster.apply(people, rosterevents.standing("water", "ben@other.example", "", at=AT, by="ana"))
    assert people.standing("water", "ben@other.example") == ""


def test_members_by_role() -> None:
    people = roster.fold(
        [
            *(_member(number, f"m{number}@x.example") for number in (1, 2, 3, 4)),
            rosterevents.role("water", 3, "moderator", at=AT, by="operator"),
            rosterevents.role(roster.HUB, 1, "host", at=AT, by="operator"),
            rosterevents.role("fire", 2, "host", at=AT, by="operator"),
            rosterevents.role("water", 4, "host", at=AT, by="operator"),
            rosterevents.state(4, "disabled", at=AT, by="bounces"),
        ]
    )
    assert [m.number for m in people.with_role("water", "moderator", "host")] == [1, 3]
    assert [m.number for m in people.with_role("water", "moderator")] == [3]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("options", {"conference": "water", "number": 1, "options": "mail"}),
        ("token", {"hash": "", "expires": "2026-12-01T00:00:00Z"}),
        ("token", {"hash": "d", "expires": "2026-12-01"}),
        ("token", {"hash": "d", "expires": "2026-12-01T00:00:00Z", "data": [1]}),
        ("token-used", {"hash": 1}),
        ("bounce", {"number": "1"}),
        ("bounces-forgotten", {}),
        ("state", {"number": 1}),
        ("standing", {"address": "a@x"}),
    ],
)
def test_malformed_events_change_nothing(kind: str, data: dict[str, object]) -> None:
    people = _people(Event(kind, "2026-11-24T00:00:00Z", data))
    malformed = kind != "standing"
    assert len(people.refused) == malformed
