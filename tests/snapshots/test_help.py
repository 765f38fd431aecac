"""The help of every command, as it is printed 80 columns wide.

A Python of its own writes it: click keeps the help option that a command had when it was asked
first, and other tests ask commands without their group.
"""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing import get_context

import click
import pytest

from solicomm_build.cli.main import main
from tests.snapshots import kept


def _told(
    command: click.Command, name: str, above: click.Context | None
) -> Iterator[tuple[str, str]]:
    """The help of a command and of all below it, by name."""
    settings = command.context_settings
    context = click.Context(command, parent=above, info_name=name, terminal_width=80, **settings)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for each in sorted(command.list_commands(context)):
            below = command.get_command(context, each)
            assert below is not None
            yield from _told(below, each, context)


def _all() -> str:
    return kept.written(_told(main, "solicomm", None))


def test_help_is_as_it_was_looked_at(request: pytest.FixtureRequest) -> None:
    with get_context("spawn").Pool(1) as python:
        text = python.apply(_all)
    kept.compare("help.txt", text, refresh=request.config.getoption("--refresh-golden"))
    assert text.count("=" * 20) > 50
