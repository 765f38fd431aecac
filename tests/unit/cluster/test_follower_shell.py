"""deploy/cluster/follower-shell: what the key of other machines opens, and nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from solicomm_build.git.replica import places

SHELL = Path(__file__).parents[3] / "deploy" / "cluster" / "follower-shell"


def run(base: Path, asked: str, said: str = "") -> subprocess.CompletedProcess[str]:
    path = os.environ["PATH"]
    return subprocess.run(
        ["sh", str(SHELL), str(base)],
        env={"PATH": path, "SSH_ORIGINAL_COMMAND": asked},
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


def settings(repo: Path) -> set[str]:
    words = ["git", f"--git-dir={repo}", "config", "--local", "--list"]
    return {*subprocess.check_output(words, text=True).splitlines()}


def test_a_repository_is_begun_with_what_makes_a_yes_durable(tmp_path: Path) -> None:
    path = tmp_path / "content" / "conferences" / "water.git"
    for _ in range(2):
        assert run(tmp_path, f"solicomm-place {path}").returncode == 0
    here = tmp_path / "here.git"
    assert places.begin(here)
    assert settings(path) == settings(here)
    assert {
        "core.fsync=objects,derived-metadata,reference",
        "receive.unpacklimit=1",
        "maintenance.gc.enabled=false",
        "maintenance.incremental-repack.auto=50",
    } <= settings(path)
    done = run(tmp_path, f"git-upload-pack '{path}'")
    assert "capabilities^{}" in done.stdout


def test_a_half_that_somebody_was_killed_in_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.git"
    (path / "objects" / "pack").mkdir(parents=True)
    (path / "config.lock").touch()
    assert run(tmp_path, f"solicomm-place {path}").returncode == 0
    assert "core.fsyncmethod=fsync" in settings(path)
    assert not (path / "config.lock").exists()
    assert [one.name for one in tmp_path.iterdir()] == ["a.git"]


def test_a_half_with_objects_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "a.git"
    (path / "objects" / "pack").mkdir(parents=True)
    (path / "objects" / "pack" / "x.pack").write_bytes(b"octets")
    assert run(tmp_path, f"solicomm-place {path}").returncode == 0
    assert (path / "objects" / "pack" / "x.pack").exists()


def test_a_lock_that_a_git_died_with_goes_before_the_next_push(tmp_path: Path) -> None:
    path = tmp_path / "a.git"
    assert run(tmp_path, f"solicomm-place {path}").returncode == 0
    locks = [path / "HEAD.lock", path / "refs/heads/main.lock", path / "refs/heads/new.lock"]
    for lock in locks:
        lock.touch()
    for lock in locks[:2]:
        os.utime(lock, (0, 0))
    run(tmp_path, f"git-receive-pack '{path}'")
    assert [lock.exists() for lock in locks] == [False, False, True]


def test_what_no_branch_leads_to_goes_and_what_is_left_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.git"
    assert run(tmp_path, f"solicomm-place {path}").returncode == 0
    git = ["git", f"--git-dir={path}"]
    oids = [
        subprocess.check_output(
            [*git, "hash-object", "-w", "--stdin"], input=word, text=True
        ).strip()
        for word in ("old", "new")
    ]
    os.utime(path / "objects" / oids[0][:2] / oids[0][2:], (0, 0))
    asked = "".join(f"{oid}\n" for oid in [*oids, "--help", "HEAD", "0" * 40])
    done = run(tmp_path, f"solicomm-purge {path}", asked)
    assert (done.returncode, done.stdout.split()) == (0, oids[1:]), done.stderr
    done = run(tmp_path, f"solicomm-purge {path}", oids[0])
    assert (done.returncode, done.stdout) == (0, "")
    done = run(tmp_path, f"solicomm-purge {tmp_path}/never.git", oids[0])
    assert (done.returncode, done.stdout) == (0, "")


def test_a_git_that_cannot_look_does_not_say_that_all_is_gone(tmp_path: Path) -> None:
    (tmp_path / "srv" / "a.git").mkdir(parents=True)
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text('#!/bin/sh\ncase "$*" in *cat-file*) exit 128 ;; esac\n')
    git.chmod(0o755)
    asked = f"solicomm-purge {tmp_path}/srv/a.git"
    done = subprocess.run(
        ["sh", str(SHELL), str(tmp_path / "srv")],
        env={"PATH": f"{git.parent}:{os.environ['PATH']}", "SSH_ORIGINAL_COMMAND": asked},
        input="0" * 40,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 128


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "sh",
        "solicomm-place /etc/water.git",
        "solicomm-place {base}/../water.git",
        "solicomm-place {base}/a;touch {base}/b.git",
        "solicomm-place {base}/.git --shared",
        "solicomm-place {base}",
        "solicomm-purge",
        "solicomm-purge /etc/water.git",
        "solicomm-purge {base}/../water.git",
        "solicomm-purge {base}/a.git --prune=now",
        "git-receive-pack '/etc/water.git'",
        "git-receive-pack '{base}/a.git' '; id'",
        "git-upload-pack {base}/a.git",
        "git-upload-archive '{base}/a.git'",
        "git-receive-pack '{base}/$(id).git'",
    ],
)
def test_what_the_key_is_not_for_is_refused(tmp_path: Path, asked: str) -> None:
    done = run(tmp_path, asked.replace("{base}", str(tmp_path)))
    assert done.returncode == 128
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_not_mounted_is_said(tmp_path: Path) -> None:
    base = tmp_path / "srv"
    done = run(base, f"solicomm-place {base}/a.git")
    assert (done.returncode, base.exists()) == (128, False)
    assert "Is its disk mounted?" in done.stderr
