"""Nobody gets a thing twice by two ways, and nobody misses it: every way of getting a list's mail,
beside every wish about a topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.following.words import FOLLOW, MUTE, UNFOLLOW
from solicomm_build.testing.bar import Bar, said

DAY = timedelta(days=1).total_seconds()
WAYS: dict[str, dict[str, str] | None] = {
    "stranger": None,
    "each": {},
    "daily": {"digest": "daily"},
    "mime": {"digest": "daily", "form": "mime"},
    "off": {"mail": "off"},
    "answers": {"mail": "answers"},
    "some": {"max": "1/day"},
    "other": {"topics": "pensions"},
}
"""How somebody gets the mail of a list; None is on no list."""
WISHES = ("none", FOLLOW, UNFOLLOW, MUTE)

COMES = {
    **{(way, "none"): way in ("each", "daily", "mime", "some") for way in WAYS},
    **{(way, UNFOLLOW): way in ("each", "daily", "mime", "some") for way in WAYS},
    **{(way, FOLLOW): True for way in WAYS},
    **{(way, MUTE): False for way in WAYS},
}
"""Whether two answers in a topic of the list come: each once, or not at all."""


@pytest.fixture(scope="module")
def got(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter[tuple[str, int]]]:
    """How often each gets each of two answers, within two days."""
    bar = Bar(Path(tmp_path_factory.mktemp("bar")))
    for way, options in WAYS.items():
        for wish in WISHES:
            if options is not None:
                bar.hub.members([_who(way, wish)], to="bar", **options)
    tid = bar.post(1, "amina@union.example")
    for way in WAYS:
        for wish in WISHES[1:]:
            bar.wish(_who(way, wish), wish, tid)
    bar.look()
    bar.post(2, "grace@other.example", answers=1)
    bar.post(3, "grace@other.example", answers=2)
    found: Counter[tuple[str, int]] = Counter()
    for seconds in (1, 60, 700, DAY, DAY):
        for to, numbers in said(bar.look(seconds)):
            found.update((to, number) for number in numbers)
    yield found
    bar.close()


def _who(way: str, wish: str) -> str:
    return f"{way}.{wish}@x.example"


@pytest.mark.parametrize(("way", "wish"), COMES)
def test_an_answer_comes_once_or_not_at_all(
    got: Counter[tuple[str, int]], way: str, wish: str
) -> None:
    times = [got[_who(way, wish), number] for number in (2, 3)]
    assert times == [1, 1] if COMES[way, wish] else times == [0, 0]


@pytest.fixture
def bar(tmp_path: Path) -> Iterator[Bar]:
    made = Bar(tmp_path)
    yield made
    made.close()


def _to(bar: Bar, *seconds: float) -> list[str]:
    return sorted(to for one in seconds for to, numbers in said(bar.look(one)) if 2 in numbers)


def test_who_follows_by_another_spelling_of_the_address_gets_it_once(bar: Bar) -> None:
    bar.hub.members(["amina@xn--bcher-kva.example"], to="bar")
    tid = bar.post(1, "yu@fourth.example")
    bar.wish("Amina@Bücher.example", FOLLOW, tid)
    bar.look()
    bar.post(2, "grace@other.example", answers=1)
    assert len(_to(bar, 60, 700)) == 1 + len(["yu@fourth.example"])


def test_who_followed_as_a_stranger_and_joins_gets_it_once(bar: Bar) -> None:
    tid = bar.post(1, "yu@fourth.example")
    bar.wish("amina@union.example", FOLLOW, tid)
    bar.look()
    bar.hub.members(["Amina@union.example"], to="bar", digest="daily")
    bar.post(2, "grace@other.example", answers=1)
    assert _to(bar, 60, 700, DAY, DAY) == ["Amina@union.example", "yu@fourth.example"]


def test_two_addresses_of_one_person_are_two_until_the_person_says_so(bar: Bar) -> None:
    bar.hub.members(["amina@union.example"], to="bar")
    tid = bar.post(1, "yu@fourth.example")
    bar.wish("amina@home.example", FOLLOW, tid)
    bar.look()
    bar.post(2, "grace@other.example", answers=1)
    both = ["amina@home.example", "amina@union.example", "yu@fourth.example"]
    assert _to(bar, 60, 700) == both


def test_a_mail_to_two_lists_comes_once_to_who_is_on_one_and_follows_in_the_other(
    bar: Bar,
) -> None:
    bar.hub.members(["amina@union.example"], to="water")
    tid = bar.post(1, "yu@fourth.example")
    bar.wish("amina@union.example", FOLLOW, tid)
    bar.look()
    raw = (
        b"From: grace@other.example\r\nTo: bar@hub.example, water@hub.example\r\n"
        b"Subject: Re: Shifts\r\nMessage-ID: <2@b>\r\nReferences: <1@b>\r\n\r\nSaid 2.\r\n"
    )
    for name in ("water", "bar"):
        bar.hub.post(raw, to=name, level="aligned")
    assert _to(bar, 60, 700) == ["amina@union.example", "yu@fourth.example"]


YEARS = 4000 * DAY


def test_an_answer_comes_also_after_the_clock_was_ahead(bar: Bar) -> None:
    """The mail that went then held back all that came after."""

    def got(seconds: float) -> list[int]:
        items = said(bar.look(seconds))
        return [
            number for to, numbers in items if to == "amina@union.example" for number in numbers
        ]

    tid = bar.post(1, "yu@fourth.example")
    bar.wish("amina@union.example", FOLLOW, tid)
    bar.look()
    bar.look(YEARS)
    bar.post(2, "grace@other.example", answers=1)
    assert got(1) == [2]
    bar.post(3, "grace@other.example", answers=1)
    assert got(1) == []  # it waits for the second mail's time
    assert got(-YEARS) == [3]
    bar.post(4, "grace@other.example", answers=1)
    assert got(1) + got(60) + got(700) == [4]
