"""What `solicomm check` looks at of what the hub offers to take along."""

from __future__ import annotations

from solicomm_build.features.pocket.offering.watching import look
from solicomm_build.foundation.hub.finding import Check

CHECKS = (Check("take", "to take along", look),)
WATCHED = CHECKS
