"""`make setup` and a .venv of another Python: it is made anew, not taken for good."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]


def planned(folder: Path) -> str:
    """What `make setup` would do there."""
    done = subprocess.run(
        ["make", "-n", "setup"], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A checkout with a .venv that is installed."""
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "solicomm_build" / "builder").mkdir(parents=True)
    (tmp_path / "solicomm_build" / "builder" / "compiled.py").touch()
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    major, minor = sys.version_info[:2]
    (venv / "lib" / f"python{major}.{minor}").mkdir(parents=True)
    stamp = venv / ".installed"
    stamp.touch()
    later = os.stat(tmp_path / "pyproject.toml").st_mtime + 60
    os.utime(stamp, (later, later))
    return tmp_path


def test_a_venv_that_fits_is_left_alone(app: Path) -> None:
    assert "rm -rf .venv" not in planned(app)


def test_modules_are_compiled_each_time_since_the_service_may_not_keep_them(app: Path) -> None:
    assert "compileall -q solicomm_build plugins" in planned(app)
    unit = (ROOT / "deploy" / "systemd" / "solicomm.service").read_text()
    assert "ProtectSystem=strict" in unit
    assert "ReadWritePaths=/srv/solicomm/app" not in unit


def test_templates_are_compiled_once_for_all_hubs(app: Path) -> None:
    work = "python -m solicomm_build.builder.apart.beforehand"
    assert work in planned(app)
    code = app / "themes" / "__pycache__" / "solicomm.templates.json"
    code.parent.mkdir(parents=True)
    code.touch()
    os.utime(code, (later := os.stat(app / ".venv" / ".installed").st_mtime + 60, later))
    assert work not in planned(app)
    (app / "pyproject.toml").touch()
    os.utime(app / "pyproject.toml", (later + 60, later + 60))
    assert work in planned(app)
    assert work in (ROOT / "deploy" / "debian" / "postinst").read_text()


def test_a_venv_of_another_python_is_made_anew(app: Path) -> None:
    lib = next((app / ".venv" / "lib").iterdir())
    lib.rename(lib.with_name("python3.2"))
    assert "rm -rf .venv" in planned(app)


def test_a_venv_whose_python_is_gone_is_made_anew(app: Path) -> None:
    (app / ".venv" / "bin" / "python").unlink()
    assert "rm -rf .venv" in planned(app)
