"""The commands of backups, as docs/howto/recovery.md says them and as root's timer runs them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.backup import timer
from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from tests.faults import recovery


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_the_drill_of_the_guide_brings_a_hub_back(tmp_path: Path) -> None:
    hub, where, key = tmp_path / "hub", tmp_path / "b", tmp_path / "key.txt"
    founding.found_hub(hub, name="Hub", domain="hub.example", sample=False)
    made = _run("backup", where, "--hub", hub)
    assert made.exit_code == 0, made.output
    assert "Without its key nobody can open it" in made.output
    assert f"{where} is on the same disk as the hub: is the stick mounted?" in made.stderr
    assert "Without its key" not in _run("backup", where, "--hub", hub).output
    told = _run("backup", "key", "--out", key, "--hub", hub)
    assert "the key. Take it off this machine" in told.output
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text() == _run("backup", "key", "--hub", hub).output
    again = _run("backup", "key", "--out", key, "--hub", hub)
    assert (again.exit_code, "nothing is replaced" in again.output) == (64, True)
    listed = _run("backup", "list", where, "--key", key)
    assert listed.output.count("\n") == 2
    said = _drilled(hub=tmp_path / "back", where=where, key=key)
    assert "is whole: 3 repositories" in said
    assert "Everything is there and sound" in said
    assert (tmp_path / "back" / "public" / "index.html").exists()


def _drilled(*, hub: Path, where: Path, key: Path) -> str:
    tools = hub.with_name("tools")
    recovery.tool(tools)
    root = Path(__file__).parents[3]
    names = {"HUB": str(hub), "PLACE": str(where), "KEY": str(key)}
    kept = {name: text for name, text in os.environ.items() if name != "SOLICOMM_HUB"}
    done = subprocess.run(
        ["sh", "-ec", recovery.commands("Practise it")],
        env=kept | {"PATH": f"{tools}:{kept['PATH']}", "PYTHONPATH": str(root)} | names,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_restore_takes_a_backup_alone_and_names_what_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    both = _run("restore", tmp_path / "b", "peer:https://x.example", tmp_path / "h")
    assert both.exit_code == 64
    assert "Restore it alone" in both.output
    unknown = _run("restore", "ftp:there", tmp_path / "h")
    assert unknown.exit_code == 64
    assert "peer:, restic:, s3:, sftp:" in unknown.output
    assert _run("restore", tmp_path / "h").exit_code == 64
    none = _run("restore", tmp_path / "b", tmp_path / "h", "--key", "/dev/null")
    assert "holds no key" in none.output
    assert not (tmp_path / "h").exists()


def test_a_timer_is_set_by_root_alone(
    sample_hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timer, "is_root", lambda: False)
    said = _run("backup", tmp_path / "b", "--every", "day", "--hub", sample_hub.root)
    assert said.exit_code == 64
    assert f"@daily {Path(timer.program())} backup {tmp_path / 'b'}" in said.output
    assert not (tmp_path / "b").exists()


def test_what_a_timer_did_before_is_said(
    sample_hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second place, or a second hub, ended the backups of the first without a word."""
    units = tmp_path / "units"
    units.mkdir()

    def install(files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (units / name).write_text(text)

    monkeypatch.setattr(timer, "is_root", lambda: True)
    monkeypatch.setattr(timer, "install", install)
    monkeypatch.setattr(timer, "instead_of", partial(timer.instead_of, folder=units))

    def said(place: Path, every: str) -> str:
        made = _run("backup", place, "--every", every, "--hub", sample_hub.root)
        assert made.exit_code == 0, made.output
        return made.output

    assert "instead of" not in said(tmp_path / "b", "day")
    assert "instead of" not in said(tmp_path / "b", "week")
    program = Path(timer.program())
    assert (
        f"That is instead of {program} backup {tmp_path / 'b'} --hub {sample_hub.root}: there is "
        "one timer. For both use crontab"
    ) in said(tmp_path / "c", "week")


def test_the_units_name_hub_and_place_and_are_shut_in(tmp_path: Path) -> None:
    units = timer.units(Path("/srv/a hub"), "/var/b", "week", "solicomm")
    service = units["solicomm-backup.service"]
    assert "backup /var/b --hub '/srv/a hub'" in service
    assert 'ReadWritePaths="/srv/a hub" "/var/b"' in service
    assert "OnCalendar=weekly" in units["solicomm-backup.timer"]
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not here; what it would read was looked at above")
    path = tmp_path / "solicomm-backup.service"
    path.write_text(service)
    said = subprocess.run(
        [program, "security", "--offline=true", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    level = re.search(r"exposure level[^:]*: *([\d.]+)", said.stdout)
    assert level is not None, said.stderr
    assert float(level[1]) <= 2.0
