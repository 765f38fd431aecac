"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import READ, Command

COMMANDS = (
    Command(
        "migrate",
        "Bring lists from Mailman, mlmmj, Sympa, groups.io or Google Groups.",
        READ,
        50,
        "solicomm_build.features.migration.command",
    ),
)
