"""Letters to operators: somebody has to say yes, what became of it, who did something alone, and
who is an operator now. The words are in `letters/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solicomm_build.desk import tokens
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter, Plan
from solicomm_build.features.operating import proposals, wording
from solicomm_build.features.operating.proposals import Proposal
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people import token
from solicomm_build.people.address import SITE
from solicomm_build.people.operators import staff
from solicomm_build.people.operators.operator import Operator

ACTION = "second-yes"
"""The action of the token in a letter that asks for a yes."""


def language(office: Office, to: str) -> str:
    """In which language somebody is written to."""
    return office.language_of(to, "", office.config.languages[0])


def called(office: Office, one: Operator) -> str:
    """What other operators know somebody by: a name with the address, or that alone."""
    member = office.roster().members.get(one.number)
    return f"{member.name} <{one.address}>" if member and member.name else one.address


def asked(office: Office, one: Proposal, people: Sequence[Operator]) -> Plan:
    """Asks everybody: the others for a yes or a no, the asker for nothing, so that who did not ask
    hears of it and can stop it."""
    plan = Plan(subject="Ask for a second yes")
    for who in people:
        text, lang = token.fresh(), language(office, who.address)
        data = {"proposal": one.id, "lang": lang}
        event = tokens.given(text, ACTION, "", who.address, days=proposals.LASTS, data=data)
        name = "operating/mine" if is_same(who, one.asker) else "operating/asked"
        made = letter(
            office,
            name,
            who.address,
            lang,
            reply_to=f"{SITE}-confirm+{text}",
            title=wording.title(lang, one),
            rows=wording.rows(lang, one),
            who=called(office, one.asker),
            confirm=f"{office.config.url}/confirm/{text}",
            until=one.until,
            because=_because(lang),
        )
        plan += Plan(events=(event,), letters=(made,))
    return plan


def over(office: Office, one: Proposal) -> tuple[Letter, ...]:
    """Tells everybody what became of it: the operators of now, and who asked."""
    people = {who.address: who for who in (*everybody(office), one.asker) if who.address}
    return tuple(_over(office, one, to) for to in people)


def _over(office: Office, one: Proposal, to: str) -> Letter:
    lang = language(office, to)
    return letter(
        office,
        "operating/over",
        to,
        lang,
        title=wording.title(lang, one),
        rows=wording.rows(lang, one),
        outcome=wording.outcome(lang, one),
        who=called(office, one.asker),
        second=called(office, one.second) if one.second_address else "",
        state=one.state,
        said=one.said,
        because=_because(lang),
    )


def alone(office: Office, one: Proposal, user: str, reason: str) -> tuple[Letter, ...]:
    """Tells everybody that something is done without a second yes."""
    found = []
    for who in everybody(office):
        lang = language(office, who.address)
        facts: dict[str, Any] = {
            "title": wording.title(lang, one),
            "rows": wording.rows(lang, one),
            "who": called(office, one.asker) if one.address else "",
            "user": user,
            "reason": reason,
        }
        found.append(
            letter(office, "operating/alone", who.address, lang, because=_because(lang), **facts)
        )
    return tuple(found)


def changed(office: Office, who: Operator, *, is_one: bool) -> tuple[Letter, ...]:
    """Tells everybody, and whom it is about, that somebody is an operator now, or is none any
    more."""
    people = dict.fromkeys([who.address, *(one.address for one in everybody(office))])
    return tuple(
        letter(
            office,
            "operating/changed",
            to,
            lang := language(office, to),
            person=called(office, who),
            is_one=is_one,
            because=_because(lang),
        )
        for to in people
    )


def answer(office: Office, to: str, said: str, one: Proposal | None) -> Letter:
    """The answer to a yes or a no that changed nothing; `said` is why."""
    lang = language(office, to)
    title = wording.title(lang, one) if one else ""
    return letter(office, "operating/answer", to, lang, said=said, title=title)


def everybody(office: Office) -> tuple[Operator, ...]:
    """The operators of now."""
    return staff.every(office.config, office.roster())


def is_same(one: Operator, other: Operator) -> bool:
    """Whether two are one person, by their number or address."""
    return staff.is_same(one, other)


def _because(lang: str) -> str:
    return gettext(lang, "You get this mail because you are an operator of this hub.")
