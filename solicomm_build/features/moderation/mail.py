"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.moderation import moderation
from solicomm_build.people.address import Purpose

ACTS = {Purpose.MODERATE: Act(moderation.answered)}
