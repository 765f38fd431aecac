"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "fediverse",
        "See who follows from Mastodon, Lemmy and the like.",
        DAILY,
        62,
        "solicomm_build.features.fediverse.command",
    ),
)
