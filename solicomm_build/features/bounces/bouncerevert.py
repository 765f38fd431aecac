"""Takes back what bounces have cost since a moment, for when we were the trouble.

The rules: docs/mail-rules.md#bounces.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.bouncewaiting import BY
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import rosterevents
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event
from solicomm_build.people.rosterstore import RosterStore


def revert(config: Config, since: datetime, *, domain: str = "") -> int:
    """Takes back what bounces since a moment have cost (E8.5): they no longer count, and members
    who lost their mail by them get it again. Only for one domain if it is named. Returns how many
    members that was for. Durable on return."""
    store = RosterStore.of(config)
    try:
        events = list(_reverted(store.roster(), since, domain.lower()))
        if events:
            store.append(events, at=clock.now(), subject="Take back what bounces have cost")
    finally:
        store.close()
    return len({event.data["number"] for event in events})


def _reverted(folded: Roster, since: datetime, domain: str) -> Iterator[Event]:
    now, text = clock.now(), rules.time_text(since)
    for number, member in sorted(folded.members.items()):
        if domain and rules.domain_of(member.address) != domain:
            continue
        if any(one.at >= text for one in folded.ledger(Returns).bounces(number)):
            yield rosterevents.bounces_forgotten(number, at=now, by=BY, since=text)
        for name in ("", *folded.subscriptions):
            if name and number not in folded.subscriptions[name]:
                continue
            status = folded.state(number, name)
            if status.state == "disabled" and status.reason == BY and status.since >= text:
                yield rosterevents.state(number, "active", at=now, by=BY, conference=name)
