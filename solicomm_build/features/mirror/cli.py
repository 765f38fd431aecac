"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import STAGE, Command

COMMANDS = (
    Command(
        "mirror",
        "Keep copies for public-inbox and IMAP only.",
        STAGE,
        70,
        "solicomm_build.features.mirror.command",
    ),
)
