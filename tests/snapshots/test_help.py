"""The help of every command, as it is printed 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from solicomm_build.cli.main import main
from tests.snapshots import kept


def _told(
    command: click.Command, name: str, above: click.Context | None
) -> Iterator[tuple[str, str]]:
    """The help of a command and of all below it, by name."""
    context = click.Context(command, parent=above, info_name=name, terminal_width=80)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for each in sorted(command.list_commands(context)):
            below = command.get_command(context, each)
            assert below is not None
            yield from _told(below, each, context)


def test_help_is_as_it_was_looked_at(request: pytest.FixtureRequest) -> None:
    text = kept.written(_told(main, "solicomm", None))
    kept.compare("help.txt", text, refresh=request.config.getoption("--refresh-golden"))
    assert text.count("=" * 20) > 50
