"""Files of events count in the order of their names, wherever they lie, and moving them changes
nothing: not the roster, not the grants, not who is told goodbye."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.cli import upgrading
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import access, eventfiles, rosterevents
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.rosterstore import RosterStore, roster_at
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN

CONSENT = Consent("owner", "test")
MEMBERS = 5


def _by_year(hub: Config, events: list[Event], minutes: int) -> None:
    """Adds a file of events as version 0.1 did."""
    at = BEGUN + timedelta(minutes=minutes)
    blob = rosterevents.encode_events(events)
    name = rosterevents.name_of(rosterevents.event_path(at, blob))
    change = Change(f"events/{name[:4]}/{name}", blob)
    write_once(open_repo(hub.roster_repo), [change], message="Add", when=at)


def _old(folder: Path) -> Config:
    """A hub of version 0.1 with members, the last of whom has left again."""
    hub = smallhub.make(folder)
    for number in range(1, MEMBERS + 1):
        at = BEGUN + timedelta(minutes=number)
        made = rosterevents.member(number, f"m{number}@union.example", at=at, consent=CONSENT)
        joined = rosterevents.subscribe("bar", number, at=at, consent=CONSENT)
        _by_year(hub, [made, joined], number)
    left = rosterevents.unsubscribe("bar", MEMBERS, at=BEGUN, by="one-click")
    _by_year(hub, [left], MEMBERS + 1)
    return hub


def _listed(hub: Config) -> set[int]:
    return set(roster_at(open_repo(hub.roster_repo), MAIN).subscriptions["bar"])


STAY = set(range(1, MEMBERS))


def test_a_roster_of_version_0_1_reads_the_same_before_and_after_it_moves(tmp_path: Path) -> None:
    hub = _old(tmp_path / "hub")
    follower = RosterStore(open_repo(hub.roster_repo))
    assert set(follower.roster().subscriptions["bar"]) == _listed(hub) == STAY
    assert [one.name for one in upgrading.needed(hub)] == ["events-by-day"]
    before = follower.tip
    for one in upgrading.needed(hub):
        one.run(hub)
    assert upgrading.needed(hub) == []
    paths = smallhub.files(hub.roster_repo, "events")
    assert all(path.count("/") == 3 for path in paths)
    assert set(follower.roster().subscriptions["bar"]) == _listed(hub) == STAY
    assert follower.tip != before
    follower.close()


def test_what_is_written_before_the_files_move_counts_after_them(tmp_path: Path) -> None:
    """The folder of a day sorts before the old file of the same year: names decide, not paths."""
    hub = _old(tmp_path / "hub")
    store = RosterStore(open_repo(hub.roster_repo))
    at = BEGUN + timedelta(days=1)
    store.append([rosterevents.unsubscribe("bar", 1, at=at, by="x")], at=at, subject="Leave")
    assert set(store.roster().subscriptions["bar"]) == _listed(hub) == STAY - {1}
    with Reader(open_repo(hub.roster_repo)) as reader:
        assert eventfiles.after_all(reader, BEGUN) > at
    store.close()


def test_a_file_that_moves_is_no_new_event_to_who_follows_the_log(tmp_path: Path) -> None:
    hub = _old(tmp_path / "hub")
    repo = open_repo(hub.roster_repo)
    before = repo.ref()
    eventfiles.put_by_day(repo, now=BEGUN)
    tip = repo.ref()
    assert before is not None
    assert tip is not None
    assert before != tip
    changes = log.diff(repo, before, tip)
    assert len(changes) == 2 * (MEMBERS + 1)
    assert eventfiles.added(changes) == []
    assert eventfiles.only_added(changes)
    whole = eventfiles.added(log.diff(repo, None, tip))
    assert len(whole) == MEMBERS + 1


def test_a_file_that_is_changed_or_taken_away_is_noticed(tmp_path: Path) -> None:
    hub = _old(tmp_path / "hub")
    repo = open_repo(hub.roster_repo)
    before, path = repo.ref(), sorted(smallhub.files(hub.roster_repo, "events"))[0]
    write_once(repo, [Change(f"events/{path}", b"")], message="Change", when=BEGUN)
    changed, tip = log.diff(repo, before, repo.ref() or before), repo.ref()  # type: ignore[arg-type]
    assert not eventfiles.only_added(changed)
    write_once(repo, [Change(f"events/{path}", None)], message="Take", when=BEGUN)
    assert not eventfiles.only_added(log.diff(repo, tip, repo.ref() or tip))  # type: ignore[arg-type]


def test_a_plan_that_an_earlier_version_began_is_not_done_twice(tmp_path: Path) -> None:
    """Its file was written into the year's folder, and has moved since."""
    hub = _old(tmp_path / "hub")
    names = [rosterevents.name_of(p) for p in smallhub.files(hub.roster_repo, "events")]
    old = [f"events/{name[:4]}/{name}" for name in names]
    for _ in range(2):
        with Reader(open_repo(hub.roster_repo)) as reader:
            assert all(eventfiles.is_there(reader, path) for path in old)
            assert all(eventfiles.is_there(reader, rosterevents.place(name)) for name in names)
            assert not eventfiles.is_there(reader, rosterevents.event_path(BEGUN, b"other"))
        eventfiles.put_by_day(open_repo(hub.roster_repo), now=BEGUN)


def test_files_go_back_into_years_with_what_came_since(tmp_path: Path) -> None:
    hub = _old(tmp_path / "hub")
    repo = open_repo(hub.roster_repo)
    before = smallhub.files(hub.roster_repo, "events")
    eventfiles.put_by_day(repo, now=BEGUN)
    at = BEGUN + timedelta(days=1)
    store = RosterStore(repo)
    store.append([rosterevents.unsubscribe("bar", 1, at=at, by="x")], at=at, subject="Leave")
    assert eventfiles.lie_by_day(repo)
    assert eventfiles.put_by_year(repo, now=BEGUN) == MEMBERS + 2
    assert not eventfiles.lie_by_day(repo)
    assert eventfiles.put_by_year(repo, now=BEGUN) == 0
    after = smallhub.files(hub.roster_repo, "events")
    assert before.items() < after.items()
    assert len(after) == len(before) + 1
    assert all(path.count("/") == 1 for path in after)
    assert set(store.roster().subscriptions["bar"]) == _listed(hub) == STAY - {1}
    store.close()


@pytest.mark.parametrize("after", range(3))
def test_a_move_that_is_killed_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    hub = _old(tmp_path / "hub")
    monkeypatch.setattr(eventfiles, "_MOVED_AT_ONCE", 2)
    pid = os.fork()
    if pid == 0:
        left, whole = [after], eventfiles.write_once

        def deadly(*given: object, **named: object) -> object:
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return whole(*given, **named)  # type: ignore[arg-type]

        eventfiles.write_once = deadly  # type: ignore[assignment]
        eventfiles.put_by_day(open_repo(hub.roster_repo), now=BEGUN)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert _listed(hub) == STAY
    assert eventfiles.put_by_day(open_repo(hub.roster_repo), now=BEGUN) == MEMBERS + 1 - 2 * after
    assert _listed(hub) == STAY


def test_grants_of_an_earlier_version_open_the_same_doors(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    _, secret = access.issue(hub, "ana", ["conferences/bar"])
    repo = open_repo(hub.access_repo)
    with Reader(repo) as reader:
        (path, oid), *_ = eventfiles.at(reader, MAIN)
        blob, name = reader.blob(oid), rosterevents.name_of(path)
    flat = [Change(path, None), Change(f"events/{name[:4]}/{name}", blob)]
    write_once(repo, flat, message="As before", when=BEGUN)
    assert access.Access(hub).of_token(secret) is not None
    for one in upgrading.needed(hub):
        one.run(hub)
    assert access.Access(hub).of_token(secret) is not None
    assert [one for one in smallhub.files(hub.access_repo, "events") if one.count("/") != 3] == []
