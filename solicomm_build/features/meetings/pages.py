"""What conferences show of meetings."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.meetings.fronting import front
from solicomm_build.features.meetings.planned import MeetingPages

PARTS = (PartOf("meetings", 35, MeetingPages),)
FRONT = front
