"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, by_itself
from solicomm_build.features.operating import ending
from solicomm_build.features.operating.doing import Doing

CHORES = (
    Chore(98, lambda place: by_itself(Doing(place.office.config).run)),
    Chore(
        99,
        lambda place: partial(ending.steps, place.office, place.looks.of("operating")),
        event="operating",
    ),
)
