"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import READ, Command

COMMANDS = (
    Command(
        "library",
        "Add documents, list them, withdraw them.",
        READ,
        20,
        "solicomm_build.features.library.command",
    ),
    Command(
        "shelf",
        "Write a library into a folder for a USB stick.",
        READ,
        30,
        "solicomm_build.features.library.shelfcommand",
    ),
)
