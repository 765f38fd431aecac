"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import BEGIN, Command

COMMANDS = (
    Command(
        "docs",
        "Print a document: how-tos, formats, the changelog.",
        BEGIN,
        90,
        "solicomm_build.features.manual.command",
    ),
)
