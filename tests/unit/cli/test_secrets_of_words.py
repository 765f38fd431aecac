"""Nobody is asked to write a secret behind a command, where every user can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from solicomm_build.cli.commands import commands
from solicomm_build.cli.main import main

_SECRET = re.compile(r"passw|secret|passphrase|credential")


def _parameters(command: click.Command, words: str) -> Iterator[tuple[str, click.Parameter]]:
    yield from ((words, one) for one in command.params)
    if isinstance(command, click.Group):
        for name, sub in command.commands.items():
            yield from _parameters(sub, f"{words} {name}")


def test_no_command_takes_a_secret_as_a_word() -> None:
    context = click.Context(main)
    found = []
    for name in commands():
        command = main.get_command(context, name)
        assert command is not None
        found += list(_parameters(command, name))
    assert len(found) > 100
    taken = [
        (words, one.name)
        for words, one in found
        if _SECRET.search(one.name or "") and not isinstance(one.type, click.Path)
    ]
    assert taken == []


def test_no_secret_is_read_from_the_environment() -> None:
    context = click.Context(main)
    for name in commands():
        command = main.get_command(context, name)
        assert command is not None
        for words, one in _parameters(command, name):
            assert not (one.envvar and _SECRET.search(str(one.envvar).lower())), words
