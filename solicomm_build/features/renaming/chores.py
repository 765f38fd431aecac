"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Steps, Workplace, by_itself
from solicomm_build.features.renaming import places, telling


def _finish(place: Workplace) -> Steps:
    return by_itself(partial(places.finish, place.office.config, place.looks.of("renaming")))


def _tell(place: Workplace) -> Steps:
    return partial(telling.steps, place.office, place.looks.of("renamed"))


CHORES = (Chore(5, _finish), Chore(97, _tell))
