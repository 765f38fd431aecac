"""A yes or a no to what waits: by a letter's token, by a command, or in My hub, which writes one.

Who says it is proved: a token went to that mailbox, a command needs proof. It counts when that is
an operator now, and for a yes another than who asked. All answers are taken one by one, by the desk
with the roster held, so the first one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from solicomm_build.desk import tokens
from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import NOTHING, Case, Plan, Write
from solicomm_build.features.operating import acting, proposals, telling, wording
from solicomm_build.features.operating.proposals import (
    AGREED,
    FAILED,
    REFUSED,
    WAITING,
    WITHDRAWN,
    Proposal,
)
from solicomm_build.foundation import clock
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Proven
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.operators import staff
from solicomm_build.people.operators.operator import Operator


@dataclass(frozen=True, slots=True)
class _Answered:
    """What follows; `wrong` says why nothing does, as a sentence."""

    plan: Plan = NOTHING
    wrong: str = ""
    about: Proposal | None = None


def said_yes(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """What a token of a letter leads to that came back, and not with a no. An answer without a yes
    in it, such as an empty one, gets the same question again: it may be a slip of the hand."""
    one = proposals.find(office.config, str(facts.data.get("proposal", "")))
    me = staff.of(office.config, office.roster(), facts.address)
    if not tokens.agrees(case) and one is not None and me is not None and one.state == WAITING:
        return telling.asked(office, one, [me])
    return _by_token(office, case, facts, yes=True)


def said_no(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """Likewise no."""
    return _by_token(office, case, facts, yes=False)


def _by_token(office: Office, case: Case, facts: TokenFacts, *, yes: bool) -> Plan:
    if case.proof is None:
        return NOTHING
    lang = telling.language(office, case.proof)
    found = _decided(office, case.proof, str(facts.data.get("proposal", "")), lang, yes=yes)
    if not found.wrong or case.web:
        return found.plan
    return found.plan + Plan(
        letters=(telling.answer(office, case.proof, found.wrong, found.about),)
    )


def agree(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`agree ID`."""
    return _by_command(office, person, command, yes=True)


def refuse(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`refuse ID`."""
    return _by_command(office, person, command, yes=False)


def _by_command(office: Office, person: Person, command: Command, *, yes: bool) -> Result:
    if person.proof is None:
        return Result(person)
    identifier = command.words[0].lower() if command.words else ""
    found = _decided(office, person.proof, identifier, person.lang, yes=yes)
    said = found.wrong
    if not said and found.about is not None:
        said = wording.outcome(person.lang, found.about)
    return Result(person, (said,), found.plan)


def _decided(office: Office, who: Proven, identifier: str, lang: str, *, yes: bool) -> _Answered:
    """What one answer leads to."""
    me = staff.of(office.config, office.roster(), who)
    one = proposals.find(office.config, identifier) if me else None
    if me is None or one is None:
        return _Answered(wrong=gettext(lang, "Nothing waits for your yes here any more."))
    if one.state != WAITING:
        over = wording.outcome(lang, one)
        return _Answered(wrong=over, about=one)
    if not one.is_whole:
        return _altered(office, one, lang)
    if one.is_over(clock.now()):
        return _Answered(wrong=gettext(lang, "It was too late for an answer."), about=one)
    is_mine = staff.is_same(me, one.asker)
    if is_mine and yes:
        wrong = gettext(lang, "You asked for this yourself, so another operator has to say yes.")
        return _Answered(wrong=wrong, about=one)
    after = AGREED if yes else WITHDRAWN if is_mine else REFUSED
    return _taken(office, replace(one, state=after), me)


def _taken(office: Office, one: Proposal, me: Operator) -> _Answered:
    """The answer counts."""
    by, events = acting.named(office, me)
    one = replace(
        one,
        second_address=me.address,
        second_number=me.number,
        second_by=by,
        answered=clock.now(),
    )
    words = ("yes" if one.state == AGREED else one.state, one.id)
    plan = Plan(
        events=events,
        writes=(Write.to_private(proposals.path(one.id), proposals.text(one)),),
        deeds=(acting.deed(by, words, once=f"{one.id} {one.state}"),),
        subject=f"Answer a proposal: {one.state}",
    )
    return _Answered(plan, about=one)


def _altered(office: Office, one: Proposal, lang: str) -> _Answered:
    """The file says something else than what was shown."""
    said = "what lies on the hub's disk is not what was shown"
    failed = replace(one, state=FAILED, said=said)
    plan = Plan(
        writes=(Write.to_private(proposals.path(one.id), proposals.text(failed)),),
        deeds=(acting.deed("hub", ("altered", one.id), once=f"{one.id} altered"),),
        subject="Drop a proposal that was altered",
    )
    return _Answered(plan, wording.outcome(lang, failed), failed)
