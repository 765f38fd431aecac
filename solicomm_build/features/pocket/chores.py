"""What is done unasked."""

from __future__ import annotations

from solicomm_build.desk.chores import Chore, Steps, Workplace, by_itself
from solicomm_build.features.pocket.offering.watching import Offering


def _offer(place: Workplace) -> Steps:
    return by_itself(Offering(place.office.config).run)


CHORES = (Chore(120, _offer),)
