from __future__ import annotations

from collections.abc import Container
from datetime import UTC, datetime

from solicomm_build.courier.recipients import parties, recipients
from solicomm_build.people import roster as model
from solicomm_build.people import rosterevents
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.wishes import of_post

AT = datetime(2026, 1, 1, tzinfo=UTC)
CONSENT = Consent("owner")
RAW = (
    b"From: Ana <Ana@union.example>\r\nTo: water@hub.example, Bo <bo@union.example>\r\n"
    b"Cc: =?utf-8?q?C?= <cy@union.example>\r\n\r\n"
)


def _roster(*members: tuple[str, dict[str, str]]) -> Roster:
    events = []
    for number, (address, options) in enumerate(members, 1):
        events.append(rosterevents.member(number, address, at=AT, consent=CONSENT))
        events.append(
            rosterevents.subscribe("water", number, at=AT, consent=CONSENT, options=options or None)
        )
    return model.fold(events)


def _to(
    roster: Roster, name: str, never: Container[str] = (), *, closed: bool = False
) -> tuple[str, ...]:
    found = recipients(roster, name, parties(RAW), closed=closed, never=never)
    return tuple(one.address for one in found)


def test_everyone_gets_a_copy_the_author_too() -> None:
    roster = _roster(("ana@union.example", {}), ("bo@union.example", {}), ("x@y.example", {}))
    assert _to(roster, "water") == ("ana@union.example", "x@y.example", "bo@union.example")
    assert _to(roster, "air") == ()


def test_options() -> None:
    roster = _roster(
        ("ana@union.example", {"copy": "off"}),
        ("bo@union.example", {"dup": "off"}),
        ("cy@union.example", {"dup": "off"}),
        ("di@union.example", {"dup": "off", "copy": "off"}),
        ("el@union.example", {"mail": "off"}),
        ("fi@union.example", {"mail": "on", "digest": "none", "form": "plain"}),
        ("ga@union.example", {"digest": "daily"}),
        ("ho@union.example", {"paused": "2026-01-01T00:00:00Z"}),
    )
    assert _to(roster, "water") == ("di@union.example", "fi@union.example")


def test_wishes() -> None:
    roster = _roster(
        ("bo@union.example", {"max": "2/day"}),
        ("cy@union.example", {"topics": "wages,water"}),
        ("di@union.example", {}),
    )

    def to(nth: int, subject: str) -> set[str]:
        about = of_post(nth, subject)
        found = recipients(roster, "water", parties(RAW), closed=False, about=about)
        return {member.address[:2] for member in found}

    assert to(2, "On WÁTER") == {"bo", "cy", "di"}
    assert to(3, "On water") == {"cy", "di"}
    assert to(1, "On waterfalls") == {"bo", "di"}


def test_never_the_list_itself() -> None:
    roster = _roster(("WATER@hub.example", {}), ("bo@union.example", {}))
    assert _to(roster, "water", {"water@hub.example"}) == ("bo@union.example",)


def test_large_domains_are_spread_over_the_whole() -> None:
    many = [(f"m{n}@big.example", dict[str, str]()) for n in range(8)]
    few = [(f"m{n}@small.example", dict[str, str]()) for n in range(2)]
    places = [at for at, one in enumerate(_to(_roster(*many, *few), "water")) if "small" in one]
    assert places == [2, 7]


def test_parties() -> None:
    found = parties(RAW)
    assert found.authors == {"ana@union.example"}
    assert found.addressed == {"water@hub.example", "bo@union.example", "cy@union.example"}


def test_who_is_banned_gets_nothing_of_what_only_members_read() -> None:
    roster = _roster(("ana@union.example", {}), ("BO@union.example", {}), ("x@y.example", {}))

    def ban(place: str, who: str, standing: str = "banned") -> None:
        model.apply(roster, rosterevents.standing(place, who, standing, at=AT, by="mod"))

    ban("water", "bo@union.example")
    assert _to(roster, "water", closed=True) == ("ana@union.example", "x@y.example")
    assert len(_to(roster, "water")) == 3
    assert len(_to(roster, "water", closed=True)) == 2
    ban("*", "@y.example")
    assert _to(roster, "water", closed=True) == ("ana@union.example",)
    ban("water", "x@y.example", "trusted")  # what is nearer wins
    assert _to(roster, "water", closed=True) == ("ana@union.example", "x@y.example")
    ban("water", "bo@union.example", "")
    assert len(_to(roster, "water", closed=True)) == 3


def test_who_looks_after_it_is_not_shut_out() -> None:
    roster = _roster(("ana@union.example", {}), ("bo@union.example", {}))
    events = [
        rosterevents.standing("water", "@union.example", "banned", at=AT, by="mod"),
        rosterevents.role("water", 1, "moderator", at=AT, by="op"),
    ]
    for event in events:
        model.apply(roster, event)
    assert _to(roster, "water", closed=True) == ("ana@union.example",)
    assert [one.number for one in roster.shut_out("water")] == [2]
