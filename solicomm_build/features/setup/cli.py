"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import BEGIN, Command

COMMANDS = (
    Command(
        "setup",
        "Make this machine a public hub, step by step.",
        BEGIN,
        15,
        "solicomm_build.features.setup.command",
    ),
    Command(
        "units",
        "Print or install the units for systemd.",
        BEGIN,
        16,
        "solicomm_build.features.setup.unitscommand",
    ),
)
