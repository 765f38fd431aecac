"""A repository names the hub's hooks, as git itself would have written it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import receiving
from solicomm_build.git.repo import Repo, create, environment
from solicomm_build.testing import smallhub


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


@pytest.fixture
def repo(hub: Config) -> Repo:
    return create(hub.conference_repo("new"))


def _named(repo: Repo) -> str:
    """Where git looks for hooks."""
    command = ["git", f"--git-dir={repo.path}", "config", "core.hooksPath"]
    told = subprocess.run(command, env=environment(), capture_output=True, check=True, text=True)
    return told.stdout.strip()


def test_no_process_is_needed_and_git_would_write_the_same(
    hub: Config, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo(Path(shutil.copytree(repo.path, repo.path.with_name("other.git"))))
    other.git("config", "core.hooksPath", receiving.hooks_path(hub, other.path))
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")
        receiving.guard(hub, repo)
        receiving.guard(hub, repo)
    assert (repo.path / "config").read_bytes() == (other.path / "config").read_bytes()
    assert _named(repo) == receiving.hooks_path(hub, repo.path)


@pytest.mark.parametrize(
    "more",
    ["[core]\n\tsafecrlf = false\n", "[CORE]\nHOOKSPATH=/x # mine\n", "[include]\n\tpath = mine\n"],
)
def test_what_somebody_wrote_there_stays_and_git_looks_at_our_hooks(
    hub: Config, repo: Repo, more: str
) -> None:
    path = repo.path / "config"
    ours = path.read_text("utf-8")
    if "HOOKS" in more:
        ours = ours.replace("\thooksPath = /dev/null\n", "")
    path.write_text(ours + more, "utf-8")
    receiving.guard(hub, repo)
    assert _named(repo) == receiving.hooks_path(hub, repo.path)
    kept = more.replace("HOOKSPATH=/x # mine\n", "")
    assert kept in path.read_text("utf-8")


def test_a_folder_of_hooks_with_a_strange_name_is_named_by_git(
    tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch, hub: Config
) -> None:
    monkeypatch.setattr(receiving, "hooks_path", lambda *_: "../a b;#c")
    receiving.guard(hub, repo)
    assert _named(repo) == "../a b;#c"
