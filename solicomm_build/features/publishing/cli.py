"""The command for it."""

from __future__ import annotations

from solicomm_build.cli.commands import STAGE, Command

COMMANDS = (
    Command(
        "publish",
        "Put built pages into S3 only.",
        STAGE,
        45,
        "solicomm_build.features.publishing.command",
    ),
)
