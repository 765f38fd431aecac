"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import READ, Command

COMMANDS = (
    Command(
        "redact",
        "Hide a post and say why.",
        READ,
        80,
        "solicomm_build.features.privacy.redactcommand",
    ),
    Command(
        "erase",
        "Erase a message or a person for good.",
        READ,
        90,
        "solicomm_build.features.privacy.erasecommand",
    ),
)
