"""Joining, leaving and moving by mail: as commands, by addresses of their own, by tokens."""

from __future__ import annotations

from dataclasses import replace

from solicomm_build.desk import confirming, tokens, vocabulary
from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case, Plan
from solicomm_build.desk.words import line
from solicomm_build.features.lists import membership, options
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.membership import TokenFacts

# -- addresses -----------------------------------------------------------------------------------


def to_join(office: Office, case: Case) -> Plan:
    """A mail to `LIST-join`; its subject may say how."""
    return membership.join(office, case, options.chosen(case.message.subject.split()))


def to_digest(office: Office, case: Case) -> Plan:
    """A mail to `LIST-digest`."""
    return membership.join(office, case, {"digest": "daily"})


def to_nomail(office: Office, case: Case) -> Plan:
    """A mail to `LIST-nomail`."""
    return membership.join(office, case, {"mail": "off"})


# -- tokens ----------------------------------------------------------------------------------------


def joined(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The address wants to be on the list, or stay there; a member who took another one since the
    letter does, by the new one: the mailbox of before may be somebody else's."""
    member = office.roster().since_moved(facts.address, facts.expires - CONFIRM)
    who = replace(facts, address=member.address) if member is not None else facts
    return membership.confirmed_join(office, who, digest)


def left(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The address wants to leave."""
    return membership.leave(office, case)


def undone(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """Who left wants back."""
    return membership.undone(office, facts)


def old_address(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The old address agrees to a move."""
    return membership.old_agreed(office, case, facts)


def new_address(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The new address agrees to a move."""
    return membership.new_agreed(office, facts)


# -- commands --------------------------------------------------------------------------------------


def join(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`join`: asks the address whether it wants that."""
    if not case.conference:
        return _which_list(office, person)
    plan = membership.join(office, case, options.chosen(command.words))
    text = gettext(
        person.lang,
        "To join, answer the mail that we sent to the address you wrote from.",
    )
    return Result(person, (text,) if plan else (), plan)


def leave(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`leave`."""
    if not case.conference:
        return _which_list(office, person)
    return Result(person, (), membership.leave(office, case))


def address(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`address NEW`: asks the old address, then the new one."""
    new = command.words[-1].strip("<>,;") if command.words else ""
    if not membership.may_move(office, case.author, new):
        text = gettext(person.lang, "Please write the new address after the word, for example:")
        word = vocabulary.shown(vocabulary.COMMANDS, "address", person.lang)
        example = line(f"{word} ana@union.example")
        return Result(person, (f"{text}\n{example}",))
    plan = membership.ask_to_move(office, case, new)
    return Result(person, (membership.both_answer(person.lang),) if plan else (), plan)


def confirm(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`confirm TOKEN`: what the token allows."""
    found = tokens.found(office, command.words[0]) if command.words else None
    if found is None:
        text = gettext(person.lang, "There is nothing to confirm, or it is done already.")
        return Result(person, (text,))
    return Result(person, (), confirming.done(office, case, *found))


def _which_list(office: Office, person: Person) -> Result:
    text = gettext(person.lang, "Please write after the word which list or conference you mean.")
    return Result(person, (text,))
