"""All refs of a repository are read from its files as git itself lists them."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.git import refs
from solicomm_build.git.repo import MAIN, Repo, create
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing.smallhub import BEGUN


def by_git(repo: Repo, prefix: str) -> dict[str, str]:
    lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)", prefix).decode()
    pairs = (line.split(" ") for line in lines.splitlines())
    return {name.removeprefix(prefix): oid for name, oid in pairs}


def made(folder: Path) -> Repo:
    repo = create(folder / "one.git")
    write_once(repo, [Change("a.md", b"one\n")], message="One\n", when=BEGUN)
    return repo


def test_loose_and_packed_ones_are_as_git_says(tmp_path: Path) -> None:
    repo = made(tmp_path)
    first = repo.ref()
    for name in ("refs/heads/draft/a", "refs/peers/b", "refs/solicomm/cursors/desk"):
        repo.git("update-ref", name, str(first))
    repo.git("pack-refs", "--all")
    write_once(repo, [Change("b.md", b"two\n")], message="Two\n", when=BEGUN)
    repo.git("update-ref", "refs/heads/draft/ä", str(first))
    for prefix in ("refs/", "refs/heads/", "refs/heads/draft/", "refs/solicomm/", "refs/none/"):
        assert refs.everything(repo.path, prefix) == by_git(repo, prefix)
    assert refs.everything(repo.path, "refs/heads/")["main"] == repo.ref() != first
    assert refs.below(repo.path, "refs/heads/") == {"main": repo.ref()}


def test_what_is_broken_or_being_moved_is_left_out(tmp_path: Path) -> None:
    repo = made(tmp_path)
    heads = repo.path / "refs" / "heads"
    (heads / "empty").touch()
    (heads / "half").write_text("0123\n")
    (heads / "new.lock").write_text(f"{repo.ref()}\n")
    (heads / "same").write_text(f"ref: {MAIN}\n")
    (heads / "nowhere").write_text("ref: refs/heads/none\n")
    assert refs.everything(repo.path, "refs/heads/") == by_git(repo, "refs/heads/")
    assert refs.everything(repo.path, "refs/heads/").keys() == {"main", "same"}
