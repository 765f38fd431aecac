"""What operators ask for, agree to and do, as the audit log has it (people/operators/acts.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from solicomm_build.cli import asking
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Deed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators import acts
from solicomm_build.people.operators.acts import Act
from solicomm_build.people.operators.operator import Operator
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event

DEED = "operating-act"


def called(config: Config, roster: Roster, one: Operator) -> str:
    """What the audit log calls an operator: by the person id, else by the masked address."""
    return (roster.persons.of(one.number) if one.number else None) or masked(one.address)


def named(office: Office, one: Operator) -> tuple[str, tuple[Event, ...]]:
    """Likewise, and the event that gives a member a person id who has none yet: it belongs into the
    same plan."""
    return office.person(one.number) if one.number else (masked(one.address), ())


def masked(address: str) -> str:
    """An address as the audit log may have it."""
    return asking.masked(address)


def deed(who: str, words: Sequence[str], *, once: str, second: str = "") -> Deed:
    """Has a plan write an act down; `once` is its name for good."""
    return Deed(DEED, {"who": who, "words": list(words), "second": second, "once": once})


def carry_out(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Writes it down. Safe to call twice."""
    act = Act(when, str(facts["who"]), tuple(map(str, facts["words"])), str(facts["second"]))
    acts.write(config.root, act, source="desk", once=str(facts["once"]))
