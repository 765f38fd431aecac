"""Answers that bring a token back: each action is done once, and told.

What an action allows is said by features (hooks.py). The rules: docs/mail-rules.md#tokens.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from solicomm_build.desk import hooks, letters, proving, requests, tokens
from solicomm_build.desk.commands import Command, Script
from solicomm_build.desk.hooks import Allowed
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.proof import by_token
from solicomm_build.people.token import digest, normalise


def confirm(office: Office, case: Case) -> Plan:
    """What a mail to `-confirm+TOKEN` leads to. One that says no takes the token back; one that
    doubts or asks (post/said/natural.py) is asked back."""
    text = tokens.of_mail(case)
    found = tokens.found(office, text)
    if found is not None and _allowed(found[1].action) is not None:
        if tokens.refuses(case):
            return _denied(office, case, *found)
        if found[1].action not in hooks.read() and tokens.hesitates(case):
            return _unsure(office, *found, normalise(text) or "")
        return done(office, case, *found)
    facts = tokens.known(office, text)
    if facts is None or _allowed(facts.action) is None:
        return NOTHING
    if plan := _late(office, case, digest(normalise(text) or ""), facts):
        return plan
    lang = office.language_of(facts.address, facts.conference)
    letter = letters.spent(office, facts.conference, facts.address, lang)
    return Plan(letters=(letter,))


def _late(office: Office, case: Case, mark: str, facts: TokenFacts) -> Plan:
    """What follows from a yes to what nobody answered in time."""
    own = hooks.late().get(facts.action)
    if own is None or facts.used or tokens.refuses(case):
        return NOTHING
    return own(office, case, mark, facts)


def _denied(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The token taken back, and what follows from a no."""
    plan = Plan(events=(tokens.used(digest),), subject="Take a token back")
    if (own := hooks.denied().get(facts.action)) is not None:
        proven = replace(case.as_proven(by_token(facts)), conference=facts.conference)
        return plan + own(office, proven, digest, facts)
    return plan + proving.denied(office, facts)


def _unsure(office: Office, digest: str, facts: TokenFacts, token: str) -> Plan:
    """Asks once more; nothing is done, and the token stays good."""
    lang = office.language_of(facts.address, facts.conference, str(facts.data.get("lang") or ""))
    kind = f"unsure:{digest[:16]}"
    letter = letters.unsure(office, facts.conference, facts.address, lang, token, kind=kind)
    return Plan(letters=(letter,))


def done(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """What a good token allows, and the token used; word of it where nothing follows."""
    allowed = _allowed(facts.action)
    if allowed is None:
        return NOTHING
    proven = replace(case.as_proven(by_token(facts)), conference=facts.conference)
    plan = allowed(office, proven, digest, facts) or _nothing_left(office, facts)
    return plan + Plan(events=(tokens.used(digest),))


def _nothing_left(office: Office, facts: TokenFacts) -> Plan:
    """The answer came in time, and what it was about is no more: decided, gone, or not his."""
    lang = office.language_of(facts.address, facts.conference, str(facts.data.get("lang") or ""))
    return Plan(letters=(letters.spent(office, "", facts.address, lang),))


def _commands(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    lang = str(facts.data.get("lang") or "en")
    rows: list[Any] = list(facts.data.get("commands") or [])
    commands = tuple(
        Command(str(row[0]), tuple(map(str, row[1:])), lang)
        for row in rows
        if isinstance(row, list) and row
    )
    return requests.carry_out(office, case, Script(commands))


_OWN: dict[str, Allowed] = {requests.ACTION: _commands, proving.ACTION: proving.confirmed}


def _allowed(action: str) -> Allowed | None:
    return _OWN.get(action) or hooks.confirmed().get(action)
