"""What is done unasked."""

from __future__ import annotations

from solicomm_build.desk.chores import Chore, by_itself
from solicomm_build.features.health.delays import Delays

CHORES = (
    Chore(
        70, lambda place: by_itself(Delays(place.office, place.log, place.looks.of("delays")).run)
    ),
)
