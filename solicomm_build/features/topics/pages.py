"""What conferences show of it."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.topics.labels import Labels

PARTS = (PartOf("labels", 70, Labels),)
