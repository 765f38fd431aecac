"""What ends: proposals that are over are told to all and go; grants end with their members.

over ─→ one plan: letters to all, a line in the audit log, the file away
waiting, its time over ─→ lapsed, in the same plan
an operator who was removed or banned ─→ the grant taken away, letters to the others
another operator in hub.yaml ─→ letters to the one before and to all
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Deed, Plan, Write
from solicomm_build.features.operating import acting, proposals, telling
from solicomm_build.features.operating.proposals import (
    DONE,
    FAILED,
    LAPSED,
    OVER,
    WAITING,
    Proposal,
)
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import rosterevents
from solicomm_build.people.membership import MACHINE, RUNS_IT
from solicomm_build.people.operators.operator import Operator

GONE = "operating-over"
_NAMED = "reminders/operator"
"""The address of hub.yaml that the others know of, in `private/`."""
_REST = 10.0  # seconds between two looks at grants


def steps(office: Office, looked: Looked[None]) -> Iterator[Step]:
    """What is to be told now."""
    folder = office.config.private / proposals.FILES.folder
    is_right = timekeeping.is_right(office.config.state)
    for one in proposals.every(office.config) if folder.is_dir() else ():
        if one.state in OVER:
            yield Step(f"proposal-{one.id}-over", _over(office, one))
        elif one.state == WAITING and one.is_over(clock.now()) and is_right:
            yield Step(f"proposal-{one.id}-over", _over(office, replace(one, state=LAPSED)))
    if not looked.rests(_REST):
        yield from _grants(office)
        yield from _named(office)


def _over(office: Office, one: Proposal) -> Plan:
    """Tells what became of it, writes it down and lets it go, once."""
    words: tuple[str, ...] = (one.state, one.id)
    if one.state in (DONE, FAILED):
        words = (one.state, one.id, *one.kept)
    who, second = (one.by, one.second_by) if one.state in (DONE, FAILED) else ("hub", "")
    act = acting.deed(who, words, second=second, once=f"{one.id} over")
    gone = Deed(GONE, {"id": one.id})
    return Plan(
        letters=telling.over(office, one),
        deeds=(act, gone),
        subject=f"Tell what became of a proposal: {one.state}",
    )


def forget(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Lets a proposal go that is over. Safe to call twice."""
    identifier = str(facts["id"])
    proposals.FILES.forget(config, identifier)
    proposals.lock(config, identifier).unlink(missing_ok=True)


def _named(office: Office) -> Iterator[Step]:
    """Another address under `operator` in hub.yaml, where others have a grant: who is one no more
    hears of it, and so do they all."""
    config, now = office.config, clock.now()
    if not office.roster().operators():
        return
    path, named = config.private / _NAMED, config.operator or ""
    before = path.read_text("utf-8").strip() if path.exists() else None
    if before == named:
        return
    plan = Plan(writes=(Write.to_private(_NAMED, f"{named}\n"),), subject="Note who is named")
    for address, is_one in ((before, False), (named, True)) if before is not None else ():
        if address:
            act = ("operator", "named" if is_one else "not-named", acting.masked(address))
            plan += Plan(
                letters=telling.changed(office, Operator(address), is_one=is_one),
                deeds=(acting.deed("hub.yaml", act, once=f"{act} {now.isoformat()}"),),
            )
    yield Step(f"operator-named-{now:%Y%m%dT%H%M%S%f}", plan)


def _grants(office: Office) -> Iterator[Step]:
    """The grants of those who are here no more."""
    roster, now = office.roster(), clock.now()
    here = {one.number for one in roster.operators()}
    for (place, number), role in list(roster.roles.items()):
        if place != MACHINE or role != RUNS_IT or number in here:
            continue
        member = roster.members.get(number)
        event = rosterevents.role(MACHINE, number, "", at=now, by="hub")
        who = Operator(member.address if member else "", number)
        plan = Plan(
            events=(event,),
            letters=telling.changed(office, who, is_one=False) if who.address else (),
            deeds=(
                acting.deed(
                    "hub",
                    ("operator", "ends", acting.called(office.config, roster, who)),
                    once=f"ends {number} {now.isoformat()}",
                ),
            ),
            subject="End a grant",
        )
        yield Step(f"operator-ends-{number}", plan)
