"""What conferences show of it."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.courses.bound import weeks
from solicomm_build.features.courses.planned import CoursePages

PARTS = (PartOf("course", 90, CoursePages),)
BOUND = {"course": weeks}
