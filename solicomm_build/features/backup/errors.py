"""What goes wrong with backups, in words for the operator."""

from __future__ import annotations

from solicomm_build.foundation.errors import StoreError


class BackupError(StoreError):
    """A backup cannot be made, read or used: says the place, the fault and the remedy."""


def is_away(place: str) -> BackupError:
    """Of a place that had backups of this hub: begun anew it would hide that its disk is away."""
    return BackupError(
        f"{place} had backups, and has none now: is its disk there? Mount it. Where it shall begin"
        f" anew, first: solicomm backup forget {place}"
    )
