"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import PEOPLE, Command

COMMANDS = (
    Command(
        "member",
        "Subscribe people, list them, take them out.",
        PEOPLE,
        10,
        "solicomm_build.features.lists.command",
    ),
)
