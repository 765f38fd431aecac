"""Answers that bring a token back: each action is done once, and told.

The rules: docs/mail-rules.md#tokens.
"""

from __future__ import annotations

from typing import Any

from solicomm_build.desk import letters, proving, requests, tokenacts, tokens
from solicomm_build.desk.commands import Command, Script
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.features.forms import formfilling
from solicomm_build.features.lists import membership
from solicomm_build.features.people import cards as people
from solicomm_build.features.people import relaying
from solicomm_build.features.polls import pollasking
from solicomm_build.features.sites.editing import contacts as sitecontacts
from solicomm_build.features.topics import work as topicwork
from solicomm_build.features.weekly import summing as weekly
from solicomm_build.people.membership import TokenFacts


def confirm(office: Office, case: Case) -> Plan:
    """What a mail to `-confirm+TOKEN` leads to. One that says no takes the token back."""
    text = membership.token_of(case)
    found = tokens.found(office, text)
    if found is not None and found[1].action in tokenacts.ACTS:
        if membership.refuses(case):
            plan = Plan(events=(tokens.used(found[0]),), subject="Take a token back")
            return plan + proving.denied(office, found[1])
        return tokenacts.done(office, case, *found)
    facts = tokens.known(office, text)
    if facts is None or facts.action not in tokenacts.ACTS:
        return NOTHING
    lang = office.language_of(facts.address, facts.conference)
    letter = letters.spent(office, facts.conference, facts.address, lang)
    return Plan(letters=(letter,))


def _join(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    return membership.confirmed_join(office, facts, digest)


def _leave(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    return membership.leave(office, case)


def _undo(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    return membership.undone(office, facts)


def _old_address(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    return membership.old_agreed(office, case, facts)


def _new_address(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    return membership.new_agreed(office, facts)


def _commands(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    lang = str(facts.data.get("lang") or "en")
    rows: list[Any] = list(facts.data.get("commands") or [])
    commands = tuple(
        Command(str(row[0]), tuple(map(str, row[1:])), lang)
        for row in rows
        if isinstance(row, list) and row
    )
    return requests.carry_out(office, case, Script(commands))


tokenacts.ACTS.update(
    {
        "join": _join,
        "invite": _join,
        "stay": _join,
        "leave": _leave,
        "undo": _undo,
        "commands": _commands,
        "address-old": _old_address,
        "address-new": _new_address,
        topicwork.CONFIRM: topicwork.confirmed,
        pollasking.ACTION: pollasking.opened,
        pollasking.ORDER: pollasking.confirmed,
        people.FORM: people.filled,
        people.PUBLISH: people.published,
        formfilling.CONFIRM: formfilling.confirmed,
        relaying.SEND: relaying.confirmed,
        weekly.CONFIRM: weekly.confirmed,
        proving.ACTION: proving.confirmed,
        sitecontacts.ACTION: sitecontacts.agreed,
    }
)
