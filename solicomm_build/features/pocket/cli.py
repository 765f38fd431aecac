"""Commands of the shell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
_TAKE_AWAY = ("moderate", "redact", "remove")


def after(root: Path, words: Sequence[str]) -> None:
    """Has the files that the hub offers go at once with what a command took away."""
    if words and words[0] in _TAKE_AWAY:
        from solicomm_build.features.pocket.offering import leaving
        from solicomm_build.foundation.hub import hubyaml

        leaving.withdraw(hubyaml.load(root))


AFTER = after
