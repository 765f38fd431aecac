"""What `solicomm check` looks at of a hub's machines, and what the operator hears of it."""

from __future__ import annotations

from solicomm_build.features.cells.machines.troubles import check, watch
from solicomm_build.foundation.hub.finding import Check

CHECKS = (Check("machines", "Machines", check),)
WATCHED = (Check("machines", "Machines", watch, patient=True),)
