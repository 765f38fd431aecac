from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import ConflictError, HubError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs, repo
from solicomm_build.git.repo import SETTINGS, Repo, create
from solicomm_build.testing import warm

ONE, TWO = Oid("1" * 40), Oid("2" * 40)


def test_create_is_bare_on_main_with_our_settings(bare: Repo) -> None:
    assert (bare.path / "HEAD").read_text() == "ref: refs/heads/main\n"
    told = bare.settings()
    assert told["core.bare"] == "true"
    assert {key.lower(): value for key, value in SETTINGS.items()}.items() <= told.items()
    assert not (bare.path / "hooks").exists()
    assert bare.ref() is None


def test_nothing_of_a_template_comes_in_whatever_git_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A git that lies elsewhere than it was built for says by itself where its templates are."""
    sample = tmp_path / "templates" / "hooks" / "update.sample"
    sample.parent.mkdir(parents=True)
    sample.write_text("#!/bin/sh\n")
    wrapped = tmp_path / "bin" / "git"
    wrapped.parent.mkdir()
    told = f"GIT_TEMPLATE_DIR={sample.parents[1]}"
    wrapped.write_text(f'#!/bin/sh\n{told} exec {shutil.which("git")} "$@"\n')
    wrapped.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapped.parent}:{os.environ['PATH']}")
    warm.begin_by_git(tmp_path / "by-git")
    assert not (tmp_path / "by-git" / "hooks").exists()


def test_what_tests_copy_is_what_git_makes(bare: Repo, tmp_path: Path) -> None:
    warm.begin_by_git(tmp_path / "by-git")
    made = _all(tmp_path / "by-git")
    assert made.items() <= _all(bare.path).items()
    assert _all(bare.path).keys() - made.keys() == {"description"}


def _all(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


def test_create_refuses_what_exists(bare: Repo) -> None:
    with pytest.raises(HubError, match="exists already"):
        repo.create(bare.path)


def test_open_refuses_what_is_no_repository(tmp_path: Path, bare: Repo) -> None:
    assert repo.open_repo(bare.path) == bare
    with pytest.raises(HubError, match="no repository here"):
        repo.open_repo(tmp_path / "nothing.git")


def test_git_runs_without_the_users_settings(
    bare: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[alias]\n\tevil = !true\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    with pytest.raises(StoreError, match="evil"):
        bare.git("evil")
    assert bare.git("rev-parse", "--is-bare-repository") == b"true\n"
    with pytest.raises(StoreError):
        bare.succeeds("merge-base", "--is-ancestor", ONE, TWO)


def test_set_ref_is_compare_and_swap(bare: Repo) -> None:
    name = "refs/solicomm/cursors/x"
    with pytest.raises(ConflictError):
        bare.set_ref(name, ONE, TWO)
    bare.set_ref(name, ONE, None)
    with pytest.raises(ConflictError, match="not at"):
        bare.set_ref(name, TWO, None)
    bare.set_ref(name, TWO, ONE)
    assert bare.ref(name) == TWO
    bare.set_ref(name, None, TWO)
    assert bare.ref(name) is None
    assert [path.name for path in (bare.path / "refs/solicomm/cursors").iterdir()] == []


@pytest.mark.parametrize(
    "name", ["../x", "refs/../../x", "refs/heads/a.lock", "heads/x", "refs/a b"]
)
def test_names_that_are_no_refs_never_become_paths(bare: Repo, name: str) -> None:
    with pytest.raises(StoreError, match="not a ref name"):
        bare.ref(name)


def test_refs_are_read_packed_symbolic_and_broken(bare: Repo) -> None:
    (bare.path / "packed-refs").write_text(f"# pack-refs with: peeled\n{ONE} refs/heads/main\n")
    assert bare.ref("HEAD") == ONE
    with pytest.raises(StoreError, match="packed"):
        bare.set_ref("refs/heads/main", None, ONE)
    bare.set_ref("refs/heads/main", TWO, ONE)
    assert bare.ref() == TWO
    (bare.path / "refs/heads/main").write_text("rubbish\n")
    with pytest.raises(StoreError, match="does not hold an object id"):
        bare.ref()
    (bare.path / "refs/heads/main").write_text("ref: HEAD\n")
    with pytest.raises(StoreError, match="circle"):
        bare.ref()


def test_a_lock_file_of_a_dead_process_is_taken_away(
    bare: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refs, "_STALE", 0.0)
    (bare.path / "refs/heads/main.lock").write_text("")
    bare.set_ref("refs/heads/main", ONE, None)
    assert bare.ref() == ONE


def test_a_lock_file_of_a_living_process_is_respected(bare: Repo) -> None:
    with refs._locked(bare.path / "refs/heads/main"):
        second = refs._locked(bare.path / "refs/heads/main")
        with pytest.raises(ConflictError, match="moved"):
            second.__enter__()
    assert not (bare.path / "refs/heads/main.lock").exists()


def test_the_lock_is_exclusive_and_ends_with_its_holder(bare: Repo) -> None:
    with bare.lock():
        code = os.spawnlp(
            os.P_WAIT, "flock", "flock", "-n", str(bare.path / "solicomm.lock"), "true"
        )
        assert code == 1
    code = os.spawnlp(os.P_WAIT, "flock", "flock", "-n", str(bare.path / "solicomm.lock"), "true")
    assert code == 0
    assert stat.S_IMODE((bare.path / "solicomm.lock").stat().st_mode) == 0o600


def test_what_a_killed_process_had_begun_to_make_goes_with_the_next_try(tmp_path: Path) -> None:
    left, busy = tmp_path / f".a.git.{2**22 + 1}.new", tmp_path / ".a.git.1.new"
    for folder in (left, busy):
        folder.mkdir()
    create(tmp_path / "a.git")
    assert not left.exists()
    assert busy.exists()


def test_a_git_that_is_killed_while_it_makes_a_repository_is_a_fault_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import git

    def killed(*_args: object, **_how: object) -> None:
        raise git.GitCommandError(["git", "init"], -9)

    monkeypatch.setattr(repo, "_begin", warm.begin_by_git)
    monkeypatch.setattr(git.Repo, "init", killed)
    with pytest.raises(StoreError, match="could not make it"):
        create(tmp_path / "a.git")


def test_two_make_one_in_the_same_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is later finds it there: a sentence, or the repository that is there."""
    path, begin = tmp_path / "new.git", repo._begin

    def late(temporary: Path) -> None:
        begin(temporary)
        shutil.copytree(temporary, path)

    monkeypatch.setattr(repo, "_begin", late)
    with pytest.raises(HubError, match="exists already"):
        create(path)
    shutil.rmtree(path)
    assert repo.open_or_create(path).path == path
    assert [one.name for one in tmp_path.iterdir()] == ["new.git"]
