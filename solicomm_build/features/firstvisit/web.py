"""What the operator of a new hub sees in My hub."""

from __future__ import annotations

from solicomm_build.features.firstvisit.visiting import FirstVisit

MINE = (FirstVisit,)
