"""What somebody pushes is at followers before git takes it here: git push → hooks → followers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import refs
from solicomm_build.git.replica import comparing, machine
from solicomm_build.git.repo import MAIN

SITE = "unions/metal.git"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    root = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False).root
    ran = CliRunner().invoke(main, ["new", "union", "metal", "--hub", str(root)])
    assert ran.exit_code == 0, ran.output
    places = [tmp_path / name for name in ("own", "one", "two")]
    for place in places:
        place.mkdir()
    with open(root / "hub.yaml", "a") as file:
        file.write(
            "\ncluster:\n  node: n1\n  lease: {etcd: 'http://127.0.0.1:1'}\n"
            f"  git: {{followers: [{places[1]}, {places[2]}], own: {places[0]}}}\n"
        )
    config = hubyaml.load(root)
    lease.write(config, lease.Lease("n1", 3, lease.now() + 600, lease.boot()))
    machine.take_over(config)
    machine.leave()
    return config


def git(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ana",
        "GIT_AUTHOR_EMAIL": "ana@users.hub.invalid",
        "GIT_COMMITTER_NAME": "Ana",
        "GIT_COMMITTER_EMAIL": "ana@users.hub.invalid",
    }
    return subprocess.run(
        ["git", *words], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def test_a_push_is_everywhere_or_nowhere(hub: Config, tmp_path: Path) -> None:
    assert git("clone", "-q", str(hub.root / SITE), "work", cwd=tmp_path).returncode == 0
    work = tmp_path / "work"

    def commit(word: str) -> str:
        page = next(work.glob("**/*.md"))
        page.write_text(page.read_text() + f"\n{word}\n")
        assert git("commit", "-qam", word, cwd=work).returncode == 0
        return git("rev-parse", "HEAD", cwd=work).stdout.strip()

    def at(where: Path) -> str:
        return str(refs.read(where / SITE, MAIN))

    first = commit("first")
    done = git("push", "-q", "origin", "main", cwd=work)
    assert done.returncode == 0, done.stderr
    assert {at(hub.root), *(at(tmp_path / one) for one in ("own", "one", "two"))} == {first}

    second = commit("second")
    for one in ("one", "two"):
        (tmp_path / one).rename(tmp_path / f"{one}-away")
    refused = git("push", "-q", "origin", "main", cwd=work)
    assert refused.returncode != 0
    assert "Nothing was taken: metal.git: 0 of 2 followers have it" in refused.stderr
    assert at(hub.root) == first

    for one in ("one", "two"):
        (tmp_path / f"{one}-away").rename(tmp_path / one)
    again = git("push", "-q", "origin", "main", cwd=work)  # what was begun is finished by it
    if again.returncode:
        assert git("fetch", "-q", "origin", cwd=work).returncode == 0
    assert at(hub.root) == second
    rows = [row for row in comparing.compare(hub) if row.repository == SITE]
    assert {row.state for row in rows} == {comparing.SAME}
