"""Tokens with which a member reads a closed conference by git: made and ended by the member.

A token opens one conference, for reading, and only as long as its member may read there
(post/store/readers.py). It stands in `private/access.git` like any other, by person id.
"""

from __future__ import annotations

from datetime import timedelta

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import access, persons, rosterevents
from solicomm_build.people.gittoken import Grant
from solicomm_build.people.memberstore import changing
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store.readers import Readers

LASTS = timedelta(days=365)


def issue(config: Config, readers: Readers, number: int, conference: str, lang: str) -> str:
    """A new token of a member for a conference. The one before it ends. Blocking."""
    person = _person(config, readers, number)
    for grant in of(config, readers, number):
        if grant.opens(f"conferences/{conference}"):
            access.revoke(config, grant.id)
    _, secret = access.issue(
        config,
        person,
        [f"conferences/{conference}"],
        write=False,
        lang=lang,
        expires=clock.now() + LASTS,
        member=True,
    )
    return secret


def of(config: Config, readers: Readers, number: int) -> list[Grant]:
    """The live tokens that a member made."""
    person = readers.person(number)
    if person is None:
        return []
    grants = access.Access(config).grants().of_person(person, clock.now())
    return [grant for grant in grants if grant.member]


def revoke(config: Config, readers: Readers, number: int, identifier: str) -> None:
    """Ends a token, if it is one of the member's own. Blocking."""
    if any(grant.id == identifier for grant in of(config, readers, number)):
        access.revoke(config, identifier)


def _person(config: Config, readers: Readers, number: int) -> str:
    """The member's person id, given now if there was none."""
    known = readers.person(number)
    if known is not None:
        return known
    with changing(config):
        known = readers.person(number)
        if known is None:
            known, now = persons.mint(), clock.now()
            store = RosterStore.of(config)
            try:
                event = rosterevents.person(number, known, at=now)
                store.append([event], at=now, subject="Give a person id", source="web")
            finally:
                store.close()
    return known
