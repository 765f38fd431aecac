"""Mail that came back, in My hub."""

from __future__ import annotations

from solicomm_build.features.bounces.returnedsection import Returned

MINE = (Returned,)
