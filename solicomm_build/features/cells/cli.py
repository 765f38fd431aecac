"""The commands for cells, and for the machines that have them."""

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
    Command(
        "cluster",
        "Take a hub to several machines, and back.",
        DAILY,
        76,
        "solicomm_build.features.cells.machines.command",
    ),
)
