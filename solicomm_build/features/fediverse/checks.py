"""What `solicomm check` looks at of the fediverse."""

from __future__ import annotations

from solicomm_build.features.fediverse.reporting import look
from solicomm_build.foundation.hub.finding import Check

CHECKS = (Check("fediverse", "fediverse", look),)
