"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "remove",
        "Take a conference, list, library, union or person away.",
        DAILY,
        15,
        "solicomm_build.features.removing.command",
    ),
)
