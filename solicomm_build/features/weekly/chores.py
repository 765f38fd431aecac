"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.weekly import summing

CHORES = (
    Chore(
        80,
        lambda place: partial(summing.steps, place.office, place.looks.of("weekly")),
        event="weekly",
    ),
)
