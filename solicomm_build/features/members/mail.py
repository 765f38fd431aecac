"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.members import signingin
from solicomm_build.people.address import Purpose

ACTS = {Purpose.LOGIN: Act(signingin.requested, is_short=True)}
LINKS = frozenset({Purpose.LOGIN})
