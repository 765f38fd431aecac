"""Neighbours on the machine see `public/` and nothing else of a hub."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from solicomm_build.cli.main import main
from solicomm_build.foundation.hub import config, hubyaml, modes
from solicomm_build.foundation.hub.config import Config

_NOBODY = 65534
_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _as_a_neighbour(*command: str) -> str:
    """What a command prints that another user of the machine runs, faults too."""
    done = subprocess.run(
        command,
        user=_NOBODY,
        group=_NOBODY,
        extra_groups=[],
        check=False,
        text=True,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        },
    )
    return done.stdout


def _way_in(path: Path) -> None:
    """Lets neighbours come as far as a hub of a test."""
    for folder in path.parents:
        if folder.stat().st_uid == os.geteuid() and not _mode(folder) & 0o001:
            folder.chmod(_mode(folder) | 0o011)


def test_a_new_hub_is_closed(sample_hub: Config, tmp_path: Path) -> None:
    made = tmp_path / "new"
    main(["init", str(made), "--domain", "hub.example"], standalone_mode=False)
    for name in modes.CLOSED:
        assert _mode(made / name) == 0o700, name
    assert _mode(made) & 0o044 == 0
    assert _mode(made / config.FILE) == 0o600
    assert _mode(made / "public") == 0o755
    assert modes.wide(made) == []


def test_a_hub_made_before_is_closed_by_the_next_command(sample_hub: Config) -> None:
    root = sample_hub.root
    for name in ("content", "unions", "previews"):
        (root / name).mkdir(exist_ok=True)
        (root / name).chmod(0o755)
    root.chmod(0o755)
    (root / config.FILE).chmod(0o644)
    wide = [path.relative_to(root).as_posix() for path in modes.wide(root)]
    assert wide == [".", "hub.yaml", "content", "unions", "previews"]
    main(["status", "--hub", str(root)], standalone_mode=False)
    assert modes.wide(root) == []


def test_narrower_modes_stay(sample_hub: Config) -> None:
    (sample_hub.root / "plugins").chmod(0o700)
    sample_hub.root.chmod(0o700)
    modes.close(sample_hub)
    assert _mode(sample_hub.root) == _mode(sample_hub.root / "plugins") == 0o700


@_root_only
def test_a_neighbour_reads_no_conference_and_no_address(built_hub: Config) -> None:
    _way_in(built_hub.root)
    modes.close(built_hub)
    secret = built_hub.conference_repo("bargaining")
    assert "not a git repository" in _as_a_neighbour("git", f"--git-dir={secret}", "log")
    for path in (config.FILE, "content", "unions", "private", "spool", "previews", "state"):
        found = built_hub.root / path
        assert "denied" in _as_a_neighbour("ls" if found.is_dir() else "cat", str(found)), path
    assert "denied" in _as_a_neighbour("ls", str(built_hub.root))


@_root_only
def test_a_web_server_reads_pages_without_a_group(built_hub: Config) -> None:
    _way_in(built_hub.root)
    for folder, _, files in os.walk(built_hub.public):  # as under a narrower umask
        for name in files:
            os.chmod(os.path.join(folder, name), 0o640)
        os.chmod(folder, 0o750)
    umask = os.umask(0o027)
    try:
        modes.open_pages(built_hub.public)
        (built_hub.public / "later.html").write_text("later")
    finally:
        os.umask(umask)
    assert "<html" in _as_a_neighbour("cat", str(built_hub.public / "index.html"))
    assert _as_a_neighbour("cat", str(built_hub.public / "later.html")) == "later"
    deep = next(built_hub.public.rglob("feed.xml"))
    assert "<feed" in _as_a_neighbour("cat", str(deep))


def test_settings_are_still_read(sample_hub: Config) -> None:
    modes.close(sample_hub)
    assert hubyaml.load(sample_hub.root).domain == sample_hub.domain


def test_what_a_link_in_the_hub_leads_to_keeps_its_mode(sample_hub: Config, tmp_path: Path) -> None:
    """Root runs commands on a hub, too: a link of the hub's user must not close a folder of it."""
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    (sample_hub.root / "previews").rename(tmp_path / "previews")
    (sample_hub.root / "previews").symlink_to(other)
    modes.close(sample_hub)
    assert _mode(other) == 0o755
