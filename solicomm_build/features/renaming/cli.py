"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "rename",
        "Give a conference, library, union or person another name.",
        DAILY,
        16,
        "solicomm_build.features.renaming.command",
    ),
)
