"""Person ids: random, one a member, never taken twice."""

from __future__ import annotations

from datetime import UTC, datetime

from solicomm_build.people import persons, roster, rosterevents

AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_an_id_is_random_and_has_its_form() -> None:
    made = {persons.mint() for _ in range(100)}
    assert len(made) == 100
    assert all(persons.PERSON_ID.fullmatch(one) for one in made)


def test_the_roster_knows_both_ways() -> None:
    folded = roster.fold([rosterevents.person(7, "p_abcdefghij", at=AT)])
    assert folded.persons.of(7) == "p_abcdefghij"
    assert folded.persons.number("p_abcdefghij") == 7
    assert folded.persons.of(8) is None


def test_the_first_id_of_a_member_stays_and_no_two_share_one() -> None:
    folded = roster.fold(
        [
            rosterevents.person(7, "p_abcdefghij", at=AT),
            rosterevents.person(7, "p_bcdefghijk", at=AT),
            rosterevents.person(8, "p_abcdefghij", at=AT),
            rosterevents.person(9, "ana@metal.example.org", at=AT),
        ]
    )
    assert folded.persons.of(7) == "p_abcdefghij"
    assert folded.persons.of(8) is None
    assert [event.data["number"] for event in folded.refused] == [8, 9]
