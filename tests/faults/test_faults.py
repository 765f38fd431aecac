"""The faults that `make faults` tries, in short; and that it would notice what it is there for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.plan import Mode, Plan, compiled, environment
from tests.faults.stills import Stills

ROOT = Path(__file__).parents[2]
WRITER = """
import os, sys
folder = sys.argv[1]
for name in ("a", "b", "c"):
    with open(f"{folder}/{name}", "wb") as file:
        file.write(b"0123456789")
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = compiled(tmp_path_factory.mktemp("faults"))
    if found is None:
        pytest.skip("there is no C compiler (cc)")
    return found


def _written(tmp_path: Path, library: Path, mode: Mode, target: int) -> tuple[int, Plan]:
    """Three files of ten octets, written under a plan; the plan's stage is nobody."""
    folder = tmp_path / "hub"
    folder.mkdir()
    plan = Plan(tmp_path / "plan", folder)
    plan.arm(mode, target, 2**22 + 1)
    done = subprocess.run(
        [sys.executable, "-S", "-c", WRITER, str(folder)],
        check=False,
        capture_output=True,
        env=os.environ | environment(library, tmp_path / "plan"),
    )
    return done.returncode, plan


def _sizes(tmp_path: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in (tmp_path / "hub").iterdir()}


def test_every_write_is_a_point(tmp_path: Path, library: Path) -> None:
    code, plan = _written(tmp_path, library, Mode.COUNT, 0)
    assert code == 0
    calls = [(point.call, point.path) for point in plan.points()]
    assert calls == [(call, name) for name in "abc" for call in ("open", "write")]


@pytest.mark.parametrize(
    ("mode", "target", "sizes"),
    [
        (Mode.ALL, 1, {}),
        (Mode.ONE, 2, {"a": 0}),
        (Mode.ALL, 5, {"a": 10, "b": 10}),
        (Mode.HALF, 4, {"a": 10, "b": 5}),
    ],
)
def test_the_plug_is_pulled_where_it_should(
    tmp_path: Path, library: Path, mode: Mode, target: int, sizes: dict[str, int]
) -> None:
    code, plan = _written(tmp_path, library, mode, target)
    assert code == -signal.SIGKILL
    assert _sizes(tmp_path) == sizes
    assert plan.fired


def test_a_full_disk_says_so(tmp_path: Path, library: Path) -> None:
    code, plan = _written(tmp_path, library, Mode.FULL, 4)
    assert code == 1
    assert plan.fired == "write b"
    assert _sizes(tmp_path) == {"a": 10, "b": 0}


def test_a_disk_with_an_error_says_so(tmp_path: Path, library: Path) -> None:
    code, plan = _written(tmp_path, library, Mode.BAD, 4)
    assert code == 1
    assert plan.fired == "write b"
    assert _sizes(tmp_path) == {"a": 10, "b": 0}


def test_whoever_stands_still_is_seen_before_and_in_the_middle_of_each_write(
    tmp_path: Path, library: Path
) -> None:
    folder = tmp_path / "hub"
    folder.mkdir()
    plan = Plan(tmp_path / "plan", folder)
    plan.arm(Mode.STILL, 0, 2**22 + 1)
    there = os.environ | environment(library, tmp_path / "plan")
    command = [sys.executable, "-S", "-c", WRITER, str(folder)]
    stills = Stills(folder)
    with subprocess.Popen(command, env=there) as process:
        while process.poll() is None:
            if plan.is_asked:
                stills.take(plan.path)
                plan.grant()
    assert process.returncode == 0
    sizes = []
    for still in stills.all:
        stills.lay(still)
        sizes.append(_sizes(tmp_path))
    assert stills.places == 9
    assert sizes == [
        {},
        {"a": 0},
        {"a": 5},
        {"a": 10},
        {"a": 10, "b": 0},
        {"a": 10, "b": 5},
        {"a": 10, "b": 10},
        {"a": 10, "b": 10, "c": 0},
        {"a": 10, "b": 10, "c": 5},
    ]


def _run(tmp_path: Path, *options: str) -> tuple[int, dict[str, object], str]:
    result = tmp_path / "result.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--json", str(result), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,  # a loaded machine is slow, and nothing here is measured
    )
    return done.returncode, json.loads(result.read_text()), done.stdout + done.stderr


def test_every_stage_lives_through_the_short_form(tmp_path: Path, library: Path) -> None:
    code, facts, said = _run(tmp_path, "--short")
    assert code == 0, said
    assert facts["findings"] == 0
    rows = facts["rows"]
    assert isinstance(rows, list)
    assert {row["stage"] for row in rows} == {
        "bridge",
        "ingest",
        "desk",
        "deliver",
        "mirror",
        "build",
        "network",
        "erasing",
        "stick",
        "stick-children",
        "stick-read",
    }
    assert all(row["points"] > 0 for row in rows if row["fault"] == "undisturbed")


def test_a_spool_that_forgets_to_rename_would_be_found(
    tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bridge with a spool that writes in place: half a file there, after a kill."""
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import solicomm_build.foundation.safeio as io\n"
        "def plain(path, data, **_how):\n"
        "    with open(path, 'wb') as file:\n"
        "        file.write(data)\n"
        "io.write_atomic = plain\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    code, facts, said = _run(tmp_path, "--stage", "bridge", "--every", "3")
    assert code == 1, said
    assert "half a file in the spool" in json.dumps(facts)
