"""git over ssh: a real sshd on loopback, git's own shell behind the forced command.

git push ssh://… → sshd → authorized_keys → gate/ssh.py → git-shell → git receive-pack → hooks
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.testing.ports import free_port

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"

pytestmark = pytest.mark.skipif(
    not os.path.exists(SSHD) or not shutil.which("ssh-keygen"),
    reason="no OpenSSH server: apt-get install openssh-server",
)


@dataclass(frozen=True)
class Door:
    """A hub, a folder, and the port where sshd lets Ana in."""

    hub: Config
    folder: Path
    port: int

    def url(self, repo: str) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}/{repo}.git"

    @property
    def ssh(self) -> str:
        options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        return f"ssh -F /dev/null -i {self.folder / 'ana'} -o IdentitiesOnly=yes {options}"

    def git(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_SSH_COMMAND": self.ssh,
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
            "GIT_AUTHOR_NAME": "Ana",
            "GIT_AUTHOR_EMAIL": "ana@users.hub.invalid",
            "GIT_COMMITTER_NAME": "Ana",
            "GIT_COMMITTER_EMAIL": "ana@users.hub.invalid",
        }
        return subprocess.run(
            ["git", *words],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def solicomm(hub: Config, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "solicomm_build.cli.main", *words, "--hub", str(hub.root)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("ssh")
    os.chmod(folder, 0o700)
    hub = founding.found_hub(folder / "hub", name="Hub", domain="hub.example", sample=True)
    for name in ("ana", "host"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True
        )
    line = solicomm(
        hub, "token", "ssh-key", "ana", str(folder / "ana.pub"), "--repo", "unions/metal"
    )
    assert line.startswith('restrict,command="')
    (folder / "authorized_keys").write_text(line)
    port = free_port()
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin yes\n"
    )
    with contextlib.suppress(PermissionError):
        os.makedirs("/run/sshd", exist_ok=True)  # sshd wants it when it is root
    process = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=(folder / "log").open("wb")
    )
    try:
        _until_open(port)
        yield Door(hub, folder, port)
    finally:
        process.terminate()
        process.wait(10)


def _until_open(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "sshd does not listen"
            time.sleep(0.05)
        else:
            return


def test_a_push_over_ssh_passes_the_gate(door: Door, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    done = door.git("clone", "-q", door.url("unions/metal"), str(copy))
    assert done.returncode == 0, done.stderr
    (copy / "pages/x.html").write_text("<b>x</b>")
    door.git("add", "-A", cwd=copy)
    door.git("commit", "-qm", "x", cwd=copy)
    done = door.git("push", "origin", "HEAD:main", cwd=copy)
    assert done.returncode != 0
    assert "programs, styles and HTML are not taken" in done.stderr
    door.git("rm", "-qf", "pages/x.html", cwd=copy)
    (copy / "pages/y.en.md").write_text("---\ntitle: Y\n---\ntext\n")
    door.git("add", "-A", cwd=copy)
    door.git("commit", "-q", "--amend", "-m", "y", cwd=copy)
    done = door.git("push", "origin", "HEAD:main", cwd=copy)
    assert done.returncode == 0, done.stderr
    assert "In a moment it is here" in done.stderr
    head = door.git("rev-parse", "HEAD", cwd=copy).stdout.strip()
    assert open_repo(door.hub.union_repo("metal")).ref() == head


@pytest.mark.parametrize("repo", ["unions/hogar", "conferences/organising", "private/mail", "../x"])
def test_a_key_opens_its_repositories_only(door: Door, tmp_path: Path, repo: str) -> None:
    done = door.git("clone", "-q", door.url(repo), str(tmp_path / "copy"))
    assert done.returncode != 0
    assert "Your key opens unions/metal" in done.stderr or "Only git comes in" in done.stderr


@pytest.mark.parametrize(
    "command", ["", "ls", "git-upload-pack 'unions/metal'; id", "git-receive-pack $(id)"]
)
def test_nothing_but_git_runs(door: Door, command: str) -> None:
    words = [*door.ssh.split(), "-p", str(door.port), f"{getpass.getuser()}@127.0.0.1", command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "Only git comes in" in done.stderr
    assert "uid=" not in done.stdout + done.stderr


def test_a_revoked_key_stops_at_once(door: Door, tmp_path: Path) -> None:
    """The last one: nobody comes in after it."""
    assert "of ana is revoked" in solicomm(door.hub, "token", "revoke", "ana")
    done = door.git("clone", "-q", door.url("unions/metal"), str(tmp_path / "copy"))
    assert done.returncode != 0
    assert "was revoked" in done.stderr
