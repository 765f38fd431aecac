"""One more token of git has one event read, and roles of tokens are looked up once for all.

6 tokens → one more → events read; 2 tokens, 6 tokens that give a role → facts → all looked up
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import access, grants
from solicomm_build.people.gittoken import Grants
from solicomm_build.testing import smallhub

Look = Callable[[Config], Grants]
_AT = datetime(2026, 11, 24, tzinfo=UTC)


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
