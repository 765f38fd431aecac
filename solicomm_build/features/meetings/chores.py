"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.meetings.bymail import inviting

CHORES = (
    Chore(
        105,
        lambda place: partial(inviting.steps, place.office, place.looks.of("meetings")),
        event="meeting",
        one_by_one=True,
    ),
)
