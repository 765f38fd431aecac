"""`decide accept abcd2345`: a moderator decides about one message that waits, named by the first
letters of its id, or about somebody who asks to join, named by the address. `decide undo abcd2345`
takes a decision back (undoing.py).

It does what an answer to a notice does, for who has no notice at hand; My hub sends it. What stands
in the lines after it goes to the author of a rejected message (up to the signature); `stop` ends
the commands of the mail, so that these lines are read as words alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from solicomm_build.desk import vocabulary
from solicomm_build.desk.commands import Command, one
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import NOTHING, Case, Plan
from solicomm_build.desk.words import line
from solicomm_build.features.moderation import deciding, holder, undoing
from solicomm_build.features.moderation.deciding import Words
from solicomm_build.foundation import clock
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.types import PostId
from solicomm_build.message.address import key
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.roster import Roster
from solicomm_build.post import decision, ownwords

NAME = "decide"
WORDS = wordtables.table(__file__, "commands")
_SHORTEST = 6
"""Letters that name a message."""


def decide(office: Office, case: Case, person: Person, command: Command) -> Result:
    """What a moderator decides. Who is none hears that, whatever waits."""
    who, lang = person.proof, person.lang
    is_staff = who is not None and office.roster().role(case.conference, who) in (
        "moderator",
        "host",
    )
    if not is_staff or person.member is None:
        text = gettext(lang, "Only moderators can do that.")
        return Result(person, (text,))
    if len(command.words) > 1 and undoing.means_undo(command.words[0]):
        return _undone(office, case, person, command.words[1].lower())
    words = deciding.read_line(" ".join(command.words))
    about = words.rest.split(" ")[0].lower() if words else ""
    if words is None or not about:
        return Result(person, (_how(lang),))
    told = _after(case)
    if "@" in about:
        return _asked_to_join(office, case, person, words, about, told)
    mids = [
        held.mid
        for held in office.mail.held(lambda name: name == case.conference)
        if len(about) >= _SHORTEST and held.mid.startswith(about)
    ]
    if len(mids) != 1:
        text = gettext(lang, "Nothing that waits here has that id. It may be decided already.")
        return Result(person, (text,))
    said = Words(words.decision, told, words.language)
    by = decision.member(person.member.number)
    files, parts = deciding.decisions(office, case.conference, by, [(PostId(mids[0]), said)], lang)
    return Result(person, tuple(parts), Plan(writes=tuple(files), subject="Decide by name"))


def _undone(office: Office, case: Case, person: Person, about: str) -> Result:
    if len(about) < _SHORTEST:
        return Result(person, (_how(person.lang),))
    return undoing.undo(office, case, person, about, _after(case))


def _asked_to_join(
    office: Office, case: Case, person: Person, words: Words, address: str, told: str
) -> Result:
    number = person.member.number if person.member else 0
    roster = office.roster()
    wanted = (
        (digest, facts)
        for digest, facts in requests(roster, number, clock.now())
        if facts.conference == case.conference
        and key(address) in (key(str(facts.data["join"])), key(holder.who_asks(roster, facts)))
    )
    digest, found = next(wanted, ("", None))
    if found is None:
        text = gettext(person.lang, "This address does not wait for anybody’s word here.")
        return Result(person, (text,))
    said = Words(words.decision, "", words.language)
    more = told.split("\n")
    plan = deciding.join_decided(office, found, digest, said, more, person.lang, web=case.web)
    return Result(person, (), plan or NOTHING)


def requests(roster: Roster, number: int, now: datetime) -> list[tuple[str, TokenFacts]]:
    """Who waits for a moderator's word to be on a closed list, each with the digest of a token that
    is good now: this moderator's own, or another's where that one was asked. Those who were asked
    may look after the list no more; who decides is `number`."""
    found: dict[tuple[str, str], tuple[str, TokenFacts]] = {}
    for digest, facts in roster.tokens.facts.good_for("moderate", now, about="join"):
        who = facts.conference, key(str(facts.data["join"]))
        if who not in found or facts.data.get("number") == number:
            found[who] = digest, replace(facts, data={**facts.data, "number": number})
    return list(found.values())


def _after(case: Case) -> str:
    """What the mail says after the command, and after `stop`. What was typed into a page has no
    signature and quotes nothing: all of it is meant."""
    _, stop, typed = case.message.text.partition("\nstop\n")
    if case.web and stop:
        return typed.strip()
    rows = list(ownwords.rows(case.message.text, is_command=lambda row: one(row) is not None))
    found = [n for n, row in enumerate(rows) if (said := one(row)) and said.name == NAME]
    if not found:
        return "\n".join(rows).strip()
    rest = [row for row in rows[found[0] + 1 :]]
    first = next((n for n, row in enumerate(rest) if row.strip()), None)
    if first is not None and (said := one(rest[first])) and said.name == "stop":
        rest = rest[first + 1 :]
    return "\n".join(rest).strip()


def _how(lang: str) -> str:
    text = gettext(lang, "Please write what you decide, and about which message:")
    return f"{text}\n{line(written(lang))}"


def written(lang: str) -> str:
    """The command as it is written."""
    word = vocabulary.shown(WORDS, NAME, lang)
    return f"{word} {vocabulary.shown(vocabulary.DECISIONS, decision.ACCEPT, lang)} abcd2345"


def says(lang: str) -> str:
    """What it does."""
    return gettext(lang, "decide about a message that waits, by its id")
