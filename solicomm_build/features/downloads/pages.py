"""What conferences show of it."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.downloads.planned import Downloads

PARTS = (PartOf("month", 60, Downloads),)
