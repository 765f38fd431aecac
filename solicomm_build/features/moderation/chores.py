"""What is done unasked."""

from __future__ import annotations

from functools import partial

from solicomm_build.desk.chores import Chore, Looked, Steps, Workplace, by_itself
from solicomm_build.features.moderation import moderation, requestchores, shutout
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import grants

_REST = 10.0  # seconds between two looks for roles that are no facts yet


def _moderate(place: Workplace) -> Steps:
    looked, queues = place.looks.of("moderation"), moderation.Queues()
    return partial(moderation.steps, place.office, place.ledger, looked, queues)


def _settle(config: Config, looked: Looked[None]) -> bool:
    """Makes facts of roles that whoever gave them left: a chore, an import, or a command that was
    cut; whether there were any."""
    return not looked.rests(_REST) and grants.settle(config) > 0


def _shut_out(place: Workplace) -> Steps:
    return partial(shutout.steps, place.office, place.looks.of("shut-out"))


def _requests(place: Workplace) -> Steps:
    return partial(requestchores.steps, place.office, place.looks.of("requests"))


CHORES = (
    Chore(20, _moderate, reads="mail", event="moderation"),
    Chore(21, _requests, event="moderation"),
    Chore(
        98, lambda place: by_itself(partial(_settle, place.office.config, place.looks.of("roles")))
    ),
    Chore(99, _shut_out, event="shut-out"),
)
