"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, WRONG, Command

COMMANDS = (
    Command(
        "moderate",
        "Decide on mail that waits.",
        DAILY,
        20,
        "solicomm_build.features.moderation.command",
    ),
    Command(
        "replay",
        "Judge kept mail again, and see what would differ.",
        WRONG,
        30,
        "solicomm_build.features.moderation.replaycommand",
    ),
)
