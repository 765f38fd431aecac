"""What strangers may fill a disk with in a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.post.store.room import Room, places

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    one = Room(tmp_path / "state" / "room.sqlite", b"k" * 32)
    yield one
    one.close()


def test_each_place_takes_what_it_takes_and_no_more(room: Room) -> None:
    assert room.take({"a": 10, "all": 15}, 8, "1", NOW)
    assert not room.take({"a": 10, "all": 15}, 8, "2", NOW)
    assert room.take({"b": 10, "all": 15}, 7, "3", NOW)
    assert not room.take({"c": 10, "all": 15}, 1, "4", NOW)


def test_what_was_refused_fills_nothing(room: Room) -> None:
    assert not room.take({"a": 10, "all": 15}, 11, "1", NOW)
    assert room.take({"a": 10, "all": 15}, 10, "2", NOW)


def test_the_same_mail_counts_once(room: Room) -> None:
    assert room.take({"a": 10}, 8, "1", NOW)
    assert room.take({"a": 10}, 8, "1", NOW)


def test_a_day_later_there_is_room_again(room: Room) -> None:
    assert room.take({"a": 10}, 8, "1", NOW)
    assert room.take({"a": 10}, 8, "2", NOW + timedelta(days=1, seconds=1))


def test_what_a_clock_that_was_ahead_has_written_takes_no_room(room: Room) -> None:
    assert room.take({"a": 10}, 8, "1", NOW + timedelta(days=400))
    assert room.take({"a": 10}, 8, "2", NOW)
    assert not room.take({"a": 10}, 8, "3", NOW - timedelta(minutes=1))


def test_sub_addresses_are_one_sender_and_a_v6_network_one_place() -> None:
    limits = {"of_sender": 1, "of_place": 2, "of_all": 3}
    one = places("ana+x@union.example", "2001:db8::1", (), **limits)
    two = places("ana+y@union.example", "2001:db8::2", (), **limits)
    assert one == two
    assert sorted(one.values()) == [1, 2, 3]
    here = places("ana@union.example", "127.0.0.1", (), **limits)
    assert sorted(here.values()) == [1, 3]  # a server in front of us is no place


def test_no_address_lies_in_the_file(room: Room, tmp_path: Path) -> None:
    room.take(
        places("ana@union.example", "192.0.2.1", (), of_sender=9, of_place=9, of_all=9), 1, "1", NOW
    )
    room.close()
    octets = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert b"ana@" not in octets
    assert b"192.0.2" not in octets
