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
    stopped = _stopped(folded, text)
    returns = folded.ledger(Returns)
    for number, member in sorted(folded.members.items()):
        if domain and rules.domain_of(member.address) != domain:
            continue
        if any(one.at >= text for one in returns.bounces(number)):
            yield rosterevents.bounces_forgotten(number, at=now, by=BY, since=text)
        for name in stopped.get(number, ()):
            yield rosterevents.state(number, "active", at=now, by=BY, conference=name)


def _stopped(folded: Roster, since: str) -> dict[int, list[str]]:
    """Where mail to whom was stopped by bounces since a moment, by number; "" for everywhere."""
    found: dict[int, list[str]] = {}
    away = (one for one in folded.members.values() if one.state == "disabled")
    everywhere = [(one, folded.state(one.number)) for one in away]
    lists = ((name, people.idle()) for name, people in folded.subscriptions.items())
    for name, some in (("", everywhere), *lists):
        for member, status in some:
            if status.state == "disabled" and status.reason == BY and status.since >= since:
                found.setdefault(member.number, []).append(name)
    return found
