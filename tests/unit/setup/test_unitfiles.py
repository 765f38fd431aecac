"""`solicomm units`: the units for the program that is called, and for where the hub lies."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.setup import unitfiles
from solicomm_build.foundation.errors import HubError

PROGRAM = Path("/usr/lib/solicomm/bin/solicomm")


def test_they_are_for_this_program_and_this_hub() -> None:
    files = unitfiles.services(PROGRAM, Path("/srv/other/hub"))
    unit = files["solicomm.service"]
    assert f"ExecStart={PROGRAM} serve --hub /srv/other/hub\n" in unit
    assert "ReadWritePaths=/srv/other/hub\n" in unit
    assert "solicomm-maps.timer" in files
    assert not [name for name, text in files.items() if "/srv/solicomm" in text]


def test_they_are_printed_and_installed_the_same(tmp_path: Path) -> None:
    shown = CliRunner().invoke(main, ["units"]).output
    told = CliRunner().invoke(main, ["units", "--install", "--root", str(tmp_path)])
    assert told.exit_code == 0, told.output
    paths = [Path(line) for line in told.output.splitlines()]
    assert tmp_path / "etc" / "tmpfiles.d" / "solicomm.conf" in paths
    for path in paths:
        assert path.read_text("utf-8") in shown
        assert path.stat().st_mode & 0o777 == 0o644
    assert f"ExecStart={sys.prefix}/bin/solicomm serve" in shown


def test_who_may_not_write_there_is_told_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("no folder")
    with pytest.raises(HubError, match=r"cannot be written .*--root"):
        unitfiles.install(tmp_path, PROGRAM, Path("/srv/solicomm/hub"))
