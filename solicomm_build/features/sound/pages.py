"""What conferences show of it."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.sound.planned import Podcast

PARTS = (PartOf("sound", 70, Podcast),)
