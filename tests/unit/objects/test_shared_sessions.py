"""Sessions of members: of one machine, and such as all machines of a hub share, by a real store."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import client
from solicomm_build.foundation.objects.client import Objects, ObjectsError
from solicomm_build.people.sessions import DAY, LINK, STAYS, Link, Sessions
from solicomm_build.people.shared import careful, sessions
from solicomm_build.people.shared.careful import Careful, Pause
from solicomm_build.people.shared.sessions import SharedSessions
from solicomm_build.testing.objectstores import Store
from tests.unit.objects.conftest import ENGINES
from tests.unit.objects.test_passing import machine

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
Two = tuple[Sessions | SharedSessions, Sessions | SharedSessions]
Start = Callable[[str], Store]


class Hand:
    """A clock that is moved by hand."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(params=["file", *ENGINES])
def two(request: pytest.FixtureRequest, start: Start, tmp_path: Path) -> Two:
    """Two processes of one machine, or two machines, which look each time."""
    if request.param == "file":
        config = Config(tmp_path, "Hub", "hub.example", "https://hub.example")
        return Sessions(config), Sessions(config)
    first, second = (machine(tmp_path / name, start(request.param)) for name in ("n1", "n2"))
    hands = [iter(range(0, 10**6, 10)) for _ in range(2)]
    return (
        SharedSessions(first, lambda: next(hands[0])),
        SharedSessions(second, lambda: next(hands[1])),
    )


@pytest.fixture
def store(start: Start) -> Store:
    return start("seaweedfs")


def test_who_signs_in_at_one_is_signed_in_at_the_other(two: Two) -> None:
    first, second = two
    link = first.link(7, "/members/", NOW)
    assert second.of_link(link, NOW) == Link(7, "/members/")
    begun = second.begin(link, NOW, DAY, "Firefox, Android")
    assert begun is not None
    secret, whom = begun
    assert whom == Link(7, "/members/")
    assert [one.number(secret, NOW) for one in two] == [7, 7]
    assert first.number(secret, NOW + DAY) is None
    assert first.number(secret[:-1] + "b", NOW) is None
    assert first.number("strange/../x", NOW) is None


def test_a_link_lets_in_once_and_not_for_long(two: Two) -> None:
    first, second = two
    link = first.link(7, "", NOW)
    assert first.of_link(link, NOW + LINK) is None
    assert second.begin(link, NOW + LINK, DAY) is None
    assert second.begin(link, NOW, DAY) is not None
    for one in two:
        assert one.of_link(link, NOW) is None
        assert one.begin(link, NOW, DAY) is None


@pytest.mark.parametrize("span", [DAY, STAYS])
@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=4000)])
def test_what_a_clock_made_that_was_ahead_is_not_good_when_it_is_right(
    two: Two, span: timedelta, ahead: timedelta
) -> None:
    first, second = two
    link, used = (first.link(7, "", NOW + ahead) for _ in range(2))
    begun = second.begin(used, NOW + ahead, span, "Firefox, Linux")
    assert begun is not None
    assert [one.number(begun[0], NOW + ahead) for one in two] == [7, 7]
    for one in two:
        assert one.of_link(link, NOW) is None
        assert one.begin(link, NOW, DAY) is None
        assert one.number(begun[0], NOW) is None
        assert one.of_member(7, NOW) == []


def test_a_clock_that_was_a_little_fast_signs_nobody_out(two: Two) -> None:
    first, second = two
    soon = NOW + timedelta(minutes=9)
    link, used = (first.link(7, "", soon) for _ in range(2))
    begun = second.begin(used, soon, STAYS)
    assert begun is not None
    assert first.of_link(link, NOW) == Link(7, "")
    assert first.number(begun[0], NOW) == 7
    assert len(second.of_member(7, NOW)) == 1


def test_of_two_who_use_a_link_at_once_one_gets_in_at_most(two: Two) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(1, 6):
            link = two[0].link(number, "", NOW)
            found = [pool.submit(two[n % 2].begin, link, NOW, DAY) for n in range(8)]
            assert sum(one.result() is not None for one in found) <= 1
            assert len(two[1].of_member(number, NOW)) <= 1


def test_a_session_that_ends_at_one_has_ended_at_the_other(two: Two) -> None:
    first, second = two
    begun = [first.begin(first.link(7, "", NOW), NOW, DAY, f"B{n}") for n in range(3)]
    secrets = [one[0] for one in begun if one]
    assert [second.number(one, NOW) for one in secrets] == [7, 7, 7]
    first.end(secrets[0])
    assert second.number(secrets[0], NOW) is None
    left = {one.browser: one.id for one in second.of_member(7, NOW)}
    assert {*left} == {"B1", "B2"}
    second.end_one(8, left["B1"])  # it is no session of that member
    assert first.number(secrets[1], NOW) == 7
    second.end_one(7, left["B1"])
    assert first.number(secrets[1], NOW) is None
    link = first.link(7, "", NOW)
    second.end_links(7)
    assert first.begin(link, NOW, DAY) is None
    assert first.number(secrets[2], NOW) == 7
    link = first.link(7, "", NOW)
    second.end_all(7)
    assert [one.number(secrets[2], NOW) for one in two] == [None, None]
    assert first.begin(link, NOW, DAY) is None, "links are taken back, too"


def test_a_member_sees_where_and_since_when(two: Two) -> None:
    first, second = two
    first.begin(first.link(7, "", NOW), NOW, DAY, "Firefox, Linux")
    begun = second.begin(second.link(7, "", NOW), NOW + timedelta(minutes=5), DAY, "Safari, iOS")
    assert begun is not None
    first.number(begun[0], NOW + timedelta(hours=2))
    found = second.of_member(7, NOW + timedelta(hours=2))
    assert [one.browser for one in found] == ["Safari, iOS", "Firefox, Linux"]
    assert found[0].began == NOW + timedelta(minutes=5)
    assert found[0].seen == NOW.date()
    assert second.of_member(7, NOW + timedelta(days=2)) == []


def test_a_session_is_believed_for_two_seconds_and_a_minute_without_a_store(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(careful, "PAUSE", 0.0)
    hand = Hand()
    first, second = (machine(tmp_path / name, store) for name in ("n1", "n2"))
    one, other = SharedSessions(first), SharedSessions(second, hand)
    begun = one.begin(one.link(7, "", NOW), NOW, DAY)
    assert begun is not None
    secret = begun[0]
    assert other.number(secret, NOW) == 7
    one.end(secret)
    hand.at += 1.9
    assert other.number(secret, NOW) == 7
    hand.at += 0.2
    assert other.number(secret, NOW) is None
    again = one.begin(one.link(7, "", NOW), NOW, DAY)
    assert again is not None
    assert other.number(again[0], NOW) == 7
    with store.down():
        hand.at += 59
        assert other.number(again[0], NOW) == 7
        hand.at += 2
        for ask in (other.number, SharedSessions(second).number):
            with pytest.raises(ObjectsError):
                ask(again[0], NOW)
    assert other.number(again[0], NOW) == 7


class Meanwhile:
    """A bucket: while an object is on its way to who asked for it, something else happens."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.happens: Callable[[], object] = lambda: None

    def get(self, name: str) -> bytes:
        octets = self._objects.get(name)
        happens, self.happens = self.happens, lambda: None
        happens()
        return octets

    def __getattr__(self, name: str) -> object:
        return getattr(self._objects, name)


@pytest.mark.parametrize("is_here", [True, False])
def test_who_was_read_while_he_signed_out_is_out_as_soon_as_others(
    tmp_path: Path, store: Store, *, is_here: bool
) -> None:
    """Here at once; elsewhere two seconds after the store was asked, not after it answered."""
    hand = Hand()
    first, second = (machine(tmp_path / name, store) for name in ("n1", "n2"))
    one, other = SharedSessions(first, hand), SharedSessions(second, hand)
    begun = one.begin(one.link(7, "", NOW), NOW, DAY)
    assert begun is not None
    secret, asked = begun[0], one if is_here else other
    bucket = Meanwhile(asked._objects)
    asked.__dict__["_objects"] = bucket

    def signs_out() -> None:
        one.end(secret)
        hand.at += 1.5

    bucket.happens = signs_out
    assert asked.number(secret, NOW) == 7, "he was in when it was asked"
    hand.at += 0.0 if is_here else 0.6
    assert asked.number(secret, NOW) is None


def test_a_store_that_does_not_answer_is_left_alone_for_a_moment() -> None:
    class Away:
        asked = 0
        is_there = False

        def names(self, below: str = "", *, most: int = 0) -> list[str]:
            self.asked += 1
            if not self.is_there:
                raise ObjectsError("away")
            return [f"{below}/x"]

    hand, away = Hand(), Away()
    bucket = Careful(cast(Objects, away), Pause(hand))
    for _ in range(5):
        with pytest.raises(ObjectsError):
            bucket.names("links")
    assert away.asked == 1
    hand.at += careful.PAUSE
    with pytest.raises(ObjectsError):
        bucket.names("links")
    assert away.asked == 2
    hand.at += careful.PAUSE
    away.is_there = True
    for _ in range(3):
        assert bucket.names("links") == ["links/x"]


def test_the_store_learns_nothing_and_what_has_ended_goes(tmp_path: Path, store: Store) -> None:
    config = machine(tmp_path / "n1", store)
    shared = sessions.of(config)
    assert isinstance(shared, SharedSessions)
    link = shared.link(1234567, "/members/", NOW)
    begun = shared.begin(link, NOW, DAY, "Firefox, Android")
    assert begun is not None
    shared.number(begun[0], NOW)
    shared.link(1234567, "/members/", NOW)
    s3 = config.cluster.s3
    assert s3 is not None
    bucket = client.bucket(s3, "spool", config.keys)
    kept = {name: bucket.get(name) for name in bucket.names()}
    assert {name.partition("/")[0] for name in kept} == {"links", "claims", "sessions", "seen"}
    for word in ("1234567", begun[0], begun[0][24:], link[24:], "Firefox", "/members/"):
        assert not any(word in name or word.encode() in octets for name, octets in kept.items())
    SharedSessions(config).link(8, "", NOW + timedelta(days=1))
    assert [name.partition("/")[0] for name in bucket.names()] == ["links"]
