"""The command for cells."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command

COMMANDS = (
    Command(
        "cells",
        "Cut a large hub into cells; list and move what is in them.",
        DAILY,
        75,
        "solicomm_build.features.cells.command",
    ),
)
