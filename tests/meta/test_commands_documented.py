"""docs/commands.md names every command and every option; every `--help` has an example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import solicomm_build
from solicomm_build.cli.commands import commands
from solicomm_build.cli.main import main
from solicomm_build.features.checks.ports import ASKED
from solicomm_build.features.checks.registry import PROBE, every

ROOT = Path(solicomm_build.__file__).parents[1]
TEXT = (ROOT / "docs" / "commands.md").read_text("utf-8")


def _commands(group: click.Group, words: str = "solicomm") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{words} {name} is listed and cannot be loaded"
        if isinstance(command, click.Group):
            yield from _commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


ALL = dict(_commands(main))


@pytest.mark.parametrize("words", ALL)
def test_command_and_its_options_are_documented(words: str) -> None:
    row = next((line for line in TEXT.splitlines() if re.search(rf"`{words}[ `]", line)), None)
    assert row is not None, f"docs/commands.md has no row for {words}"
    for parameter in ALL[words].params:
        if isinstance(parameter, click.Option) and parameter.name != "hub":
            assert parameter.opts[0] in row, f"{words}: {parameter.opts[0]} is not in its row"


@pytest.mark.parametrize("words", ALL)
def test_help_has_an_example(words: str) -> None:
    example = (ALL[words].help or "").partition("Example:")[2]
    assert words in example


def test_no_row_for_what_is_not_there() -> None:
    rows = re.findall(r"^\| (`solicomm [^|]*)", TEXT, re.MULTILINE)
    named = {
        " ".join(word for word in span.split() if word == word.lower())
        for row in rows
        for span in re.findall(r"`([^`]*)`", row)
        if span.startswith("solicomm ")
    }
    assert named == set(ALL)


def test_every_command_has_a_file() -> None:
    assert {words.split()[1] for words in ALL} == set(commands())


def test_every_check_is_documented() -> None:
    section = TEXT.partition("## What `solicomm check` looks at")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    named = {id for row in rows for id in re.findall(r"`([a-z-]+)`", row)}
    assert named == {PROBE, ASKED.id, *(one.id for one in every())}
