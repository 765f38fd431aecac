"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import PEOPLE, Command

COMMANDS = (
    Command(
        "meeting",
        "Meetings by mail: list them, who comes, count again.",
        PEOPLE,
        55,
        "solicomm_build.features.meetings.command",
    ),
)
