"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import PEOPLE, Command

COMMANDS = (
    Command(
        "poll",
        "Votes by mail: open, remind, end, count again.",
        PEOPLE,
        50,
        "solicomm_build.features.polls.command",
    ),
)
