"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import WRONG, Command

COMMANDS = (
    Command(
        "trace",
        "Follow one message from arrival to each member.",
        WRONG,
        10,
        "solicomm_build.features.tracing.command",
    ),
    Command(
        "quarantine",
        "Look after mail that could not be handled.",
        WRONG,
        20,
        "solicomm_build.features.tracing.quarantinecommand",
    ),
)
