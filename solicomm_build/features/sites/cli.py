"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import READ, Command

COMMANDS = (
    Command(
        "site",
        "See what changed on union sites, go back, give them domains.",
        READ,
        10,
        "solicomm_build.features.sites.command",
    ),
)
