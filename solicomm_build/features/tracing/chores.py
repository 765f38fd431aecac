"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, by_itself
from solicomm_build.features.tracing import emptying, setaside

CHORES = (
    Chore(
        95,
        lambda place: partial(setaside.steps, place.office, place.looks.of("set-aside")),
        event="set-aside",
    ),
    Chore(
        95,
        lambda place: by_itself(
            partial(emptying.run, place.office.config, place.looks.of("emptying"), place.log)
        ),
    ),
)
