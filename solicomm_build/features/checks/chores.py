"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.checks import watching

CHORES = (
    Chore(
        97,
        lambda place: partial(watching.steps, place.office, place.looks.of("watch")),
        event="watch",
    ),
)
