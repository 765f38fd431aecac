"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, STAGE, Command, Importer, Restorer

IMPORTERS = (Importer("solicomm_build.features.network.judging.homecoming"),)
RESTORERS = (Restorer("peer", "solicomm_build.features.network.restoring.restoring"),)

COMMANDS = (
    Command(
        "peer",
        "Share conferences with other hubs.",
        DAILY,
        60,
        "solicomm_build.features.network.command",
    ),
    Command(
        "network",
        "Keep up with other hubs only.",
        STAGE,
        75,
        "solicomm_build.features.network.stagecommand",
    ),
)
