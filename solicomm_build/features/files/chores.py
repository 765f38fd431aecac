"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore
from solicomm_build.features.files import telling

CHORES = (Chore(50, lambda place: partial(telling.steps, place.office)),)
