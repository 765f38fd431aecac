"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import READ, Command, Source

COMMANDS = (
    Command(
        "stick",
        "Write the hub onto a stick that opens without a server.",
        READ,
        32,
        "solicomm_build.features.pocket.stickcommand",
    ),
    Command(
        "zim",
        "Write the hub into a file for Kiwix.",
        READ,
        34,
        "solicomm_build.features.pocket.zimcommand",
    ),
)
SOURCES = (
    Source(
        "stick",
        "Begin with what a stick of `solicomm stick` holds.",
        "solicomm_build.features.pocket.stick.founding",
    ),
)
