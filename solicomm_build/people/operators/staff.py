"""Who runs the hub: the address under `operator` in hub.yaml, and members with a grant of it.

    hub.yaml: operator               ─┐
    roster.git: `role` of `@hub`     ─┴→ every

The first one is named by whoever keeps the machine; the others are members whom the roster gives
the role `operator`, a signed fact as every role is (people/grants.py). What reaches the operator
reaches all of them, but who chose to get less (mails.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people.membership import MACHINE, RUNS_IT
from solicomm_build.people.operators import mails
from solicomm_build.people.operators.operator import Operator
from solicomm_build.people.roster import HUB, Roster


def every(config: Config, roster: Roster) -> tuple[Operator, ...]:
    """All of them: first the one of hub.yaml, then the others by number."""
    found: list[Operator] = []
    if config.operator:
        known = roster.member(config.operator)
        found.append(Operator(config.operator, known.number if known else 0, is_named=True))
    own = {one.number for one in found} - {0}
    more = (one for one in roster.operators() if one.number not in own)
    return (*found, *(Operator(one.address, one.number) for one in more))


def told(config: Config, roster: Roster, *, urgent: bool = False) -> tuple[Operator, ...]:
    """To whom what is for the operator goes, as each chose; empty when nobody runs the hub."""
    return mails.told(mails.read(config), every(config, roster), urgent=urgent)


def addresses(config: Config, roster: Roster, *, urgent: bool = False) -> list[str]:
    """Their addresses."""
    return [one.address for one in told(config, roster, urgent=urgent)]


def of(config: Config, roster: Roster, address: str) -> Operator | None:
    """The operator with this address; None for anybody else."""
    wanted = key(address)
    return next((one for one in every(config, roster) if key(one.address) == wanted), None)


def decides(config: Config, roster: Roster, letter_to: str, number: int) -> bool:
    """Whether who got a letter as an operator, as member `number` or 0, is one still."""
    found = of(config, roster, letter_to)
    return found is not None and number in (0, found.number)


def looks_after(config: Config, address: str, roles: Mapping[str, str]) -> bool:
    """Whether a member with these roles, by place, looks after the hub: an operator, or a host of
    the whole hub."""
    if address and key(address) == key(config.operator or ""):
        return True
    return roles.get(MACHINE) == RUNS_IT or roles.get(HUB) == "host"


def is_same(one: Operator, other: Operator) -> bool:
    """Whether two are one person, as far as addresses tell: by the number, or by the mailbox."""
    if one.number and one.number == other.number:
        return True
    return mailbox(one.address) == mailbox(other.address)


def mailbox(address: str) -> str:
    """The mailbox that an address leads to, as far as it tells: `ana+x@` is `ana@` in most."""
    local, _, domain = key(address).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def is_last(config: Config, roster: Roster, number: int) -> bool:
    """Whether nobody would run the hub without the grant of a member."""
    held = every(config, roster)
    return [one.number for one in held if not one.is_named] == [number] and len(held) == 1
