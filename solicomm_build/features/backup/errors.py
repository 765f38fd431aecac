"""What goes wrong with backups, in words for the operator."""

from __future__ import annotations

from solicomm_build.foundation.errors import StoreError


class BackupError(StoreError):
    """A backup cannot be made, read or used: says the place, the fault and the remedy."""
