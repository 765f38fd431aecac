"""Cards of the sample network's people."""

from __future__ import annotations

from solicomm_build.features.people import peoplecards
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterstore import RosterStore


def _plant(found: Config) -> None:
    for path in sorted((data.folder("content") / "people").glob("*.yaml")):
        peoplecards.put(found, path.stem, path.read_bytes(), b"", clock.now())


def _give(found: Config) -> None:
    """Has the roster know whose cards the directory of people shows."""
    store = RosterStore.of(found)
    lines = (data.folder("content") / "people" / "holders.txt").read_text("utf-8").splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    try:
        members, events = store.roster(), []
        for card, address in pairs:
            member, shown = members.member(address), peoplecards.one(found, card)
            if member is not None and shown is not None:
                agreed, contact = rosterevents.Consent("owner", "sample"), shown[0].contact
                events.append(
                    rosterevents.card(member.number, card, contact, at=clock.now(), consent=agreed)
                )
        store.append(events, at=clock.now(), subject="Give cards to their people")
    finally:
        store.close()


PLANT = _plant
GIVE = _give
