"""What errors point to is there wherever the program runs: also where it came by a wheel alone."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import solicomm_build
from solicomm_build.cli.main import main
from solicomm_build.features.manual import documents
from solicomm_build.foundation.errors import UsageError

PACKAGE = Path(solicomm_build.__file__).parent
_NAMED = re.compile(r"(?:`solicomm docs |\bdocs/)((?:howto|formats)/[a-z-]+)")


def _said() -> Iterator[tuple[str, str]]:
    """Every string that the program may say, docstrings aside, where it names documents."""
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text("utf-8")
        if "howto/" not in source and "docs" not in source:
            continue
        tree = ast.parse(source)
        silent = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and id(node) not in silent
            if is_text and isinstance(node.value, str):
                yield from ((path.name, name) for name in _NAMED.findall(node.value))


def test_every_document_that_the_program_names_is_printed_by_a_command() -> None:
    named = list(_said())
    assert ("plainfiles.py", "formats/store") in named
    assert [one for one in named if one[1] not in documents.all_of_them()] == []


def test_a_wheel_takes_every_document_along() -> None:
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))
    taken = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert all(to == f"solicomm_build/_data/{from_}" for from_, to in taken.items())
    for short, path in documents.all_of_them().items():
        file = path.relative_to(PACKAGE.parent)
        is_inner = file.parent == Path("docs") and file.as_posix() not in taken
        assert is_inner or {file.as_posix(), file.parent.as_posix()} & set(taken), short


@pytest.mark.parametrize("name", ["howto/operator", "docs/howto/operator.md", "operator"])
def test_a_document_is_found_by_its_name(name: str) -> None:
    told = CliRunner().invoke(main, ["docs", name])
    assert told.exit_code == 0
    assert told.output.startswith("# How to run a hub\n")


def test_all_are_listed_with_their_titles() -> None:
    told = CliRunner().invoke(main, ["docs"])
    assert re.search(r"^howto/operator +How to run a hub$", told.output, re.MULTILINE)
    assert re.search(r"^changelog +Changelog$", told.output, re.MULTILINE)


def test_a_name_that_is_none_is_answered_with_those_like_it() -> None:
    with pytest.raises(UsageError, match=r"Did you mean .*howto/operator"):
        documents.text("operater")
