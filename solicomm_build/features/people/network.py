"""Cards of people who want to be seen at other hubs, and theirs here."""

from __future__ import annotations

from solicomm_build.features.people import elsewhere

SAYS = {"people": elsewhere.said}
HEARS = {"people": elsewhere.heard}
