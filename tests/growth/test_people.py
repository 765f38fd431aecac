"""What asks about all people of a list asks once, not once for each of them.

20 members, 80 members → bounces looked after, told and listed, people listed → questions
                         → a look for digests → members taken out of the file
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from solicomm_build.courier.fanout import Fanout
from solicomm_build.desk.chores import Looked
from solicomm_build.desk.office import Office
from solicomm_build.features.bounces import bouncerevert
from solicomm_build.features.bounces.bounces import Bounces
from solicomm_build.features.bounces.command import command
from solicomm_build.features.digests.sending import Digests
from solicomm_build.features.moderation import shutout
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.people import memberstore, rosterevents
from solicomm_build.people import roster as rosters
from solicomm_build.people.kept import views
from solicomm_build.people.kept.book import Book
from solicomm_build.people.membership import Member
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub

_FEW, _MORE = 20, 80
_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_LISTS = ("bar", "docks", "rail")


def _hub(root: Path, members: int) -> Config:
    """Everybody is on all lists; one's mail came back, and another's was stopped for it."""
    smallhub.make(root, *(Conference(name, {"en": name}, kind="list") for name in _LISTS))
    (root / "hub.yaml").write_text("name: T\ndomain: hub.example\nurl: http://hub.example\n")
    config, events = hubyaml.load(root), []
    for number in range(1, members + 1):
        address = f"m{number}@union.example"
        events.append(rosterevents.member(number, address, at=_NOW, consent=Consent("mail")))
        events += [
            rosterevents.subscribe(name, number, at=_NOW, consent=Consent("mail"))
            for name in _LISTS
        ]
    events.append(rosterevents.bounce(2, "bar", "gone", "2026-03-01", at=_NOW))
    events.append(
        rosterevents.state(3, "disabled", at=_NOW, by="bounces", conference="bar", reason="bounces")
    )
    events.append(rosterevents.role("bar", 4, "moderator", at=_NOW, by="test"))
    smallhub.add_events(config, events)
    return config


def _chores(config: Config) -> None:
    """Their second week begins, so that owners are told."""
    for day in (1, 9):
        with (
            clock.fixed(_NOW + timedelta(days=day)),
            closing(Bounces(config, Spool(config.spool_out), maillog.to_nobody())) as bounces,
        ):
            bounces.run()


def _list(config: Config) -> None:
    ran = CliRunner().invoke(command, ["list", "bar", "--hub", str(config.root)])
    assert ran.exit_code == 0
    assert [line.split("\t")[0] for line in ran.output.splitlines()] == ["2", "3"]


def _revert(config: Config) -> None:
    with clock.fixed(_NOW + timedelta(days=1)):
        assert bouncerevert.revert(config, _NOW) == 2


def _subscribers(config: Config) -> None:
    roles = [(one["number"], one["role"]) for one in memberstore.subscribers(config, "bar")]
    assert roles[:4] == [(1, "member"), (2, "member"), (3, "member"), (4, "moderator")]


def _everybody(config: Config) -> None:
    found = memberstore.everybody(config)
    assert found[2]["places"] == {"bar": "disabled", "docks": "member", "rail": "member"}


@pytest.mark.parametrize("work", [_chores, _list, _revert, _subscribers, _everybody])
def test_members_are_not_asked_about_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Config], None]
) -> None:
    asked = itertools.count()
    real = Book.reading

    def reading(book: Book) -> object:
        next(asked)
        return real(book)

    found: list[int] = []
    for members in (_FEW, _MORE):
        config = _hub(tmp_path / str(members), members)
        memberstore.everybody(config)  # the roster is folded
        monkeypatch.setattr(Book, "reading", reading)
        before = next(asked)
        work(config)
        found.append(next(asked) - before)
        monkeypatch.undo()
    assert found[0] == found[1]


def test_a_look_for_digests_takes_out_only_who_chose_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = itertools.count()
    real = rosters.member_of

    def member_of(row: tuple[Any, ...]) -> Member:
        next(taken)
        return real(row)

    monkeypatch.setattr(rosters, "member_of", member_of)
    found: list[int] = []
    for members in (_FEW, _MORE):
        config = _hub(tmp_path / str(members), members)
        smallhub.add_events(config, [_subscribed("bar", {"digest": "daily"})])
        before = next(taken)
        with closing(Digests(config, Spool(config.spool_out), maillog.to_nobody())) as digests:
            digests.run()
        found.append(next(taken) - before)
    assert found[0] == found[1] > 1


def test_who_joins_one_list_has_no_other_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    real = Digests._look
    monkeypatch.setattr(
        Digests, "_look", lambda one, repo: [looks.append(repo.path.stem), real(one, repo)][1]
    )
    config = _hub(tmp_path / "hub", _FEW)
    with (
        closing(Fanout(config, Spool(config.spool_out), maillog.to_nobody())) as fanout,
        closing(Digests(config, Spool(config.spool_out), maillog.to_nobody())) as digests,
    ):
        digests.run()
        fanout.run()
        digests.run()
        looks.clear()
        smallhub.add_events(config, [_subscribed("docks", {})])
        digests.run()
        assert looks == []
        smallhub.add_events(config, [_subscribed("docks", {"digest": "daily"})])
        digests.run()
        assert looks == ["docks"]
        smallhub.add_events(config, [_subscribed("docks", {})])
        looks.clear()
        digests.run()
        assert looks == ["docks"]
        looks.clear()
        digests.run()
        assert looks == []


def _subscribed(name: str, options: dict[str, str]) -> Event:
    return rosterevents.subscribe(name, 5, at=_NOW, consent=Consent("mail"), options=options)


def test_a_ban_has_no_subscriber_of_each_conference_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, looks = itertools.count(), itertools.count()
    real, where = rosters.member_of, rosters.Roster.shut_out_where
    found: list[int] = []
    for lists in (2, 8):
        closed = [f"closed{number}" for number in range(lists)]
        config = smallhub.make(
            tmp_path / str(lists),
            *(Conference(name, {"en": name}, kind="list", visibility="members") for name in closed),
        )
        events = [
            rosterevents.member(
                number, f"m{number}@union.example", at=_NOW, consent=Consent("mail")
            )
            for number in range(1, 20)
        ]
        events += [
            rosterevents.subscribe(name, number, at=_NOW, consent=Consent("mail"))
            for name in closed
            for number in range(1, 20)
        ]
        events.append(rosterevents.standing("*", "@spam.example", "banned", at=_NOW, by="test"))
        events.append(
            rosterevents.standing("closed1", "m3@union.example", "banned", at=_NOW, by="t")
        )
        smallhub.add_events(config, events)
        memory, office = Looked[Any](), Office(config)
        everywhere = office.roster().shut_out_where(closed)
        assert {name: [one.number for one in some] for name, some in everywhere.items()} == {
            "closed1": [3]
        }
        assert [one.number for one in office.roster().shut_out("closed1")] == [3]
        assert office.roster().shut_out("closed0") == []
        monkeypatch.setattr(views, "member_of", lambda row: [next(taken), real(row)][1])
        monkeypatch.setattr(rosters, "member_of", lambda row: [next(taken), real(row)][1])
        before = next(taken)
        (step,) = shutout.steps(office, memory)
        found.append(next(taken) - before)
        monkeypatch.undo()
        for one in step.plan.writes:
            path = config.private / one.path
            path.parent.mkdir(parents=True)
            path.write_text(one.text or "")
        monkeypatch.setattr(
            rosters.Roster, "shut_out_where", lambda *all_: [next(looks), where(*all_)][1]
        )
        before = next(looks)
        for _ in range(3):
            memory.at_once()
            assert list(shutout.steps(office, memory)) == []
        assert next(looks) - before == 2, "the roster is the same"
        monkeypatch.undo()
        office.close()
    assert found[0] == found[1]
