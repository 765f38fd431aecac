"""What the roster remembers of meetings."""

from __future__ import annotations

from solicomm_build.features.meetings.work import TYPE, MeetingWork

LEDGERS = {MeetingWork: frozenset({TYPE})}
