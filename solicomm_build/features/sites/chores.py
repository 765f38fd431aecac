"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Steps, Workplace, by_itself
from solicomm_build.features.sites.editing import contacts
from solicomm_build.features.sites.editing.sitenews import Newsroom


def _news(place: Workplace) -> Steps:
    return by_itself(
        Newsroom(
            place.office.config, place.log, place.office.watch, place.looks.of("site-news")
        ).run
    )


CHORES = (
    Chore(
        90,
        lambda place: partial(contacts.steps, place.office, place.looks.of("contacts")),
        event="contact",
    ),
    Chore(110, _news),
)
