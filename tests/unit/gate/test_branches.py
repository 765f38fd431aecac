"""Which branches a push may move, and how: tried with git, which runs the hook itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate import branches
from solicomm_build.gate.push import Update, place_of
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.testing.clones import Author


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = tmp_path_factory.mktemp("branches") / "hub"
    return founding.found_hub(root, name="Hub", domain="hub.example", sample=True)


@pytest.fixture
def author(hub: Config, tmp_path: Path) -> Author:
    site = sorted(hub.unions.glob("*.git"))[0].stem
    return Author(hub, f"unions/{site}", tmp_path / "copy", "editor", "ana")


def pushed(author: Author, *what: str) -> str:
    """What was said to a push that was refused; empty when it was taken."""
    done = author.git("push", "origin", *what)
    return done.stderr if done.returncode else ""


def test_a_draft_may_stand_beside_main(author: Author) -> None:
    assert pushed(author, "HEAD:refs/heads/may-day") == ""


def test_a_branch_has_a_name_that_an_address_can_be_made_of(author: Author) -> None:
    for name in ("May-Day", "a/b", "x" * 41, "-x"):
        assert "a branch cannot be called so" in pushed(author, f"HEAD:refs/heads/{name}"), name


def test_only_branches_are_taken(author: Author) -> None:
    assert "only branches are taken here" in pushed(author, "HEAD:refs/tags/v1")


def test_main_is_neither_deleted_nor_turned_back(author: Author) -> None:
    assert pushed(author, ":refs/heads/main") != ""
    author.git("commit", "-q", "--allow-empty", "--amend", "-m", "rewritten")
    assert pushed(author, "--force", "HEAD:refs/heads/main") != ""


def test_so_many_drafts_and_no_more(author: Author) -> None:
    there = len(author.git("ls-remote", "--heads", "origin").stdout.splitlines()) - 1
    names = [f"HEAD:refs/heads/draft-{number}" for number in range(branches.MOST + 1 - there)]
    assert f"there are more than {branches.MOST} branches" in pushed(author, *names)
    assert pushed(author, *names[1:]) == ""
    assert f"there are more than {branches.MOST} branches" in pushed(author, names[0])


def test_drafts_that_lie_packed_count_as_well(author: Author) -> None:
    """As after `git gc`, and so in copies that another machine had."""
    repo, place = open_repo(author.repo), place_of(author.repo)
    tip = repo.ref(MAIN)
    for number in range(branches.MOST):
        repo.git("update-ref", f"refs/heads/kept-{number}", str(tip))
    repo.git("pack-refs", "--all")
    (fault,) = branches.check(repo, place, [Update("refs/heads/one-more", None, tip)])
    assert f"there are more than {branches.MOST} branches" in fault.public


def test_a_conference_has_one_branch(hub: Config, tmp_path: Path) -> None:
    member = Author(hub, "conferences/organising", tmp_path / "member", "host", "ana")
    assert "there is one branch here, main" in pushed(member, "HEAD:refs/heads/mine")
