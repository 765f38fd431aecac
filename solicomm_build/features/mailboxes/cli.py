"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import BEGIN, PEOPLE, Command

COMMANDS = (
    Command(
        "mailbox",
        "Give people addresses at this hub.",
        PEOPLE,
        20,
        "solicomm_build.features.mailboxes.command",
    ),
    Command(
        "mta-maps",
        "Tell Postfix and Dovecot about this hub.",
        BEGIN,
        50,
        "solicomm_build.features.mailboxes.mapscommand",
    ),
)
