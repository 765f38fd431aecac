"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.topics import notices

CHORES = (
    Chore(40, lambda place: partial(notices.steps, place.office, place.looks.of("unheeded"))),
)
