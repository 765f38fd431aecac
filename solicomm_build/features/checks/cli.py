"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import BEGIN, Command

COMMANDS = (
    Command(
        "check",
        "See whether the hub can work, and its DNS records.",
        BEGIN,
        40,
        "solicomm_build.features.checks.command",
    ),
)
