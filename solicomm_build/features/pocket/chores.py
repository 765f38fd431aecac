"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Steps, Workplace, by_itself
from solicomm_build.features.pocket.letters import sweeping, telling
from solicomm_build.features.pocket.offering.watching import Offering


def _offer(place: Workplace) -> Steps:
    return by_itself(Offering(place.office.config, place.looks.of("offering")).run)


def _sweep(place: Workplace) -> Steps:
    return by_itself(partial(sweeping.run, place.office.config, place.looks.of("letters-swept")))


def _tell(place: Workplace) -> Steps:
    return partial(telling.steps, place.office, place.looks.of("letters-told"))


CHORES = (Chore(120, _offer), Chore(121, _sweep), Chore(122, _tell, event="stick-letter"))
