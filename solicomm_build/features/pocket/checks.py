"""What `solicomm check` looks at of sticks: what there is to take along, and letters of them."""

from __future__ import annotations

from solicomm_build.features.pocket.letters import onward
from solicomm_build.features.pocket.offering.watching import look
from solicomm_build.foundation.hub.finding import Check

_TAKE = Check("take", "to take along", look)
CHECKS = (_TAKE, Check("stick-letters", "stick letters", onward.look))
WATCHED = (_TAKE, Check("stick-letters", "stick letters", onward.lasting))
