"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import READ, Command

COMMANDS = (
    Command(
        "form",
        "Forms filled in by mail or on a page: add, list, withdraw.",
        READ,
        70,
        "solicomm_build.features.forms.command",
    ),
)
