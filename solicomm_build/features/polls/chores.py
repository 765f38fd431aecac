"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.polls import polling

CHORES = (
    Chore(
        100,
        lambda place: partial(polling.steps, place.office, place.looks.of("polls")),
        event="poll",
        one_by_one=True,
    ),
)
