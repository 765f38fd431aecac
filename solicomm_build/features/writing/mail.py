"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.features.writing import asking
from solicomm_build.people.address import Purpose

POSTED = {Purpose.POST: asking.posted}
