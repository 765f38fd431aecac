"""Makes a member an operator, and takes the role away: a signed fact, as every role is.

The first operator is the address in hub.yaml, and stays so whatever is done here. Two operators are
two mailboxes: an address that leads to one's own, as far as the hub can tell, is refused.
"""

from __future__ import annotations

import contextlib

from solicomm_build.desk import atonce
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Plan
from solicomm_build.features.operating import choosing, telling
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import grants, persons, rosterevents
from solicomm_build.people.membership import MACHINE, RUNS_IT, Member
from solicomm_build.people.memberstore import OPERATOR, changing
from solicomm_build.people.operators import staff
from solicomm_build.people.operators.operator import Operator
from solicomm_build.people.operators.second import Wanted
from solicomm_build.people.roster import HUB, Roster


def added(config: Config, address: str) -> Wanted:
    """What adding would do. Raises HubError when this address cannot be an operator's."""
    with contextlib.closing(Office(config)) as office:
        member = _fit(config, office.roster(), address)
    return _wanted("operator-add", "add", member)


def removed(config: Config, address: str) -> Wanted:
    """What removing would do. Raises HubError when it is no operator by a grant, or the last."""
    with contextlib.closing(Office(config)) as office:
        member = _granted(config, office.roster(), address)
    return _wanted("operator-remove", "remove", member)


def add(config: Config, address: str) -> None:
    """Does it, and tells all; durable on return. Raises HubError."""
    with contextlib.closing(Office(config)) as office, changing(config):
        roster, now = office.roster(), clock.now()
        member = _fit(config, roster, address)
        events = [rosterevents.role(MACHINE, member.number, RUNS_IT, at=now, by=OPERATOR)]
        if roster.persons.of(member.number) is None:
            events.insert(0, rosterevents.person(member.number, persons.mint(), at=now))
        who = Operator(member.address, member.number)
        choosing.forget(config, roster, who)
        plan = Plan(tuple(events), (), telling.changed(office, who, is_one=True), "Add an operator")
        atonce.carry_out(office, f"operator-{member.number}-{now:%Y%m%dT%H%M%S%f}", plan)
    grants.settle(config)


def remove(config: Config, address: str) -> None:
    """Takes the role away, and tells all; durable on return. Raises HubError."""
    with contextlib.closing(Office(config)) as office, changing(config):
        roster, now = office.roster(), clock.now()
        member = _granted(config, roster, address)
        event = rosterevents.role(MACHINE, member.number, "", at=now, by=OPERATOR)
        who = Operator(member.address, member.number)
        letters = telling.changed(office, who, is_one=False)
        plan = Plan((event,), (), letters, "Remove an operator")
        atonce.carry_out(office, f"operator-{member.number}-{now:%Y%m%dT%H%M%S%f}", plan)
    grants.settle(config)


def _wanted(kind: str, word: str, member: Member) -> Wanted:
    from solicomm_build.cli.asking import masked

    return Wanted(
        kind=kind,
        about=f"{member.name} <{member.address}>" if member.name else member.address,
        words=("operator", word, member.address),
        kept=("operator", word, masked(member.address)),
        holds={"number": member.number},
        person=member.address,
    )


def _fit(config: Config, roster: Roster, address: str) -> Member:
    member = roster.member(address)
    if member is None or member.state != "active":
        raise HubError(f"no member here has the address {address}. Add or invite the person first")
    if roster.is_banned(HUB, member.address):
        raise HubError(f"{address} is banned from the whole hub")
    for one in staff.every(config, roster):
        if one.number == member.number:
            raise HubError(f"{address} is an operator already")
        if _mailbox(config, roster, address) == _mailbox(config, roster, one.address):
            raise HubError(
                f"{address} leads to the mailbox of {one.address}, who is an operator already: a "
                "second yes must come from another person"
            )
    return member


def _mailbox(config: Config, roster: Roster, address: str) -> str:
    """Where mail to an address goes in the end, as far as the hub knows."""
    for _ in range(5):
        local, _, domain = staff.mailbox(address).rpartition("@")
        rule = roster.mailbox(local if domain == config.domain else f"{local}@{domain}")
        if rule is None or not rule.forward:
            break
        address = rule.forward
    return staff.mailbox(address)


def _granted(config: Config, roster: Roster, address: str) -> Member:
    member = roster.member(address)
    if member is None or roster.roles.get((MACHINE, member.number)) != RUNS_IT:
        known = staff.of(config, roster, address)
        if known is not None and known.is_named:
            raise HubError(f"{address} is the operator in hub.yaml: change `operator:` there")
        raise HubError(f"{address} is no operator")
    if staff.is_last(config, roster, member.number):
        raise HubError(f"{address} is the last operator. Add another one first")
    return member
