"""`emergency on` and `emergency off`: a list whose mail all waits (docs/mail-rules.md#posting).

For moderators, by mail to `LIST-request`; the operator has `solicomm moderate emergency`. It is a
fact of the roster, so that it holds at once and nothing of the list's settings is rewritten.
"""

from __future__ import annotations

from solicomm_build.desk import vocabulary
from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case, Plan
from solicomm_build.desk.words import line
from solicomm_build.foundation import clock
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people import rosterevents

_VALUES = vocabulary.meanings(vocabulary.VALUES)


def emergency(office: Office, case: Case, person: Person, command: Command) -> Result:
    """Everything waits from now on, or is treated as usual again."""
    who = person.proof
    if who is None or office.roster().role(case.conference, who) not in ("moderator", "host"):
        text = gettext(person.lang, "Only moderators can do that.")
        return Result(person, (text,))
    wanted = vocabulary.plain(command.words[0]) if command.words else ""
    value = _VALUES.get(wanted, ("", ""))[0]
    if value not in ("on", "off") or office.conference(case.conference) is None:
        text = gettext(person.lang, "Please write what you want after the word:")
        rows = "\n".join(line(_shown(person.lang, one)) for one in ("on", "off"))
        return Result(person, (f"{text}\n{rows}",))
    number = person.member.number if person.member else 0
    event = rosterevents.emergency(
        case.conference, on=value == "on", at=clock.now(), by=f"member:{number}"
    )
    plan = Plan(events=(event,), subject=f"Emergency {value} in {case.conference}")
    if value == "off":
        text = gettext(
            person.lang, "New messages go their usual way again. What waits still waits."
        )
        return Result(person, (text,), plan)
    text = gettext(
        person.lang,
        "From now on everything that is sent here waits until one of you has looked at it. To end "
        "that, send us:",
    )
    return Result(person, (f"{text}\n{line(_shown(person.lang, 'off'))}",), plan)


def _shown(lang: str, value: str) -> str:
    word = vocabulary.shown(vocabulary.commands(), "emergency", lang)
    return f"{word} {vocabulary.shown(vocabulary.VALUES, value, lang)}"
