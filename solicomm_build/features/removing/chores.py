"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, by_itself
from solicomm_build.features.removing import ending

CHORES = (
    Chore(
        96,
        lambda place: by_itself(
            partial(ending.run, place.office.config, place.looks.of("removing"))
        ),
    ),
)
