"""No secret stands in the words or the environment of a process, or in a log.

mailbox, token, backup, restic, mail out, keys → every process that they start; the stages; logs
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing.served import serving

PASSWORD = "kingfisher over tidal pools"
_started: list[bytes] | None = None
"""Words and environment of each process that was started; None while nobody looks."""


def _note(event: str, given: tuple[object, ...]) -> None:
    """An audit hook (PEP 578): sees a process before it begins, however short it lives."""
    if _started is None:
        return
    if event == "subprocess.Popen":
        words, environment = given[1], given[3]
    elif event in ("os.exec", "os.posix_spawn", "os.spawn"):
        words, environment = given[-2], given[-1]
    else:
        return
    seen = environment if isinstance(environment, Mapping) else os.environ
    _started.append(os.fsencode(f"{words!r} {dict(seen)!r}"))


sys.addaudithook(_note)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("secrets") / "hub"
    founding.found_hub(folder, name="H", domain="hub.example", sample=False)
    return hubyaml.load(folder)


def _run(hub: Config, *words: str, typed: str = "", ends: int = 0) -> str:
    done = CliRunner().invoke(main, [*words, "--hub", str(hub.root)], input=typed)
    assert done.exit_code == ends, done.output
    return done.output


@pytest.fixture(scope="module")
def spoken(hub: Config) -> Iterator[tuple[bytes, bytes]]:
    """Whatever processes were told, and whatever was said, while secrets were made and used."""
    global _started  # noqa: PLW0603 - an audit hook cannot be taken away
    _started, said = [], list[str]()
    away = hub.root.parent
    _run(hub, "new", "list", "news", "--title", "News", "--posting", "open")
    said.append(_run(hub, "mailbox", "add", "ana", "--keep"))
    said.append(_run(hub, "mailbox", "password", "ana", typed=f"{PASSWORD}\n" * 2))
    token = _run(hub, "token", "new", "ana", "--repo", "conferences/news", "--as", "host")
    (away / "token").write_text(max(token.split(), key=len))  # the one place where it is shown
    said.append(_run(hub, "member", "add", "news", "ben@home.example"))
    said.append(_run(hub, "backup", str(away / "backup")))
    if shutil.which("restic"):
        said.append(_run(hub, "backup", f"restic:{away / 'restic'}"))
    said.append(_run(hub, "keys", "rotate"))
    said.append(_run(hub, "keys", "rotate", "--published"))
    said.append(_run(hub, "mta-maps"))
    said.append(_run(hub, "deliver", "--once"))
    said.append(_run(hub, "check"))
    said.append(_run(hub, "audit"))
    said.append(_run(hub, "fsck"))
    yield b"\n".join(_started), "\n".join(said).encode()
    _started = None


def _secrets(hub: Config) -> dict[str, bytes]:
    """Of each key that the hub has the longest line, or all of one that is octets by chance, where
    a line may be any of them; and what people type."""
    token = (hub.root.parent / "token").read_bytes()
    found = {"a mailbox password": PASSWORD.encode(), "a token": token}
    for path in hub.private.rglob("*"):
        is_key = path.is_file() and (path.parent.name == "keys" or "key" in path.name)
        if is_key and ".git/" not in str(path) and path.suffix != ".pub":
            octets = path.read_bytes()
            is_text = octets.isascii() and octets.endswith(b"\n")
            found[path.name] = max(octets.splitlines(), key=len, default=b"") if is_text else octets
    return {name: octets for name, octets in found.items() if len(octets) >= 16}


def test_no_process_is_told_a_secret(hub: Config, spoken: tuple[bytes, bytes]) -> None:
    started, _ = spoken
    seen = [word for word in (b"'fsck'", b"--git-dir", b"core.hooksPath") if word in started]
    assert len(seen) == 3
    assert started.count(b"\n") >= 10
    secrets = _secrets(hub)
    assert {"token.key", "roles.pem"} <= secrets.keys()
    assert [name for name, octets in secrets.items() if octets in started] == []
    assert not shutil.which("restic") or b"restic" in started


def test_no_command_says_one(hub: Config, spoken: tuple[bytes, bytes]) -> None:
    said = spoken[1]
    assert b"ben@home.example" in said
    assert [name for name, octets in _secrets(hub).items() if octets in said] == []


def _octets(path: Path) -> bytes:
    """What stands there; nothing where the process is gone meanwhile."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return path.read_bytes()
    return b""


def test_neither_stages_nor_logs_have_one(hub: Config, spoken: tuple[bytes, bytes]) -> None:
    secrets = _secrets(hub)
    with serving(hub, anew=True) as served:
        pids = [served.process.pid, *served.members()]
        told = b"".join(
            _octets(Path(f"/proc/{pid}/{name}")) for pid in pids for name in ("cmdline", "environ")
        )
    assert b"solicomm_build" in told
    logs = [hub.root.with_name(f"{hub.root.name}.log"), *hub.state.glob("*.log*")]
    audit = subprocess.run(
        ["git", "--git-dir", hub.private / "audit.git", "log", "-p", "main"],
        capture_output=True,
        check=True,
    ).stdout
    assert b"mailbox" in audit
    written = b"".join(path.read_bytes() for path in logs) + audit
    assert b"bridge-up" in written
    assert [name for name, octets in secrets.items() if octets in told + written] == []
