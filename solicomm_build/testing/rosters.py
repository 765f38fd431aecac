"""What a roster comes to, as values that can be compared."""

from __future__ import annotations

from typing import Any

from solicomm_build.people.kept.book import TABLES
from solicomm_build.people.roster import Roster


def told(roster: Roster) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for what says how it came about."""
    found = {
        table: roster.book.rows(f"SELECT * FROM {table}")  # noqa: S608 - names of ours
        for table in TABLES
        if table not in ("meta", "facts", "refused")
    }
    found["facts"] = roster.book.rows("SELECT ledger, type, data FROM facts ORDER BY n")
    found["refused"] = roster.book.rows("SELECT type, at, data FROM refused ORDER BY n")
    return found
