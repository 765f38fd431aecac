"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.search.saved import mailing

CHORES = (
    Chore(
        85,
        lambda place: partial(mailing.steps, place.office, place.looks.of("saved-search")),
        event="saved-search",
        one_by_one=True,
    ),
)
