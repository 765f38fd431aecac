"""What waits for moderators, followed from look to look: as if it were read anew each time, and of
what did not change nothing is read."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.types import Oid, PostId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, create
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import decision
from solicomm_build.post.held.followed import Followed, note_path
from solicomm_build.post.store.mailstore import Place, held_path, proof_path

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PLACES = [
    (name, PostId(post_id(f"{number}@u"))) for name in ("bar", "docks") for number in range(6)
]


def _make(place: Place, facts: bytes, note: bytes | None) -> tuple[Place, bytes, bytes | None]:
    return place, facts, note


def _write(repo: Repo, changes: list[Change]) -> Oid:
    return write_once(repo, changes, message="More\n", when=NOW)


def test_it_is_as_if_it_were_read_anew(tmp_path: Path) -> None:
    repo, chosen = create(tmp_path / "mail.git"), random.Random(3)
    followed, tip = Followed(_make), _write(repo, [Change("messages/a", b"")])
    makes = (
        lambda one: held_path(*one, "json"),
        lambda one: held_path(*one, "eml"),
        lambda one: decision.path(*one),
        lambda one: proof_path(*one),
        lambda one: note_path(*one),
    )
    seen = set[int]()
    with Reader(repo) as reader:
        for number in range(120):
            if chosen.random() < 0.1:  # what else is in mail.git
                changes = [Change(f"messages/{number}", b"")]
            elif chosen.random() < 0.05:
                changes = [Change(path(one), None) for one in PLACES for path in makes]
            else:
                some = chosen.sample(PLACES, chosen.randrange(1, 4))
                path = chosen.choice([makes[0], makes[0], *makes])
                is_there = chosen.random() < (0.7 if path in (makes[0], makes[4]) else 0.3)
                octets = b"%d" % number if is_there else None
                changes = [Change(path(one), octets) for one in some]
            tip = _write(repo, changes)
            found = sorted(followed.now(reader, tip))
            assert found == sorted(Followed(_make).now(reader, tip)), number
            seen.add(len(found))
    assert len(seen) > 3


def test_what_did_not_change_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo, made = create(tmp_path / "mail.git"), list[Place]()
    tip = _write(repo, [Change(held_path(*one, "json"), b"{}") for one in PLACES])
    followed = Followed[Place](lambda place, *_: [made.append(place), place][1])
    listed, real = list[str](), Reader.tree
    with Reader(repo) as reader:
        assert sorted(followed.now(reader, tip)) == sorted(PLACES)
        assert len(made) == len(PLACES)
        made.clear()
        monkeypatch.setattr(
            Reader, "tree", lambda one, *at, **how: [listed.append(at[1]), real(one, *at, **how)][1]
        )
        changes = [
            Change(decision.path(*PLACES[0]), b"no"),
            Change(note_path(*PLACES[1]), b"told"),
            Change(held_path("bar", PostId("new"), "json"), b"{}"),
        ]
        tip = _write(repo, changes)
        assert len([*followed.now(reader, tip)]) == len(PLACES)
    assert sorted(made) == sorted([PLACES[1], ("bar", PostId("new"))])
    assert listed == []
