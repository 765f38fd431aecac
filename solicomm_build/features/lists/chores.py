"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.lists import following

CHORES = (
    Chore(10, lambda place: partial(following.steps, place.office, place.ledger), reads="roster"),
)
