"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "upgrade",
        "See what a new version changes in the hub.",
        DAILY,
        95,
        "solicomm_build.features.upgrade.command",
    ),
)
