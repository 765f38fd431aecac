"""The command for it."""

from __future__ import annotations

from solicomm_build.cli.commands import STAGE, Command

COMMANDS = (
    Command(
        "workers",
        "Have other machines help with full builds.",
        STAGE,
        90,
        "solicomm_build.features.workers.command",
    ),
)
