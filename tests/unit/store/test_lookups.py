"""Many paths looked up together: the same answers as one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.git.lookups import Lookups
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, create
from solicomm_build.git.writer import Change, write_once

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LONG = "abcdefghijklmnopqrstuvwxyz234567"  # longer than an object id
FILES = (
    "a.txt",
    "topics/aa/x",
    f"topics/aa/{LONG}/posts/{LONG}.md",
    "topics/ab/one with spaces in a long name.md",
    "topics/ab/ü",
)
MISSING = (
    "b.txt",
    "a.txt/below-a-file",
    "topics/zz/x",
    f"topics/aa/{LONG}/posts/{LONG[::-1]}.md",
    f"topics/aa/{LONG}/{LONG}/x",
    "topics/ab/two with spaces in a long name.md",
    "",
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = create(tmp_path / "a.git")
    changes = [Change(path, path.encode()) for path in FILES]
    write_once(made, changes, message="Files", when=NOW)
    return made


def test_many_paths_are_answered_as_each_alone(repo: Repo) -> None:
    asked = [*FILES, *MISSING, "topics", "topics/aa", f"topics/aa/{LONG}"]
    with Reader(repo) as reader:
        alone = {path: reader.oid_at("HEAD", path) for path in asked if path}
        together = reader.oids_at("HEAD", asked)
    assert {path: together[path] for path in alone} == alone
    assert together[""] is None
    assert all(together[path] for path in FILES)
    assert not any(together[path] for path in MISSING)


def test_more_trees_than_one_window_and_trees_that_two_folders_share(tmp_path: Path) -> None:
    repo = create(tmp_path / "b.git")
    paths = [f"f{number}/same/{LONG}" for number in range(300)]
    write_once(repo, [Change(path, b"same") for path in paths], message="Files", when=NOW)
    with Reader(repo) as reader:
        found = reader.oids_at("HEAD", [*paths, f"f301/same/{LONG}"])
        assert set(map(found.get, paths)) == {reader.oid_at("HEAD", paths[0])}
        assert found[f"f301/same/{LONG}"] is None


def test_a_revision_that_does_not_exist_has_nothing(repo: Repo) -> None:
    with Reader(repo) as reader:
        assert reader.oids_at("refs/heads/none", ["a.txt"]) == {"a.txt": None}
        assert reader.oids_at("HEAD", []) == {}


def test_answers_hold_until_they_are_forgotten(repo: Repo) -> None:
    with Reader(repo) as reader:
        lookups = Lookups(reader)
        lookups.ask(repo.ref(), ["a.txt", "new.txt"])
        write_once(repo, [Change("new.txt", b"new")], message="New", when=NOW)
        assert lookups.oid_at("a.txt")
        assert lookups.oid_at("new.txt") is None
        assert lookups.oid_at("topics/aa/x")  # not asked for: looked up now
        lookups.forget()
        assert lookups.oid_at("new.txt")


def test_an_empty_repository_has_nothing(tmp_path: Path) -> None:
    with Reader(create(tmp_path / "empty.git")) as reader:
        lookups = Lookups(reader)
        lookups.ask(None, ["a.txt"])
        assert lookups.oid_at("a.txt") is None
