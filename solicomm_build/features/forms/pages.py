"""What conferences show of it."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.forms.planned import FormPages

PARTS = (PartOf("forms", 40, FormPages),)
