"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import BEGIN, Command

COMMANDS = (
    Command("init", "Make a hub.", BEGIN, 10, "solicomm_build.features.founding.initcommand"),
    Command(
        "new",
        "Add a conference, list, library or union.",
        BEGIN,
        30,
        "solicomm_build.features.founding.newcommand",
    ),
)
