"""What a hub that is carried on a stick shows beside its own pages."""

from __future__ import annotations

from solicomm_build.features.pocket.onstick import packages
from solicomm_build.features.pocket.onstick.section import StickSection

SECTIONS = (StickSection(),)
FRONT = packages.front
