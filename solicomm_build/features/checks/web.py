"""What hosts of the hub see of how it is doing, in My hub."""

from __future__ import annotations

from solicomm_build.features.checks.hostsection import HubHealth

MINE = (HubHealth,)
