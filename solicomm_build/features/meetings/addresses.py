"""`<list>-meeting@`, and the addresses with a token of those who are invited and of moderators."""

from __future__ import annotations

from solicomm_build.features.meetings import rsvpaddress
from solicomm_build.features.meetings.rsvpaddress import ANSWER, ASK, CHAIR
from solicomm_build.foundation import keys
from solicomm_build.people.address import ListAddress
from solicomm_build.people.addresses import Finder, Kind


def _known(finder: Finder, local: str) -> ListAddress | None:
    found = rsvpaddress.split(local)
    if found is None:
        return None
    made = rsvpaddress.member(keys.token_key(finder.config.keys), found)
    return found if made is not None else None


KINDS = (
    Kind(
        12,
        _known,
        first=True,
        judged=True,
        desk=frozenset({ASK, ANSWER, CHAIR}),
        reserved=frozenset({ANSWER, CHAIR}),
        local_parts=lambda config: (ANSWER, CHAIR),
        unsure=f"({ANSWER}|{CHAIR})",
    ),
)
SUFFIXES = {ASK: ASK}
