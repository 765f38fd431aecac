"""What is done unasked."""

from __future__ import annotations

from solicomm_build.desk.chores import Chore, by_itself
from solicomm_build.features.courses.opening import Courses

CHORES = (
    Chore(
        60, lambda place: by_itself(Courses(place.office, place.log, place.looks.of("courses")).run)
    ),
)
