"""A mail full of commands, carried out one after the other; one answer tells what came of each.

Commands about a member's own things need a proven author. Without proof the address is asked once,
for all of them together, and its answer carries them out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from solicomm_build.desk import hooks, letters, tokens, vocabulary
from solicomm_build.desk.commands import Command, Script
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.foundation.i18n import gettext
from solicomm_build.message.address import is_valid

ACTION = "commands"
"""The action of the token that says that an address wants them."""


def answer(office: Office, case: Case, script: Script) -> Plan:
    """What a mail to `-request` or to the hub leads to."""
    commands = _without_ends(script.commands)
    if not commands:
        return _lost(office, case, script)
    held_back = [] if case.proven else list(filter(_needs_proof, commands))
    plan = _asked(office, case, held_back, script) if held_back else NOTHING
    rest = tuple(command for command in commands if command not in held_back)
    if not rest:
        return plan
    return plan + carry_out(office, case, replace(script, commands=rest))


def carry_out(office: Office, case: Case, script: Script) -> Plan:
    """The commands one after the other, and the answer about them all."""
    person, plan = person_of(office, case, script.language), NOTHING
    parts: list[str] = []
    for command in _without_ends(script.commands):
        place, placed = _placed(office, case, command)
        here = person if place == case else person_of(office, place, script.language)
        result = _done(office, place, here, placed)
        person = result.person if place == case else person
        plan += result.plan
        parts += result.text
    if script.more:
        parts.append(gettext(person.lang, "A mail can hold ten commands; we stopped after them."))
    return _told(office, case, person, script, parts) + plan


def person_of(office: Office, case: Case, wish: str = "") -> Person:
    """The author of a mail, as the roster knows the address when it is proven. What a stranger
    could learn by writing in somebody's name stays unsaid: not even the language is looked up."""
    who = case.proof
    if who is None:
        return Person(case.author, office.language(case, wish), None)
    members = office.roster()
    member = members.member(who)
    own = office.language_of(who, case.conference, wish, hint=case.said)
    lang = own if member and member.lang else office.language(case, wish, own)
    found = members.options(case.conference, who) if case.conference else None
    return Person(who, lang, who, member=member, options=found)


def _without_ends(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """`stop` ends a list of commands. Alone it means what it says: people who write nothing but
    STOP want no more mail."""
    if len(commands) == 1 and commands[0].name == "stop":
        return (Command("leave", (), commands[0].language),)
    return tuple(command for command in commands if command.name != "stop")


def _placed(office: Office, case: Case, command: Command) -> tuple[Case, Command]:
    """At the hub's own address the first word after a command may name the list."""
    if case.conference or not command.words or hooks.commands()[command.name].is_of_hub:
        return case, command
    name = command.words[0].partition("@")[0].lower()
    if office.conference(name) is None:
        return case, command
    return replace(case, conference=name), replace(command, words=command.words[1:])


def _asked(office: Office, case: Case, commands: list[Command], script: Script) -> Plan:
    """The address is asked whether it wants these commands carried out."""
    if not is_valid(case.author) or office.is_ours(case.author):
        return NOTHING
    lang = office.language(case, script.language)
    rows = [_shown(command, lang) for command in commands]
    mark = _mark(commands)
    return tokens.ask(
        office,
        case,
        ACTION,
        case.author,
        lambda text, kind: letters.ask_commands(
            office, case.conference, case.author, lang, text, rows, kind=kind
        ),
        kind=f"commands:{case.conference}:{mark}",
        data={"commands": [[c.name, *c.words] for c in commands], "lang": script.language},
    )


def _told(office: Office, case: Case, person: Person, script: Script, parts: list[str]) -> Plan:
    """The answer, to the author; never to an envelope sender who is another."""
    to = case.author
    if not parts or not to or case.web:  # a page shows what is now
        return NOTHING
    kind = f"results:{case.conference}:{_mark(script.commands)}"
    letter = letters.results(office, case.conference, to, person.lang, parts, kind=kind)
    return Plan(letters=(letter,))


def _shown(command: Command, lang: str) -> str:
    """A command as its author reads it."""
    return " ".join((vocabulary.shown(vocabulary.commands(), command.name, lang), *command.words))


def _mark(commands: Iterable[Command]) -> str:
    """What makes two mails ask for the same."""
    lines = "\n".join(command.line for command in commands)
    return hashlib.sha256(lines.encode("utf-8", "replace")).hexdigest()[:12]


def _lost(office: Office, case: Case, script: Script) -> Plan:
    """There was no command in the mail: what one can do, and where people are."""
    person = person_of(office, case, script.language)
    to = case.author
    if not to:
        return NOTHING
    first = gettext(
        person.lang,
        "A program reads what is sent to this address. It did not find a word that it knows in "
        "your mail.",
    )
    said = _done(office, case, person, Command("help"))
    kind = f"results:{case.conference}:help"
    parts = [first, *said.text]
    letter = letters.results(office, case.conference, to, person.lang, parts, kind=kind)
    return Plan(letters=(letter,))


def _needs_proof(command: Command) -> bool:
    return hooks.commands()[command.name].needs_proof


def _done(office: Office, case: Case, person: Person, command: Command) -> Result:
    return hooks.commands()[command.name].do(office, case, person, command)
