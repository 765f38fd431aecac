"""What follows a list that gets another id, and goes when the list has gone for good: what waited
for a moderator where it comes from, and marks of it (heldfile.py)."""

from __future__ import annotations

PLACES = ("migration/%s-held.mbox", "migration/%s-held.seen")
