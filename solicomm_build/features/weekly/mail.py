"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.features.weekly import summing
from solicomm_build.people.address import Purpose

POSTED = {Purpose.POST: summing.posted}
CONFIRMED = {summing.CONFIRM: summing.confirmed}
WORK = frozenset({"weekly"})
