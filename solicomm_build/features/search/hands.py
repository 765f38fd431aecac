"""What of the search other machines may do in a full build."""

from __future__ import annotations

from solicomm_build.features.search import index, lending

WORKS = {lending.WORK: index.made_apart}
AHEAD = lending.ahead
