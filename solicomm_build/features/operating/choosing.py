"""`mails urgent`: an operator chooses which of the hub's mails to its operators to get.

By mail, in My hub, which writes one, and by `solicomm operator mails`.
"""

from __future__ import annotations

import contextlib

from solicomm_build.desk.commands import Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case, Plan, Write
from solicomm_build.features.operating import acting
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.language import wordtables
from solicomm_build.people.memberstore import changing
from solicomm_build.people.operators import mails, staff
from solicomm_build.people.operators.operator import Operator
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore

_WORDS = wordtables.table(__file__, "mails")
_MEANS = wordtables.meanings(_WORDS, str.casefold)


def labels(lang: str) -> dict[str, str]:
    """The choices, as they are shown."""
    return {
        mails.ALL: gettext(lang, "All mails"),
        mails.URGENT: gettext(lang, "Only what is urgent"),
        mails.NONE: gettext(lang, "No mails"),
    }


def chosen(office: Office, case: Case, person: Person, command: Command) -> Result:
    """`mails all`, `mails urgent`, `mails none`."""
    lang, config, roster = person.lang, office.config, office.roster()
    me = staff.of(config, roster, person.proof) if person.proof else None
    if me is None:
        return Result(person, (gettext(lang, "Only operators of this hub can choose this."),))
    choice, _ = _MEANS.get(" ".join(command.words).casefold(), ("", ""))
    if not choice:
        words = ", ".join(wordtables.in_language(_WORDS[one], lang) for one in mails.CHOICES)
        said = gettext(lang, "Say which, with one of these words: %(words)s", words=words)
        return Result(person, (said,))
    kept, people = mails.read(config), staff.every(config, roster)
    if not mails.may_choose(kept, people, me, choice):
        return Result(person, (_refused(lang),))
    by, events = acting.named(office, me)
    plan = Plan(
        events=events,
        writes=(Write.to_private(mails.FILE, mails.text(kept, people, me, choice)),),
        deeds=(acting.deed(by, ("operator", "mails", choice), once=f"{case.cause} mails"),),
        subject="Choose mails to operators",
    )
    return Result(person, (_done(lang, choice),), plan)


def choose(config: Config, address: str, choice: str) -> None:
    """The same at once; durable on return. Raises HubError for who is no operator, and for less
    than all where nobody else gets all."""
    with changing(config), contextlib.closing(RosterStore.of(config)) as store:
        roster = store.roster()
        kept, people = mails.read(config), staff.every(config, roster)
        one = staff.of(config, roster, address)
        if one is None:
            raise HubError(f"{address} is no operator. `solicomm operator list` shows who is")
        if not mails.may_choose(kept, people, one, choice):
            raise HubError(_refused("en"))
        made = mails.text(kept, people, one, choice)
        safeio.write_atomic(config.private / mails.FILE, made.encode())


def forget(config: Config, roster: Roster, one: Operator) -> None:
    """Who becomes an operator, also for a second time, gets all. The caller holds the roster."""
    if kept := mails.read(config):
        made = mails.text(kept, staff.every(config, roster), one, mails.ALL)
        safeio.write_atomic(config.private / mails.FILE, made.encode())


def _refused(lang: str) -> str:
    return gettext(
        lang,
        "No other operator gets all mails about the hub, and somebody has to. First another one "
        "chooses to get all of them.",
    )


def _done(lang: str, choice: str) -> str:
    if choice == mails.ALL:
        return gettext(lang, "From now on you get all mails about the hub.")
    if choice == mails.URGENT:
        return gettext(
            lang, "From now on you get only urgent mails about the hub; others get the rest."
        )
    return gettext(lang, "From now on you get no mails about the hub; others get them.")
