"""What a command of the shell decides for the desk: written down and carried out at once, so that a
kill in between repeats nothing."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from solicomm_build.desk import answer, hooks
from solicomm_build.desk.ledger import Ledger
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Plan
from solicomm_build.desk.run import CONSUMER
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ConflictError, ContentError
from solicomm_build.message.address import key

_TRIES = 9


def carry_out(office: Office, cause: str, plan: Plan) -> None:
    """Carries out a plan with its letters; the caller holds the roster. Durable on return. Who
    writes there without holding it, as bounces do, changes nothing that such a plan stands on, so
    it is tried again after them. Raises ConflictError when they write each time."""
    domain, now = office.config.domain, clock.now()
    mails = [
        answer.item(letter, None, domain=domain, cause=cause, now=now)
        for letter in plan.letters
        if answer.reaches(letter.to)
    ]
    ledger = Ledger(office.config, CONSUMER, hooks.deeds())
    try:
        for _ in range(_TRIES):
            if ledger.carry_out(cause, plan, mails, tip=ledger.repo("roster").ref()):
                ledger.forget(cause)
                return
        raise ConflictError("others write to the roster all the time. Try again")
    finally:
        ledger.close()


def lately(office: Office, kind: str, conference: str, days: timedelta) -> set[str]:
    """The addresses, by their keys, with a token of an action that was given for so many `days`
    within the last one. Carries out first what killed commands with causes `<kind>-…` have left;
    the caller holds the roster."""
    ledger = Ledger(office.config, CONSUMER, hooks.deeds())
    try:
        for path in sorted((office.config.spool_desk / "plans").glob(f"{kind}-*.json")):
            with contextlib.suppress(ContentError, LookupError, TypeError, ValueError):
                if ledger.settled(path.stem):  # one that is damaged the desk sets aside
                    ledger.forget(path.stem)
    finally:
        ledger.close()
    now = clock.now()
    return {
        key(one.address)
        for _, one in office.roster().tokens.facts.open_for(kind, now)
        if one.conference == conference and one.expires > now + days - timedelta(days=1)
    }
