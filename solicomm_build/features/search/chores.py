"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Looked
from solicomm_build.features.search.saved import mailing

CHORES = (
    Chore(
        85,
        lambda place: partial(mailing.steps, place.office, Looked()),
        event="saved-search",
        one_by_one=True,
    ),
)
