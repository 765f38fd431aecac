"""What hosts of a hub change of its look, in My hub."""

from __future__ import annotations

from solicomm_build.features.look.looksection import Look

MINE = (Look,)
