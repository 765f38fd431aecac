"""A mail full of commands, carried out one after the other; one answer tells what came of each.

Commands about a member's own things need a proven author. Without proof the address is asked once,
for all of them together, and its answer carries them out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from solicomm_build.desk import information, letters, tokenacts, tokens, vocabulary
from solicomm_build.desk.commands import Command, Script
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.desk.words import line
from solicomm_build.features.lists import archive, emergency, membership, options
from solicomm_build.features.people import cards as people
from solicomm_build.features.privacy import owndata
from solicomm_build.features.search import finding
from solicomm_build.foundation.i18n import gettext
from solicomm_build.message.address import is_valid

Handler = Callable[[Office, Case, Person, Command], Result]


def answer(office: Office, case: Case, script: Script) -> Plan:
    """What a mail to `-request` or to the hub leads to."""
    commands = _without_ends(script.commands)
    if not commands:
        return _lost(office, case, script)
    held_back = [] if case.proven else [c for c in commands if c.name in _NEED_PROOF]
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
        result = _HANDLERS[placed.name](office, place, here, placed)
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
    own = office.language_of(who, case.conference, wish, hint=case.message.language or "")
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
    if case.conference or not command.words:
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
        "commands",
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
    if not parts or not to:
        return NOTHING
    kind = f"results:{case.conference}:{_mark(script.commands)}"
    letter = letters.results(office, case.conference, to, person.lang, parts, kind=kind)
    return Plan(letters=(letter,))


def _shown(command: Command, lang: str) -> str:
    """A command as its author reads it."""
    return " ".join((vocabulary.shown(vocabulary.COMMANDS, command.name, lang), *command.words))


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
    said = information.help_(office, case, person, Command("help"))
    kind = f"results:{case.conference}:help"
    parts = [first, *said.text]
    letter = letters.results(office, case.conference, to, person.lang, parts, kind=kind)
    return Plan(letters=(letter,))


# -- commands that are mails of their own ------------------------------------------------------


def _join(office: Office, case: Case, person: Person, command: Command) -> Result:
    if not case.conference:
        return _which_list(office, person)
    plan = membership.join(office, case, options.chosen(command.words))
    text = gettext(
        person.lang,
        "To be on the list, answer the mail that we sent to the address you wrote from.",
    )
    return Result(person, (text,) if plan else (), plan)


def _leave(office: Office, case: Case, person: Person, command: Command) -> Result:
    if not case.conference:
        return _which_list(office, person)
    return Result(person, (), membership.leave(office, case))


def _address(office: Office, case: Case, person: Person, command: Command) -> Result:
    new = command.words[-1].strip("<>,;") if command.words else ""
    if not is_valid(new):
        text = gettext(person.lang, "Please write the new address after the word, for example:")
        word = vocabulary.shown(vocabulary.COMMANDS, "address", person.lang)
        example = line(f"{word} ana@union.example")
        return Result(person, (f"{text}\n{example}",))
    plan = membership.ask_to_move(office, case, new)
    text = gettext(
        person.lang,
        "We write to your old address first, then to the new one. Please answer both mails; then "
        "the change is made.",
    )
    return Result(person, (text,) if plan else (), plan)


def _confirm(office: Office, case: Case, person: Person, command: Command) -> Result:
    found = tokens.found(office, command.words[0]) if command.words else None
    if found is None:
        text = gettext(person.lang, "There is nothing to confirm, or it is done already.")
        return Result(person, (text,))
    return Result(person, (), tokenacts.done(office, case, *found))


def _which_list(office: Office, person: Person) -> Result:
    text = gettext(person.lang, "Please write the name of the list after the word.")
    return Result(person, (text,))


_HANDLERS: dict[str, Handler] = {
    "help": information.help_,
    "join": _join,
    "leave": _leave,
    "confirm": _confirm,
    "set": options.set_,
    "language": options.language,
    "who": information.who,
    "which": information.which,
    "index": archive.index,
    "get": archive.get,
    "search": finding.search,
    "pause": options.pause,
    "resume": options.resume,
    "address": _address,
    "lists": information.lists,
    "owner": information.owner,
    "mydata": owndata.mydata,
    "emergency": emergency.emergency,
    "card": people.card,
}

_NEED_PROOF = frozenset(
    {"set", "language", "who", "which", "pause", "resume", "mydata", "emergency", "card"}
)
