"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "metrics",
        "Print numbers for a monitoring system.",
        DAILY,
        40,
        "solicomm_build.features.metrics.command",
    ),
)
