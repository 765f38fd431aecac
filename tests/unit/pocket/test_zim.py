"""A ZIM of the hub passes the checker of those who made the format."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.pocket import carried, zim
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.foundation.hub.config import Config

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
