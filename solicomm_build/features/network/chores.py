"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Steps, Workplace
from solicomm_build.features.network.erasures import reminding


def _remind(place: Workplace) -> Steps:
    return partial(reminding.steps, place.office, place.looks.of("erasures"))


CHORES = (Chore(96, _remind, event="erasure-unconfirmed"),)
