"""What `make quick` and `make coverage` rest on: their tests exist, and floors only rise."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    loader = SourceFileLoader("coverage_gate", str(ROOT / "scripts" / "coverage-gate"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    monkeypatch.setattr(module, "FLOORS", tmp_path / "floors.json")
    return module


def report(lines: int, branches: int) -> dict[str, Any]:
    """What `coverage json` says of a package of 80 lines and 20 branches, and of another."""
    ran = {
        "num_statements": 80,
        "covered_lines": lines,
        "num_branches": 20,
        "covered_branches": branches,
    }
    other = {"num_statements": 9, "covered_lines": 0, "num_branches": 9, "covered_branches": 0}
    return {
        "files": {
            "solicomm_build/message/parse.py": {"summary": ran},
            "solicomm_build/messages.py": {"summary": other},
        }
    }


def run(
    gate: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    told: dict[str, Any],
    *how: str,
) -> int:
    (tmp_path / "report.json").write_text(json.dumps(told))
    monkeypatch.setattr(sys, "argv", ["coverage-gate", str(tmp_path / "report.json"), *how])
    code: int = gate.main()
    return code


def test_less_than_before_fails_and_lowers_nothing(
    gate: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gate.FLOORS.write_text('{"message": 90.0}')
    assert run(gate, monkeypatch, tmp_path, report(75, 14), "--raise") == 1
    assert "message: 89.00 % is below 90.0 %" in capsys.readouterr().out
    assert json.loads(gate.FLOORS.read_text()) == {"message": 90.0}


def test_more_than_before_rises_only_when_asked(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate.FLOORS.write_text('{"message": 90.0}')
    assert run(gate, monkeypatch, tmp_path, report(78, 15)) == 0
    assert json.loads(gate.FLOORS.read_text()) == {"message": 90.0}
    assert run(gate, monkeypatch, tmp_path, report(78, 15), "--raise") == 0
    assert json.loads(gate.FLOORS.read_text()) == {"message": 93.0}


def test_a_package_that_nobody_measured_fails(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate.FLOORS.write_text('{"bridge": 90.0}')
    assert run(gate, monkeypatch, tmp_path, report(80, 20)) == 1


def test_continuous_integration_looks_at_the_floors() -> None:
    for name, target in (("run", "test"), ("coverage", "coverage")):
        text = (ROOT / ".ci" / name).read_text("utf-8")
        assert text.splitlines()[-1] == f"exec make {target}"


def test_every_package_with_a_floor_exists() -> None:
    floors = json.loads((ROOT / "tests" / "coverage.json").read_text("utf-8"))
    assert floors
    assert all((ROOT / "solicomm_build" / package).is_dir() for package in floors)


@pytest.mark.parametrize("script", ["quick", "coverage"])
def test_the_tests_that_a_script_runs_exist(script: str) -> None:
    text = (ROOT / "scripts" / script).read_text("utf-8")
    listed = re.search(r"^TESTS=\(([^)]*)\)", text, re.MULTILINE)
    assert listed is not None
    tests = listed[1].split()
    assert tests
    assert [name for name in tests if not (ROOT / name).exists()] == []
