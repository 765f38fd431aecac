"""What follows a conference that gets another id."""

from __future__ import annotations

PLACES = ("reminders/shut-out/%s",)
