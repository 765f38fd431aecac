"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Looked, Steps, Workplace
from solicomm_build.features.moderation import moderation


def _moderate(place: Workplace) -> Steps:
    return partial(moderation.steps, place.office, place.ledger, Looked())


CHORES = (Chore(20, _moderate, reads="mail", event="moderation"),)
