"""What conferences show of it."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.health.planned import HealthPages

PARTS = (PartOf("health", 20, HealthPages),)
