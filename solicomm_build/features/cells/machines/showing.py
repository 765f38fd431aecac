"""How the machines of a hub stand, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.cli.asking import counted
from solicomm_build.features.cells.machines import survey
from solicomm_build.features.cells.machines.survey import Machine, Survey
from solicomm_build.foundation.hub.cluster.members import Member
from solicomm_build.foundation.hub.config import Config


def lines(config: Config, found: Survey) -> Iterator[str]:
    """All but what is wrong."""
    yield f"This machine is {found.node}"
    for machine in found.machines or ():
        yield f"machine {machine.name}  {_machine(config, machine)}"
    for cell in found.cells or ():
        waits = f"{counted(cell.lag, 'mail')} in line here" if cell.lag else "nothing in line here"
        yield f"cell {cell.cell}  {cell.owner}  epoch {cell.epoch}  {waits}"
    for row in found.followers:
        name = survey.place_of(config.cluster.git.names, row.place)
        yield f"followers at {name}  {row.state}: {row.says}"
    if found.store is not None:
        yield f"store {found.store.endpoint}  {'answers' if found.store.answers else 'SILENT'}"
    for relay in found.relays:
        over = f", passed over here: {relay.passed_over}" if relay.passed_over else ""
        says = f"AWAY: it {relay.trouble}" if relay.trouble else "answers"
        yield f"relay {relay.address}  {says}{over}"
    for member in found.etcd:
        yield f"etcd {member.address}  {_member(member)}"


def _machine(config: Config, found: Machine) -> str:
    if not found.is_there:
        return "NOT THERE"
    if not found.cells:
        has = "stands by"
    elif config.cluster.divided:
        has = f"has cells {', '.join(map(str, found.cells))}"
    else:
        has = "has the hub"
    version = f"  SoliComm {found.version}" if found.version else ""
    return f"{found.host}{version}  {has}"


def _member(found: Member) -> str:
    if not found.answers:
        return "SILENT"
    clock = "" if found.ahead is None else f", its clock {found.ahead:+.1f} s"
    leads = ", leads" if found.leads else ""
    return f"{found.version}{leads}{'' if found.has_majority else ', NO MAJORITY'}{clock}"
