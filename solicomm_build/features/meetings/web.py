"""Meetings, in My hub."""

from __future__ import annotations

from solicomm_build.features.meetings.onpage.meetingsection import OwnMeetings

MINE = (OwnMeetings,)
