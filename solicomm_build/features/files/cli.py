"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import STAGE, Command

COMMANDS = (
    Command(
        "files",
        "Keep clean copies of attachments only.",
        STAGE,
        30,
        "solicomm_build.features.files.command",
    ),
)
