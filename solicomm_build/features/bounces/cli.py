"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "bounces",
        "Show what came back, take back what it cost.",
        DAILY,
        30,
        "solicomm_build.features.bounces.command",
    ),
)
