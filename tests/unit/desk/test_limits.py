"""At most one of a kind a day, ten in all; the same cause may ask again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.desk import limits as bounds
from solicomm_build.desk.limits import CLAIMED, MOST_A_DAY, OWN, PROVEN, WEB, Asker, Limits
from solicomm_build.foundation.errors import StoreError
from solicomm_build.testing.deskhub import DeskHub

NOW = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
KEY = b"k" * 32


@pytest.fixture
def limits(tmp_path: Path) -> Iterator[Limits]:
    made = Limits(tmp_path / "state" / "answers.sqlite", KEY)
    yield made
    made.close()


def test_one_of_a_kind_within_a_day(limits: Limits) -> None:
    assert limits.allow("Ana@Union.Example", "help", "1", NOW)
    assert not limits.allow("ana@union.example", "help", "2", NOW + timedelta(hours=23))
    assert limits.allow("ana@union.example", "join", "2", NOW)
    assert limits.allow("ben@union.example", "help", "2", NOW)
    assert limits.allow("ana@union.example", "help", "3", NOW + timedelta(hours=25))


@pytest.mark.parametrize("where", [0, 4096])
def test_a_damaged_file_is_made_anew(tmp_path: Path, where: int) -> None:
    path = tmp_path / "answers.sqlite"
    with closing(Limits(path, KEY)) as made:
        for number in range(200):
            made.allow(f"a{number}@b.example", "help", "1", NOW)
    octets = bytearray(path.read_bytes())
    assert len(octets) > where + 4096
    octets[where : where + 4096] = b"no table" * 512
    path.write_bytes(octets)
    with closing(Limits(path, KEY)) as made:
        assert made.allow("a1@b.example", "help", "2", NOW)
        assert not made.allow("a1@b.example", "help", "3", NOW)


def test_the_same_cause_may_ask_again(limits: Limits) -> None:
    assert limits.allow("a@b.example", "help", "1", NOW)
    assert limits.allow("a@b.example", "help", "1", NOW)
    assert not limits.allow("a@b.example", "help", "2", NOW)


def test_ten_a_day_in_all(limits: Limits) -> None:
    for number in range(OWN.most):
        assert limits.allow("a@b.example", f"kind {number}", str(number), NOW)
    assert not limits.allow("a@b.example", "one more", "x", NOW)
    assert limits.allow("a@b.example", "one more", "x", NOW + timedelta(hours=25))


def test_whom_nothing_leaves_in_silence_is_answered_each_time(limits: Limits) -> None:
    """Eleven a day, and the last is known to be the last, again and again for the same mail."""
    for number in range(MOST_A_DAY):
        assert not limits.is_last("a@b.example", NOW, PROVEN)
        assert limits.allow("a@b.example", "help", str(number), NOW, PROVEN)
    assert limits.is_last("a@b.example", NOW, PROVEN)
    assert limits.allow("a@b.example", "help", "10", NOW, PROVEN)
    assert not limits.allow("a@b.example", "help", "one more", NOW, PROVEN)
    assert limits.allow("a@b.example", "help", "web", NOW, WEB), "what a page promised comes"
    tomorrow = NOW + timedelta(hours=25)
    assert not limits.is_last("a@b.example", tomorrow, PROVEN)
    assert limits.allow("a@b.example", "help", "x", tomorrow, PROVEN)


def _claimed(limits: Limits, number: int, *, place: str, sender: str, to: str) -> bool:
    asker = Asker(place, f"x@{sender}")
    return limits.allow(to, "join:water", str(number), NOW, CLAIMED, asker)


def test_sub_addresses_of_one_mailbox_get_one_letter(limits: Limits) -> None:
    found = [
        _claimed(limits, n, place="192.0.2.1", sender="evil.example", to=f"pv.x+{n}@gmail.com")
        for n in range(200)
    ]
    assert found == [True] + [False] * 199
    assert not _claimed(limits, 201, place="192.0.2.2", sender="b.example", to="p.vx@gmail.com")


@pytest.mark.parametrize("bound", ["place", "sender", "to"])
def test_an_hour_of_unproven_mail_is_bounded_by_each(limits: Limits, bound: str) -> None:
    """A peer, a sender's domain, and a catch-all domain; what is refused counts for nobody."""
    most = bounds.in_all(50) // 2

    def one(number: int) -> bool:
        facts = {
            "place": f"192.0.2.{number}",
            "sender": f"s{number}.example",
            "to": f"t{number}.example",
        }
        facts |= {bound: "the-same.example"}
        facts["to"] = f"n{number}@{facts['to']}"
        return _claimed(limits, number, **facts)

    found = [one(number) for number in range(most + 100)]
    assert found == [True] * most + [False] * 100
    assert _claimed(limits, 999, place="198.51.100.1", sender="y.example", to="a@z.example")
    later = NOW + timedelta(minutes=61)
    asker = Asker("the-same.example", "x@the-same.example")
    assert limits.allow("b@the-same.example", "join:water", "9", later, CLAIMED, asker)


def _flood(limits: Limits, count: int, places: int, in_all: int) -> int:
    """How many letters an attacker with so many places causes, each to another victim."""
    found = [
        limits.allow(
            f"a@t{n}.example",
            "join:water",
            str(n),
            NOW,
            CLAIMED,
            Asker(f"10.0.{n % places}.1", f"x@s{n}.example", in_all),
        )
        for n in range(count)
    ]
    return found.count(True)


@pytest.mark.parametrize(
    ("members", "most"), [(0, 40), (50, 40), (399, 40), (1_000, 100), (20_000, 400)]
)
def test_all_of_it_together_is_a_tenth_of_the_members(
    limits: Limits, members: int, most: int
) -> None:
    """What a hub is good for as a relay to bomb with; proven mail is not bounded so."""
    assert bounds.in_all(members) == most
    assert _flood(limits, 1000, 30, most) == most
    assert limits.allow("ana@union.example", "join:water", "x", NOW, PROVEN)
    assert limits.allow("ben@union.example", "join:water", "x", NOW, WEB)


def test_a_flood_from_some_places_leaves_room_for_others(limits: Limits) -> None:
    """Whoever has caused no letter in this hour gets his; from very many places it is still twice
    the bound at most."""
    most = bounds.in_all(50)
    assert _flood(limits, 1000, 30, most) == most
    real = [
        _claimed(
            limits, 5000 + n, place=f"203.0.113.{n}", sender=f"u{n}.example", to=f"m@u{n}.example"
        )
        for n in range(most + 20)
    ]
    assert real == [True] * most + [False] * 20


def test_one_peer_and_one_domain_never_use_up_what_all_have(limits: Limits) -> None:
    most = bounds.in_all(50)
    assert _flood(limits, 1000, 1, most) == most // 2
    assert _claimed(limits, 5000, place="203.0.113.1", sender="u.example", to="m@u.example")


def test_a_meeting_where_everybody_joins_at_a_large_provider_is_answered(limits: Limits) -> None:
    found = [
        _claimed(limits, n, place=f"203.0.113.{n % 8}", sender="gmail.com", to=f"m{n}@gmail.com")
        for n in range(40)
    ]
    assert all(found)


def test_what_counted_while_the_clock_was_ahead_counts_no_more_when_it_is_right(
    limits: Limits,
) -> None:
    ahead = NOW + timedelta(days=400)
    asker = Asker("p", "a@many.example")
    for number in range(100):
        limits.allow(f"a{number}@b{number}.example", "join", "1", ahead, CLAIMED, asker)
    assert limits.allow("a1@b1.example", "join", "2", NOW, CLAIMED, asker)
    assert not limits.allow("a1@b1.example", "join", "3", NOW, CLAIMED, asker)
    soon = NOW - timedelta(seconds=5)  # set back a little, as clocks are
    assert not limits.allow("a1@b1.example", "join", "4", soon, CLAIMED, asker)


def test_the_same_mail_twice(limits: Limits) -> None:
    assert limits.is_first(b"mail", "1", NOW)
    assert limits.is_first(b"mail", "1", NOW)
    assert not limits.is_first(b"mail", "2", NOW)
    limits.forget(b"mail")
    assert limits.is_first(b"mail", "2", NOW)


def test_no_address_is_in_the_file(limits: Limits, tmp_path: Path) -> None:
    limits.allow("ana@union.example", "help", "1", NOW)
    limits.close()
    for path in (tmp_path / "state").iterdir():
        assert b"union.example" not in path.read_bytes()


def test_mail_waits_while_the_disk_has_no_room_for_what_is_counted(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_facts: object) -> bool:
        with closing(sqlite3.connect(":memory:")) as base:
            base.execute("PRAGMA max_page_count=1")
            base.execute("CREATE TABLE more (room TEXT)")
        return True

    hub.send("water-request", "help")
    with monkeypatch.context() as patched:
        patched.setattr(Limits, "allow", full)
        with pytest.raises(StoreError, match="the disk is full"):
            hub.work()
    assert hub.aside() == []
    assert len(hub.work()) == 1
