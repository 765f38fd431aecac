"""One more token costs the same, however many there are, and so does who looks for few of many.

200 tokens, 3,000 tokens → given; requests to join among them → all counted; tokens taken apart
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.moderation import byname
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import access, grants, roster, rosterevents
from solicomm_build.people.gittoken import Grants
from solicomm_build.people.kept import views
from solicomm_build.people.kept.views import Tokens
from solicomm_build.people.roster import Roster
from solicomm_build.testing import smallhub

Look = Callable[[Config], Grants]
_AT = datetime(2026, 11, 24, tzinfo=UTC)


def _given(people: Roster, nth: int, at: datetime = _AT, **data: Any) -> None:
    expires = at + timedelta(days=14)
    roster.apply(
        people,
        rosterevents.token(
            f"d{nth}", "moderate", "bar", "mo@union.example", at=at, expires=expires, data=data
        ),
    )


def test_tokens_are_not_counted_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, real = list[int](), Tokens.__len__
    monkeypatch.setattr(Tokens, "__len__", lambda one: [counted.append(1), real(one)][1])
    people = roster.fold([])
    for number in range(3000):
        _given(people, number)
    assert len(counted) <= 8


def test_they_are_forgotten_at_the_same_moment_as_if_they_were() -> None:
    """Whoever folds the same events forgets the same tokens, counted at each or not."""
    people, each = roster.fold([]), roster.fold([])
    for number in range(2500):
        at = _AT + timedelta(hours=number)
        for one in (people, each):
            _given(one, number if number % 7 else max(0, number - 50), at)
        each.book.say("prune-after", "0")
        if number % 100 == 0 or number > 2400:
            assert len(people.tokens.facts) == len(each.tokens.facts)
    assert set(people.tokens.facts) == set(each.tokens.facts)
    assert len(people.tokens.facts) < 2000


def test_requests_to_join_are_found_without_a_look_into_all_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = roster.fold([])
    for number in range(200):
        _given(people, number, mids=[f"{number}"], number=3)
    _given(people, 200, join="ana@union.example", number=3)
    _given(people, 201, mids=["join"], number=3)
    taken, real = list[int](), views._facts
    monkeypatch.setattr(views, "_facts", lambda row: [taken.append(1), real(row)][1])
    ((digest, facts),) = byname.requests(people, 3, _AT)
    assert (digest, facts.data["join"]) == ("d200", "ana@union.example")
    assert len(taken) <= 2
    assert len(people.tokens.facts.open_for("moderate", _AT)) == 202


def test_one_more_token_of_git_has_one_event_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = smallhub.make(tmp_path)
    for number in range(6):
        access.issue(config, f"person{number}", ["conferences/bar"])
    known, read, real = access.Access(config), list[str](), access.decode_events
    assert len(known.grants().by_id) == 6
    monkeypatch.setattr(
        access, "decode_events", lambda blob, file: [read.append(file), real(blob, file=file)][1]
    )
    grant, text = access.issue(config, "ana", ["conferences/bar"])
    before = known.grants()
    assert len(read) == 1
    assert [one.id for one in known.grants().named("ana", clock.now())] == [grant.id]
    assert known.of_token(text) is not None
    monkeypatch.undo()
    access.revoke(config, "person3")
    access.revoke(config, "person4")
    assert [one.id for one in known.grants().named("ana", clock.now())] == [grant.id]
    assert known.of_token(text) is not None
    fresh = access.Access(config).grants()
    assert known.grants().by_id == fresh.by_id
    assert sum(not one.revoked for one in fresh.by_id.values()) == 5
    assert not any(one.revoked for one in before.by_id.values()), "who reads has what it was"
    tip = open_repo(config.access_repo).ref()
    (gone, *_) = smallhub.files(config.access_repo)
    write_once(open_repo(config.access_repo), [Change(gone, None)], message="Erase\n", when=_AT)
    assert open_repo(config.access_repo).ref() != tip
    assert known.grants().by_id == access.Access(config).grants().by_id
    assert len(known.grants().by_id) == 6


def test_roles_of_tokens_are_looked_up_once_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []
    for count in (2, 6):
        config, looks = smallhub.make(tmp_path / str(count)), list[int]()
        for number in range(count):
            access.issue(config, f"person{number}", ["conferences/bar"], role="moderator")
        real = grants._tokens

        def looked(one: Config, looks: list[int] = looks, real: Look = real) -> Grants:
            looks.append(1)
            return real(one)

        monkeypatch.setattr(grants, "_tokens", looked)
        assert grants.settle(config) == count
        monkeypatch.undo()
        found.append(len(looks))
    assert found[0] == found[1]
