"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Looked
from solicomm_build.features.tracing import setaside

CHORES = (
    Chore(95, lambda place: partial(setaside.steps, place.office, Looked()), event="set-aside"),
)
