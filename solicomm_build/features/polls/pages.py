"""What conferences show of it."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.polls.fronting import front
from solicomm_build.features.polls.planned import NAME, PollPages

PARTS = (PartOf(NAME, 30, PollPages),)
FRONT = front
