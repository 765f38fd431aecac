"""What somebody is in a conference or library: what the grant says, or what the roster knows."""

from __future__ import annotations

from solicomm_build.foundation.errors import ContentError
from solicomm_build.gate.conferencefiles import RANKS
from solicomm_build.gate.push import Place, Pusher
from solicomm_build.people.proof import by_key


def rank_of(pusher: Pusher, place: Place) -> str:
    """The stronger of both, in RANKS. The roster knows people by their address."""
    known = "reader"
    if "@" in pusher.person:
        from solicomm_build.people.rosterstore import RosterStore

        store = RosterStore.of(place.config)
        try:
            known = store.roster().role(place.id, by_key(pusher.person))
        finally:
            store.close()
    return max(pusher.role or "reader", known, key=RANKS.index)


def lacks(rank: str, needed: str, path: str) -> ContentError | None:
    """The fault of somebody whose rank is too low for a file."""
    if RANKS.index(rank) >= RANKS.index(needed):
        return None
    if needed == "operator":
        fault = "what is there is never changed or taken away by a push"
        return ContentError(fault, file=path, remedy="Add a new file in its place")
    fault = f"this is for a {needed}, and you are a {rank} here"
    remedy = f"Ask the hub's operator for a token with --as {needed}"
    return ContentError(fault, file=path, remedy=remedy)
