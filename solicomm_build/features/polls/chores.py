"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Looked
from solicomm_build.features.polls import polling

CHORES = (
    Chore(
        100,
        lambda place: partial(polling.steps, place.office, Looked()),
        event="poll",
        one_by_one=True,
    ),
)
