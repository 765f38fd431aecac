"""What a command is told that takes something away or brings it back: go on, or wait for a yes.

    one operator ─→ go on       --alone REASON ─→ all are told, go on
    --as ADDRESS ─→ a proposal, letters ─→ WaitsError       SOLICOMM_AGREED ─→ go on, as was agreed

Whoever has the shell of the hub can do anything to it. So `--as` is a claim, who is named hears of
it, and `--alone` is there: what this adds is that nothing of it happens unseen (ADR 0052).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

from solicomm_build.cli import owner
from solicomm_build.cli.asking import masked
from solicomm_build.desk import atonce
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Plan, Write
from solicomm_build.features.operating import acting, proposals, telling
from solicomm_build.features.operating.proposals import AGREED, DOING, DONE, WAITING, Proposal
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.oneline import one_line
from solicomm_build.people import grants
from solicomm_build.people.memberstore import changing
from solicomm_build.people.operators import staff
from solicomm_build.people.operators.operator import Operator
from solicomm_build.people.operators.second import Asking, WaitsError, Wanted, is_near
from solicomm_build.people.roster import Roster

_held = contextlib.ExitStack()
"""Says, as long as this process runs, that it does what was agreed to."""


def second(config: Config, wanted: Callable[[], Wanted], asking: Asking) -> None:
    """Returns when the command may go on. Raises WaitsError, UsageError, HubError."""
    if asking.agreed:
        _go_on(config, wanted(), asking.agreed)
        return
    with _office(config) as office:
        people = telling.everybody(office)
        if len(people) < 2:
            return
        me = staff.of(config, office.roster(), asking.by) if asking.by else None
        if asking.by and me is None:
            raise UsageError(f"{asking.by} is no operator. `solicomm operator list` says who is")
        if asking.alone.strip():
            _tell_all(office, wanted(), me, one_line(asking.alone, 300))
            return
        if me is None:
            raise UsageError(
                f"{len(people)} operators look after this hub, so this needs the yes of a second "
                "one. Say which of them you are: --as ADDRESS. When nobody else can be reached: "
                "--alone REASON"
            )
        _ask(office, wanted(), me, people)


def _ask(office: Office, wanted: Wanted, me: Operator, people: tuple[Operator, ...]) -> None:
    others = [one for one in people if not staff.is_same(one, me)]
    if wanted.lacks:
        raise UsageError(wanted.lacks)
    if not others:
        raise UsageError("no other operator has another mailbox. --alone REASON does it anyway")
    with changing(office.config):
        for known in proposals.every(office.config):
            if known.state == WAITING and (known.words, known.holds) == (
                wanted.words,
                dict(wanted.holds),
            ):
                raise WaitsError(f"it waits for a second yes already, as {known.id}")
        by, events = acting.named(office, me)
        one = proposals.new(wanted, me, by)
        plan = telling.asked(office, one, people) + Plan(
            events=events,
            writes=(Write.to_private(proposals.path(one.id), proposals.text(one)),),
            deeds=(acting.deed(one.by, ("ask", one.id, *one.kept), once=f"{one.id} ask"),),
        )
        atonce.carry_out(office, f"proposal-{one.id}", plan)
    names = " or ".join(telling.called(office, who) for who in others)
    raise WaitsError(
        f"nothing is done yet: it waits for the yes of {names}, who got a mail. It ends on "
        f"{one.until:%Y-%m-%d %H:%M} UTC. `solicomm operator waiting` shows it as {one.id}"
    )


def _tell_all(office: Office, wanted: Wanted, me: Operator | None, reason: str) -> None:
    """All hear of it before it is done, whatever becomes of it."""
    user = owner.doer()
    with changing(office.config):
        one = proposals.new(wanted, me or Operator(""), user)
        plan = Plan(
            letters=telling.alone(office, one, user, reason),
            deeds=(
                acting.deed(
                    acting.called(office.config, office.roster(), me) if me else user,
                    ("alone", *one.kept, masked(f"because: {reason}")),
                    once=f"{one.id} alone",
                ),
            ),
            subject="Tell of what is done alone",
        )
        atonce.carry_out(office, f"alone-{one.id}", plan)


def _go_on(config: Config, wanted: Wanted, identifier: str) -> None:
    """What was agreed to is done now, by this process, when it is still what was shown."""
    if proposals.find(config, identifier) is None:
        raise HubError(f"nothing was agreed to as {identifier}")
    if not _held.enter_context(safeio.locked(proposals.lock(config, identifier), blocking=False)):
        raise HubError(f"{identifier} is being done")
    with _office(config) as office, changing(config):
        one, roster = proposals.find(config, identifier), office.roster()
        if one is None or one.state not in (AGREED, DOING) or not one.is_whole:
            raise HubError(f"nothing was agreed to as {identifier}")
        if one.state == DOING and one.answered and wanted.is_done(one.answered):
            proposals.put(config, replace(one, state=DONE))
            sys.exit(0)
        if not (one.state == DOING and wanted.is_begun):
            _is_still(config, roster, one, wanted)
        proposals.put(config, replace(one, state=DOING, tries=one.tries + 1))
    point("operating.after-begun")


def _is_still(config: Config, roster: Roster, one: Proposal, wanted: Wanted) -> None:
    """Raises HubError when it is not what was shown, or who asked and agreed may not any more."""
    if staff.is_same(one.asker, one.second):
        raise HubError("who said yes is who asked")
    known = grants.read(config, settled=True, own=True)
    for who in (one.asker, one.second):
        now = staff.of(config, roster, who.address)
        person = roster.persons.of(who.number) if who.number else None
        is_signed = bool(person) and known.runs_hub(person or "", clock.now())
        if now is None or now.number != who.number or not (now.is_named or is_signed):
            raise HubError("who asked, or who said yes, is no operator any more")
    if one.words != wanted.words or dict(one.holds) != dict(wanted.holds):
        raise HubError("it is not what it was when it was shown. Ask again")
    if not is_near(one.counts, wanted.counts):
        raise HubError("the numbers are others than those that were shown. Ask again")


def after(config: Config, identifier: str) -> None:
    """What was agreed to is done. Durable on return."""
    point("operating.after-deed")
    with changing(config):
        one = proposals.find(config, identifier)
        if one is not None and one.state == DOING:
            proposals.put(config, replace(one, state=DONE))


@contextlib.contextmanager
def _office(config: Config) -> Iterator[Office]:
    with contextlib.closing(Office(config)) as office:
        yield office
