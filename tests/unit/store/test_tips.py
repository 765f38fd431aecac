"""Where branches are, looked at again and again: never wrong, and not read while they rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Oid
from solicomm_build.git import repo, tips
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.tips import Tips
from solicomm_build.git.writer import Change, write_once

LATER = 3_600_000_000_000  # ns


def commit(one: Repo, text: str) -> Oid:
    write_once(one, [Change("a.txt", text.encode())], message="A", when=clock.now())
    tip = one.ref()
    assert tip is not None
    return tip


@pytest.fixture
def some(tmp_path: Path) -> list[Repo]:
    return [repo.create(tmp_path / f"{name}.git") for name in ("one", "two")]


def test_a_branch_that_moves_is_seen_at_once(tmp_path: Path, some: list[Repo]) -> None:
    seen, (one, two) = Tips(tmp_path), some
    assert seen.now() == {}, "no commit yet"
    first = commit(one, "1")
    assert seen.now() == {"one.git": first}
    other = commit(two, "1")
    for number in range(10):
        tip = commit(one, f"again {number}")
        assert seen.now() == {"one.git": tip, "two.git": other}
    one.path.rename(tmp_path / "away")
    assert seen.now() == {"two.git": other}


def test_there_may_be_no_folder_yet(tmp_path: Path) -> None:
    assert Tips(tmp_path / "none").now() == {}


def test_what_rests_is_not_read_again(
    tmp_path: Path, some: list[Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    tip, read = commit(some[0], "1"), list[Path]()
    real = repo.open_repo
    monkeypatch.setattr(tips, "open_repo", lambda path: (read.append(path), real(path))[1])
    seen = Tips(tmp_path)
    assert seen.now() == seen.now()
    fresh = read.count(some[0].path)
    assert fresh == 2, "what moved a moment ago may move again unseen"
    now = tips.time.time_ns()
    monkeypatch.setattr(tips.time, "time_ns", lambda: now + LATER)
    for _ in range(5):
        assert seen.now() == {"one.git": tip}
    assert read.count(some[0].path) == fresh + 1
    assert seen.now() is seen.now(), "and nothing is made of it again"


def test_paths_are_in_the_order_of_names(tmp_path: Path) -> None:
    names = ["b.git", "a.git", "a-b.git", "none.git"]
    repos = {name: repo.create(tmp_path / name) for name in names}
    tips = {tmp_path / name: commit(repos[name], "1") for name in sorted(names[:3])}
    seen = Tips(tmp_path)
    for _ in range(2):
        found, others = seen.repos()
        assert list(found.items()) == list(tips.items())
        assert others == [tmp_path / "none.git"]
    tips[tmp_path / "a.git"] = commit(repos["a.git"], "2")
    before = {path: path for path in found}
    found, _ = seen.repos()
    assert found == tips
    assert all(before[path] is path for path in found)


def test_a_packed_branch_is_followed_back_to_its_own_file(
    tmp_path: Path, some: list[Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    tip, seen = commit(some[0], "1"), Tips(tmp_path)
    some[0].git("pack-refs", "--all")
    assert not (some[0].path / MAIN).exists()
    now = tips.time.time_ns()
    monkeypatch.setattr(tips.time, "time_ns", lambda: now + LATER)
    assert seen.now() == seen.now() == {"one.git": tip}
    second = commit(some[0], "2")
    assert seen.now() == {"one.git": second}


def test_a_branch_that_is_another_is_read_each_time(
    tmp_path: Path, some: list[Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = some[0]
    first, second = commit(one, "1"), commit(one, "2")
    os.replace(one.path / MAIN, one.path / "refs/heads/real")
    (one.path / MAIN).write_text("ref: refs/heads/real\n")
    now = tips.time.time_ns()
    monkeypatch.setattr(tips.time, "time_ns", lambda: now + LATER)
    seen = Tips(tmp_path)
    assert seen.now() == {"one.git": second}
    one.set_ref("refs/heads/real", first, second)
    assert seen.now() == {"one.git": first}
