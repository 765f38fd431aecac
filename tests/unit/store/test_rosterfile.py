"""The roster's fold lies in a file that all processes share, follow and may lose."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import maintenance
from solicomm_build.git.history import Cut, rewrite
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import eventfiles, rosterevents, rosterstore
from solicomm_build.people.kept import book
from solicomm_build.people.roster import fold
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.rosters import told

AT = datetime(2026, 3, 4, 6, tzinfo=UTC)
CONSENT = Consent("mail")


def _joins(number: int, address: str = "") -> list[Event]:
    address = address or f"m{number}@union.example"
    return [
        rosterevents.member(number, address, at=AT, consent=CONSENT),
        rosterevents.subscribe("bar", number, at=AT, consent=CONSENT),
    ]


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


@pytest.fixture
def store(hub: Config) -> Iterator[RosterStore]:
    made = RosterStore.of(hub)
    yield made
    made.close()


def _append(store: RosterStore, events: list[Event], minutes: int = 0) -> None:
    store.append(events, at=AT + timedelta(minutes=minutes), subject="Test")


def test_one_folds_and_all_see_it(
    hub: Config, store: RosterStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, seen = RosterStore.of(hub), other_roster(hub)
    _append(store, _joins(1))
    assert store.roster().is_listed("bar", "m1@union.example")
    monkeypatch.setattr(rosterstore.model, "apply", _never)
    assert other.roster().is_listed("bar", "M1@union.example")
    assert RosterStore.of(hub).roster().next_number == 2
    assert seen.next_number == 2


def other_roster(hub: Config) -> rosterstore.Roster:
    """A roster that somebody looks at while it changes."""
    return RosterStore.of(hub).roster()


def _never(roster: rosterstore.Roster, event: Event) -> None:
    raise AssertionError(f"{event.type} was folded again")


def test_it_is_the_hubs_own(hub: Config, store: RosterStore) -> None:
    _append(store, _joins(1))
    kept = store.roster()
    files = sorted(hub.state.glob(f"{book.FILE}*"))
    assert [path.name for path in files] == [book.FILE, f"{book.FILE}-shm", f"{book.FILE}-wal"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    with pytest.raises(book.BookError):  # whoever asks changes nothing
        kept.book.run("DELETE FROM members")


@pytest.mark.parametrize("what", ["gone", "another version", "no database", "cut short"])
def test_it_is_made_anew(hub: Config, store: RosterStore, what: str) -> None:
    for number in range(1, 40):
        _append(store, _joins(number), number)
    before, file = told(store.roster()), hub.state / book.FILE
    store.close()
    del store
    db = sqlite3.connect(file)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if what == "another version":
        db.execute("UPDATE meta SET value = '0' WHERE key = 'version'")
        db.commit()
    db.close()
    if what == "gone":
        file.unlink()
    elif what == "no database":
        file.write_bytes(b"hello" * 1000)
    elif what == "cut short":
        file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 40960)
    again = RosterStore.of(hub)
    _append(again, _joins(50), 50)
    assert told(again.roster())["members"][:39] == before["members"]
    assert again.roster().member("m50@union.example")


def test_a_file_that_turns_out_to_be_damaged_is_opened_anew(
    hub: Config, store: RosterStore
) -> None:
    _append(store, _joins(1))
    before = store.roster().book
    with pytest.raises(book.BookError, match=r"roster\.sqlite could not be read"), before.reading():
        raise _damaged()
    assert not (hub.state / book.FILE).exists()
    assert store.roster().book is not before
    assert store.roster().next_number == 2


def _damaged() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def test_where_no_file_can_be_the_fold_is_in_memory(hub: Config) -> None:
    hub.state.write_bytes(b"")
    store = RosterStore.of(hub)
    _append(store, _joins(1))
    assert store.roster().is_listed("bar", "m1@union.example")
    assert not store.roster().book.is_kept


def test_who_is_erased_is_in_no_octet_of_it(hub: Config, store: RosterStore) -> None:
    _append(store, _joins(1, "ana.secret@union.example"))
    _append(store, _joins(2), 1)
    assert store.roster().next_number == 3
    repo = open_repo(hub.roster_repo)
    with Reader(repo) as reader:
        path, oid = eventfiles.at(reader, MAIN)[0]
        clean = reader.blob(oid).replace(b"ana.secret@union", b"nobody@erased")
    assert rewrite(repo, Cut(blobs={oid: clean})) > 0
    maintenance.purge(repo)
    assert store.roster().member("nobody@erased.example") is not None
    assert store.roster().member("m2@union.example") is not None
    for file in hub.state.glob(f"{book.FILE}*"):
        assert b"ana.secret" not in file.read_bytes()
    assert path


def test_a_child_opens_it_for_itself(hub: Config, store: RosterStore) -> None:
    _append(store, _joins(1))
    mine = store.roster().book
    pid = os.fork()
    if pid == 0:
        theirs = store.roster()
        is_so = theirs.book is not mine and theirs.is_listed("bar", "m1@union.example")
        os._exit(0 if is_so else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert store.roster().book is mine


def test_what_was_not_finished_leaves_nothing(
    hub: Config, store: RosterStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _append(store, _joins(1))
    store.roster()
    back = rosterevents.bounce(1, "bar", "hard", "2026-03-04", at=AT)
    _append(store, [back, *_joins(2)], 1)
    apply = rosterstore.model.apply

    def stops(roster: rosterstore.Roster, event: Event) -> None:
        apply(roster, event)
        if event.type == "member":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rosterstore.model, "apply", stops)
        with pytest.raises(KeyboardInterrupt):
            store.roster()
    assert len(store.roster().ledger(Returns).bounces(1)) == 1
    assert store.roster().next_number == 3


def test_a_day_at_a_time_is_the_order_of_names(hub: Config, store: RosterStore) -> None:
    for number, days in enumerate((0, 40, 400, 401), 1):
        _append(store, _joins(number), days * 1440)
    repo = open_repo(hub.roster_repo)
    with Reader(repo) as reader:
        assert [*eventfiles.by_folder(reader, MAIN)] == eventfiles.at(reader, MAIN)
    eventfiles.put_by_year(repo, now=AT)
    _append(store, _joins(5), 401 * 1440)
    with Reader(repo) as reader:
        assert [*eventfiles.by_folder(reader, MAIN)] == eventfiles.at(reader, MAIN)


_NUMBERS = st.integers(1, 4)
_PLACES = st.sampled_from(["bar", "water", "*"])
_ADDRESSES = st.sampled_from([f"{name}@union.example" for name in ("ana", "ben", "cleo", "ANA")])
_OPTIONS = st.sampled_from([{"digest": "daily"}, {"mail": "off"}, {"mail": "on"}, {"digest": ""}])
_STATES = st.sampled_from(["active", "disabled", "removed", "unconfirmed"])
_ROLES = st.sampled_from(["", "moderator", "host", "king"])
_EVENTS = st.one_of(
    st.builds(lambda n, a: rosterevents.member(n, a, at=AT, consent=CONSENT), _NUMBERS, _ADDRESSES),
    st.builds(lambda p, n: rosterevents.subscribe(p, n, at=AT, consent=CONSENT), _PLACES, _NUMBERS),
    st.builds(lambda p, n: rosterevents.unsubscribe(p, n, at=AT, by="x"), _PLACES, _NUMBERS),
    st.builds(
        lambda p, n, o: rosterevents.options(p, n, o, at=AT, by="x"), _PLACES, _NUMBERS, _OPTIONS
    ),
    st.builds(
        lambda n, s, p: rosterevents.state(n, s, at=AT, by="x", conference=p),
        _NUMBERS,
        _STATES,
        _PLACES,
    ),
    st.builds(lambda p, n, r: rosterevents.role(p, n, r, at=AT, by="x"), _PLACES, _NUMBERS, _ROLES),
    st.builds(lambda n: rosterevents.bounce(n, "bar", "hard", "2026-03-04", at=AT), _NUMBERS),
)


@settings(max_examples=15)
@given(parts=st.lists(st.lists(_EVENTS, min_size=1, max_size=8), max_size=4))
def test_any_events_in_any_parts_are_what_they_are_at_once(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[Event]]
) -> None:
    hub = smallhub.make(tmp_path_factory.mktemp("any") / "hub")
    followers = [RosterStore.of(hub), RosterStore(open_repo(hub.roster_repo))]
    for number, part in enumerate(parts):
        _append(followers[0], part, number)
        followers[number % 2].roster()
    whole = fold(event for part in parts for event in part)
    for follower in (*followers, RosterStore.of(hub)):
        assert told(follower.roster()) == told(whole)
        assert follower.roster().active == sum(m.state == "active" for m in whole.members.values())
        for number in range(1, 5):
            ledgers = follower.roster().ledger(Returns), whole.ledger(Returns)
            assert ledgers[0].bounces(number) == ledgers[1].bounces(number)


def test_the_first_start_says_how_far_it_is(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosterstore, "_TOGETHER", 2)
    writing = RosterStore(open_repo(hub.roster_repo))
    for number in range(1, 6):
        _append(writing, _joins(number), number)
    said: list[int] = []
    rosterstore.prepare(hub, said.append)
    assert said == [2, 4, 5]
    rosterstore.prepare(hub, said.append)
    assert said == [2, 4, 5]
    assert RosterStore.of(hub).roster().next_number == 6
