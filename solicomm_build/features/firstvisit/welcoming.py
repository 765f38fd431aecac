"""Lets the operator of a new hub in: nobody is a member yet, so nobody could sign in.

The address under `operator` in hub.yaml becomes a host of the whole hub. It was written there by
whoever keeps the machine, and a link to sign in goes to it by mail alone, as to every member.
"""

from __future__ import annotations

from datetime import timedelta

from solicomm_build.desk.chores import Looked
from solicomm_build.desk.office import Office
from solicomm_build.foundation import clock
from solicomm_build.message.address import is_valid
from solicomm_build.people import persons, rosterevents
from solicomm_build.people.memberstore import OPERATOR, changing
from solicomm_build.people.roster import HUB
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.web.mine import firststep

_REST = 10.0  # seconds between two looks
ENDS = timedelta(days=30)
"""Nobody is led any more so long after a hub was made."""


def run(office: Office, looked: Looked[None]) -> bool:
    """Lets the operator in, and forgets that a hub was new; whether there was anything to do."""
    if looked.rests(_REST) or (known := firststep.read(office.config)) is None:
        return False
    if clock.now() - known[0] >= ENDS:
        firststep.path(office.config).unlink(missing_ok=True)
        return True
    return _welcome(office)


def _welcome(office: Office) -> bool:
    address = office.config.operator
    if not address or not is_valid(address) or office.roster().member(address) is not None:
        return False
    with changing(office.config):
        store = RosterStore.of(office.config)
        try:
            roster, now = store.roster(), clock.now()
            if roster.member(address) is not None or office.is_ours(address):
                return False
            number, consent = roster.next_number, Consent("owner", "operator of the hub")
            events = [
                rosterevents.member(number, address, at=now, consent=consent),
                rosterevents.person(number, persons.mint(), at=now),
                rosterevents.role(HUB, number, "host", at=now, by=OPERATOR),
            ]
            store.append(events, at=now, subject="Let the operator in")
        finally:
            store.close()
    return True
