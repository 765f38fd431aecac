"""Commands of the shell."""

from __future__ import annotations

from solicomm_build.cli.commands import DAILY, Command, Restorer

_BRING = "solicomm_build.features.backup.bringcommand"
RESTORERS = tuple(Restorer(scheme, _BRING, whole=True) for scheme in ("", "restic", "sftp", "s3"))

COMMANDS = (
    Command(
        "backup",
        "Back up the whole hub, sealed, while it works.",
        DAILY,
        54,
        "solicomm_build.features.backup.command",
    ),
)
