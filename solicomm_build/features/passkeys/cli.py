"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import PEOPLE, Command

COMMANDS = (
    Command(
        "passkeys",
        "Show a member's passkeys, lock out a lost device.",
        PEOPLE,
        35,
        "solicomm_build.features.passkeys.command",
    ),
)
