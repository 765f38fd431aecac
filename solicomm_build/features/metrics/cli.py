"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "status",
        "Show how the hub is doing.",
        DAILY,
        10,
        "solicomm_build.features.metrics.statuscommand",
    ),
    Command(
        "metrics",
        "Print numbers for a monitoring system.",
        DAILY,
        40,
        "solicomm_build.features.metrics.command",
    ),
)
