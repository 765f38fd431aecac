"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Looked, by_itself
from solicomm_build.features.tracing import emptying, setaside

CHORES = (
    Chore(95, lambda place: partial(setaside.steps, place.office, Looked()), event="set-aside"),
    Chore(
        95, lambda place: by_itself(partial(emptying.run, place.office.config, Looked(), place.log))
    ),
)
