"""What the program and its documents tell people to type is a command, with options it has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import solicomm_build
from solicomm_build.cli.main import main

ROOT = Path(solicomm_build.__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAM = sorted((ROOT / "solicomm_build").rglob("*.py"))
DEPLOYED = sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file())

_BEFORE = ("-u ", "-o ", "-g ", "in ", "--now ", "2750 ", "drwxr-s--- ", "systemctl ", "/srv/")
_NAMES = "".join(f"(?<!{before})" for before in _BEFORE)
_SAID = re.compile(
    r"(?:^|(?<=[\s`/'\"(|;]))" + _NAMES + r"solicomm ([a-z][a-z-]+(?: [^\n`|;]*)?)", re.MULTILINE
)
_NAMED = re.compile(r"solicomm(?!_)")
_NO_COMMAND = re.compile(r"[a-z-]+(?:\.\w|[@:])|serves?\b(?! -)|(?:hub|config)\b")

EXAMPLE = "lawyer"
"""The command of the feature that docs/howto/add-a-feature.md makes."""


def said(text: str) -> Iterator[str]:
    """What a text says to type, each without the word solicomm, up to the next sentence."""
    for match in _SAID.finditer(text):
        if not _NO_COMMAND.match(match[1]) and match[1].split()[0] != EXAMPLE:
            yield re.split(r"(?<=\w)[.,:] |\)", match[1])[0]


def fault(line: str) -> str:
    """What is wrong with a command line, nothing if nothing."""
    words = line.split()
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        if words[0] != words[0].lower() or words[0].startswith(("-", "…", "{", "X")):
            return ""
        below = command.get_command(click.Context(command), words[0].strip(".,:'\"…"))
        otherwise = getattr(command, "otherwise", None)
        if below is None and otherwise:
            command = command.commands[otherwise]
            continue
        if below is None:
            return f"there is no command {words[0]!r}"
        command, words = below, words[1:]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    options = [match[1] for word in words if (match := re.match(r"(--[a-z][a-z0-9-]*)", word))]
    wrong = [option for option in options if option not in known]
    return f"no option {', '.join(wrong)}" if wrong else ""


def strings(path: Path) -> Iterator[str]:
    """The texts in a module; what is put into them is X."""
    within: set[int] = set()
    source = path.read_text("utf-8")
    for node in ast.walk(ast.parse(source)) if _NAMED.search(source) else ():
        if isinstance(node, ast.JoinedStr):
            within.update(id(part) for part in node.values)
            parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
            yield "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and id(node) not in within:
            yield str(node.value)


@pytest.mark.parametrize("path", DOCUMENTS + DEPLOYED, ids=lambda path: path.name)
def test_commands_of_documents_exist(path: Path) -> None:
    wrong = {line: fault(line) for line in said(path.read_text("utf-8"))}
    assert not {line: why for line, why in wrong.items() if why}


def test_commands_that_the_program_advises_exist() -> None:
    wrong = []
    for path in PROGRAM:
        for text in strings(path):
            wrong += [(path.name, line, why) for line in said(text) if (why := fault(line))]
    assert not wrong


def test_a_wrong_command_is_seen() -> None:
    assert fault("member add water ana@union.example --role moderator") == "no option --role"
    assert fault("membre add water") == "there is no command 'membre'"
    assert not fault("member add water ana@union.example --name Ana")
    assert list(
        said("do `solicomm check --dns` as -u solicomm tar, solicomm.service, a solicomm token")
    ) == [
        "check --dns",
        "token",
    ]
