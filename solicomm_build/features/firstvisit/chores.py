"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, by_itself
from solicomm_build.features.firstvisit import welcoming

CHORES = (
    Chore(
        94,
        lambda place: by_itself(
            partial(welcoming.run, place.office, place.looks.of("first-visit"))
        ),
    ),
)
