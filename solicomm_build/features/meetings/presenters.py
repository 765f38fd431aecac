"""What shows the pages of meetings."""

from __future__ import annotations

from solicomm_build.features.meetings import shown

PRESENTERS = {"meetings": shown.listed, "meeting": shown.one}
