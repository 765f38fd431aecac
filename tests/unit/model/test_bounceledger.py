"""What came back, as the roster remembers it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from solicomm_build.features.bounces import bounceledger
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.people import roster, rosterevents

AT = datetime(2026, 11, 24, 14, 50, 3, 123456, tzinfo=UTC)

LATER = datetime(2026, 12, 1, tzinfo=UTC)


def test_bounces_are_remembered_and_forgotten() -> None:
    people = roster.fold(
        [
            rosterevents.bounce(
                1, "water", "gone", "2026-11-23", at=AT, diagnostic="550 5.1.1\nno such user"
            ),
            rosterevents.bounce(1, "fire", "soft", "2026-11-30", at=LATER),
        ]
    )
    first, second = people.ledger(Returns).bounces(1)
    assert (first.conference, first.kind, first.day) == ("water", "gone", "2026-11-23")
    assert first.diagnostic == "550 5.1.1 no such user"
    roster.apply(
        people,
        rosterevents.bounces_forgotten(
            1, at=LATER, by="operator", since="2026-11-25T00:00:00.000000Z"
        ),
    )
    assert people.ledger(Returns).bounces(1) == (first,)
    roster.apply(
        people, rosterevents.bounces_forgotten(1, at=LATER, by="operator", conference="fire")
    )
    assert people.ledger(Returns).bounces(1) == (first,)
    roster.apply(people, rosterevents.bounces_forgotten(1, at=LATER, by="operator"))
    assert people.ledger(Returns).bounces(1) == people.ledger(Returns).bounces(2) == ()
    assert second.at.startswith("2026-12-01")
    for _ in range(bounceledger.MOST_BOUNCES + 3):
        roster.apply(people, rosterevents.bounce(1, "water", "soft", "2026-12-01", at=LATER))
    assert len(people.ledger(Returns).bounces(1)) == bounceledger.MOST_BOUNCES


def test_a_busy_list_does_not_push_out_what_came_back_weeks_ago() -> None:
    events = [
        rosterevents.bounce(1, "water", "policy", "2026-11-01", at=AT + timedelta(hours=hour))
        for hour in range(24 * 40)
    ]
    kept = roster.fold(events).ledger(Returns).bounces(1)
    assert len(kept) == bounceledger.MOST_BOUNCES
    assert len({one.at[:10] for one in kept}) >= 40
    assert kept[-1].at == events[-1].at
