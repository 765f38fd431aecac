"""A ZIM of the hub passes the checker of those who made the format."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.pocket import carried, zim
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs

CHOSEN = ("--conference", "organising", "--union", "metal", "--library", "agreements")


@pytest.mark.skipif(not shutil.which("zimcheck"), reason="zim-tools is not installed")
def test_it_passes_the_checker_and_has_what_was_chosen(sample_hub: Config, tmp_path: Path) -> None:
    out = tmp_path / "hub.zim"
    words = ["zim", str(out), *CHOSEN, "--hub", str(sample_hub.root)]
    ran = CliRunner().invoke(main, words)
    assert ran.exit_code == 0, ran.output
    checked = _said("zimcheck", "-A", str(out))
    assert "Overall Test Status: Pass" in checked
    assert "ERROR" not in checked, checked
    names = set(_said("zimdump", "list", str(out)).split("\n"))
    assert "conferences/organising/index.html" in names
    assert "unions/metal/index.html" in names
    assert not any(name.startswith(("people/", "search/")) for name in names)


@pytest.mark.skipif(not shutil.which("zimsplit"), reason="zim-tools is not installed")
def test_a_part_by_day_comes_in_parts_of_that_size_or_whole(
    sample_hub: Config, tmp_path: Path
) -> None:
    day = hubs.START + timedelta(days=30)
    hubs.add(sample_hub, "formation", [hubs.post("ancient", body="A word of long ago.")])
    late = hubs.post("lately", body="A word of these days.", minutes=31 * 24 * 60)
    hubs.add(sample_hub, "formation", [late])
    choice = Choice(conferences=("formation",), unions=("metal",), lang="es", since=day)
    out = tmp_path / "part.zim"
    made = write(sample_hub, out, choice)
    listed = _said("zimdump", "list", str(out))
    assert hubs.tid_of(late) in listed
    assert hubs.tid_of(hubs.post("ancient")) not in listed
    whole, octets = made.files[0][1], out.read_bytes()
    (tmp_path / "part.zimzz").write_bytes(b"of an earlier one")
    made = write(sample_hub, out, choice, split=whole - 1)
    assert [path.name for path, _ in made.files] == ["part.zimaa", "part.zimab"]
    assert all(size < whole for _, size in made.files)
    assert len(b"".join(path.read_bytes() for path, _ in made.files)) == len(octets)
    with pytest.raises(UsageError, match=r"written whole.*--split \d+M or more"):
        write(sample_hub, out, choice, split=2000)
    assert [path.name for path in tmp_path.glob("part*")] == ["part.zim"]


def write(hub: Config, out: Path, choice: Choice, *, split: int = 0) -> zim.Made:
    return zim.write(hub, out, choice, split=split, progress=lambda what, done, of: None)


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_another_ending_or_no_program_is_said(
    sample_hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = str(sample_hub.root)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = CliRunner().invoke(main, ["zim", str(tmp_path / "hub.zim"), "--hub", root])
    assert ran.exit_code != 0
    assert "apt install zim-tools" in ran.output


def test_a_restored_hub_that_never_ran_can_begin_one(
    sample_hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Begun(Exception):
        pass

    def build(*_: object) -> None:
        raise Begun

    shutil.rmtree(sample_hub.state, ignore_errors=True)
    monkeypatch.setattr(zim, "_program", str)
    monkeypatch.setattr(carried, "build", build)
    with pytest.raises(Begun):
        zim.write(sample_hub, tmp_path / "hub.zim", Choice(), split=0, progress=lambda *_: None)
