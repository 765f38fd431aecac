"""What `solicomm check` looks at of the network."""

from __future__ import annotations

from solicomm_build.features.network.sealed import mailport
from solicomm_build.features.network.watching import lasting, look
from solicomm_build.foundation.hub.finding import Check

CHECKS = (Check("network", "network", look), mailport.CHECK)
WATCHED = (Check("network", "network", lasting),)
