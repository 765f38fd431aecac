"""Where a message came from, when it was no mail at first."""

from __future__ import annotations

ORIGIN, PAGE = "X-SoliComm-Origin", "page"
"""The field, and what it says, of a message that the hub made of what somebody wrote on a page: its
From names a person whose provider never saw it. Copies lose the field (listcopy.py)."""
