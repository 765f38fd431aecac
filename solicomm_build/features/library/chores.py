"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.library.deposits import reviewing

CHORES = (
    Chore(30, lambda place: partial(reviewing.steps, place.office, place.looks.of("deposits"))),
)
