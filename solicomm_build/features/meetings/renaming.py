"""What follows a conference that gets another id."""

from __future__ import annotations

PLACES = ("meetings/%s",)
