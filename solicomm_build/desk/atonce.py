"""What a command of the shell decides for the desk: written down and carried out at once, so that a
kill in between repeats nothing."""

from __future__ import annotations

from solicomm_build.desk import answer, hooks
from solicomm_build.desk.ledger import Ledger
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Plan
from solicomm_build.desk.run import CONSUMER
from solicomm_build.foundation import clock


def carry_out(office: Office, cause: str, plan: Plan) -> None:
    """Carries out a plan with its letters; the caller holds the roster. Durable on return."""
    domain, now = office.config.domain, clock.now()
    mails = [
        answer.item(letter, None, domain=domain, cause=cause, now=now)
        for letter in plan.letters
        if answer.reaches(letter.to)
    ]
    ledger = Ledger(office.config, CONSUMER, hooks.deeds())
    try:
        ledger.carry_out(cause, plan, mails, tip=ledger.repo("roster").ref())
        ledger.forget(cause)
    finally:
        ledger.close()
