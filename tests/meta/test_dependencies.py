"""What we depend on is locked, free and explained; and the script that looks would say so."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]
SCRIPT = ROOT / "scripts" / "check-dependencies"
HASH = "--hash=sha256:" + "a" * 64


@pytest.fixture(scope="module")
def look() -> ModuleType:
    loader = SourceFileLoader("check_dependencies", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_nothing_is_wrong() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("click==8.1", "no hash"),
        (f"click>=8.1 {HASH}", "not one version"),
        ("click @ https://example.org/click.tar.gz", "not one version"),
        ("-e .", "not one version"),
        (f"click==8.1 {HASH}\nClick==8.1 {HASH}", "twice"),
        (f"click==8.1rc1 {HASH}", "no release"),
    ],
)
def test_what_a_lock_must_not_hold(look: ModuleType, line: str, words: str) -> None:
    _, (fault,) = look.lock_faults(line, "requirements.txt")
    assert words in fault


def test_a_good_lock(look: ModuleType) -> None:
    text = f"# a lock\nclick==8.1 \\\n    {HASH}\n    # via x\n"
    assert look.lock_faults(text, "r") == ({"click": "8.1"}, [])


def test_a_licence_that_is_not_known(look: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = {"click": look.installed.version("click")}
    assert list(look.installed_faults(pins)) == []
    for licence in ("", "Proprietary", "GPL-2.0-only", "Our own"):
        monkeypatch.setattr(look, "licence_of", lambda name, told=licence: told)
        assert len(list(look.installed_faults(pins))) == 1
    assert "locked as 0" in next(look.installed_faults({"click": "0"}))


def test_every_library_has_its_reason(look: ModuleType) -> None:
    project = {"project": {"dependencies": ["click>=8", "Jinja2"]}}
    faults = list(look.reason_faults(project, "| click | x |\n| nh3 | x |\n", {"click": "8"}))
    assert faults == [
        "jinja2 is in pyproject.toml and not in ADR 0002",
        "nh3 is in ADR 0002 and not in pyproject.toml",
        "jinja2 is in no lock. Lock it",
    ]


def test_where_pip_audit_is_not_it_is_said(
    look: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look.shutil, "which", lambda name, path=None: None)
    assert look.audit() == "advisories: not asked (pip-audit is not installed)"


def test_an_extra_that_the_lock_does_not_name(look: ModuleType) -> None:
    """WeasyPrint asks for `fonttools[woff]`; pip takes the newest where the lock does not."""
    pins = {name: look.installed.version(name) for name in ("weasyprint", "fonttools")}
    lines = [f"{name}=={version} {HASH}\n" for name, version in pins.items()]
    (fault,) = look.extras_faults("".join(lines), "r.txt", pins)
    assert "fonttools[woff]" in fault
    assert fault.startswith("r.txt")
    named = "".join(lines).replace("fonttools==", "fonttools[woff]==")
    assert not list(look.extras_faults(named, "r.txt", pins))
