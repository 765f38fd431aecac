"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "keys",
        "Change the key that signs mail.",
        DAILY,
        58,
        "solicomm_build.features.keyring.command",
    ),
)
