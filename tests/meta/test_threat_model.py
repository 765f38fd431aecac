"""Every test that the threat model names is there, and every threat has one."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]
TEXT = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
ENEMIES = (
    "An ordinary member",
    "stolen an editor's token",
    "A hostile union",
    "A hostile hub",
    "seizes the server",
    "watches or changes the network",
    "When the machine fails",
)


@cache
def _tests(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in nodes if isinstance(node, functions))


def test_tests_that_are_named_exist() -> None:
    assert len(NAMED) > 40
    missing = [f"{file}::{name}" for file, name in NAMED if name not in _tests(file)]
    assert missing == []


def test_every_threat_names_what_covers_it() -> None:
    wishes = ("| to ", "| name", "| what was")
    rows = [line for line in TEXT.splitlines() if line.startswith(wishes)]
    assert len(rows) > 25
    assert [row for row in rows if "::" not in row] == []


def test_every_enemy_is_there_and_what_is_not_covered_is_said() -> None:
    sections = TEXT.split("\n## ")[1:]
    for enemy in ENEMIES:
        (section,) = [one for one in sections if enemy in one.partition("\n")[0]]
        assert "Not covered" in section or enemy == "When the machine fails"
