"""What ties a code to a voter is nowhere but where it is destroyed at the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.features.polls.held import running
from solicomm_build.features.polls.pollbook import book
from solicomm_build.people import rosterevents
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_polls import MOD, PEOPLE, TEXT, files, opened, water

__all__ = ["water"]
SECRET = f"{TEXT}ballot: pseudonymous\n"
MORE = [f"m{number}@union.example" for number in range(5, 15)]
EVERYBODY = [MOD, *(address for address, _, _ in PEOPLE.values()), *MORE]


@pytest.fixture
def many(water: DeskHub) -> DeskHub:
    for number, address in enumerate(MORE, 5):
        water.member(number, address, "water")
    return water


def test_the_order_of_letters_does_not_say_whose_code_is_whose(many: DeskHub) -> None:
    """Codes are public in their order, and mail servers write down to whom mail goes, in order."""
    asked = opened(many, SECRET)
    assert list(asked) == EVERYBODY
    held = book(many.config, "water", files(many).poll.id)
    assert sorted(held.voters().values()) == list(range(1, 15))
    about = {"conference": "water", "poll": files(many).poll.id, "wish": "remind", "by": "m"}
    many.note(rosterevents.about_poll("poll-wish", at=many.now, **about))
    many.now += timedelta(minutes=2)
    reminded = [item.envelope.rcpt_tos[0] for item in many.work()]
    assert reminded == EVERYBODY


def test_who_was_erased_is_last() -> None:
    voters, numbers = list("wvutsr"), {"w": 1, "v": 2, "u": 3, "t": 4, "s": 5, "r": 6}
    assert running._unsaying(voters, numbers) == voters
    del numbers["v"]
    assert running._unsaying(voters, numbers) == [*"wutsr", "v"]
