"""Questions to members who came from another list server: do you want to stay on this list?

Used by the commands, when the operator says so; an import itself mails nobody. Who answers is
confirmed (`confirming.py`, action `stay`); who does not stays as he is and gets no mail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from solicomm_build.desk import atonce, letters, tokens
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import Letter, Plan
from solicomm_build.desk.words import line
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.message.address import key
from solicomm_build.people import token
from solicomm_build.people.membership import Member
from solicomm_build.people.memberstore import changing
from solicomm_build.people.rosterevents import Event

_BATCH = 100  # letters written down and handed over at once; a kill repeats none of them

Progress = Callable[[int, int], None]
"""Called with how many were asked, and how many there are."""


def ask_to_stay(config: Config, conference: str, progress: Progress) -> tuple[int, int]:
    """Asks each unconfirmed member of a list who was not asked today; returns how many were, and
    how many there are. Durable on return. Raises HubError when there is no such list."""
    office = Office(config)
    try:
        if office.conference(conference) is None:
            raise HubError(f"There is no conference or list {conference} in this hub")
        with changing(config):
            lately = atonce.lately(office, "stay", conference, CONFIRM)
        everybody = office.roster().unconfirmed(conference)
        waiting = [one for one in everybody if key(one.address) not in lately]
        asked = 0
        for start in range(0, len(waiting), _BATCH):
            with changing(config):
                asked += _ask(office, conference, waiting[start : start + _BATCH])
            progress(start + _BATCH, len(waiting))
        return asked, len(everybody)
    finally:
        office.close()


def _ask(office: Office, conference: str, members: Sequence[Member]) -> int:
    cause = f"stay-{token.digest(token.fresh())[:16]}"
    still = {member.number for member in office.roster().unconfirmed(conference)}
    events: list[Event] = []
    mails: list[Letter] = []
    now, kind = clock.now(), f"stay:{conference}"
    for member in members:
        to = member.address
        if member.number not in still or not office.limits.is_free(to, kind, now):
            continue
        text = token.fresh()
        lang = office.language_of(to, conference, member.lang)
        data = {"name": member.name, "lang": member.lang}
        events.append(tokens.given(text, "stay", conference, to, days=CONFIRM, data=data))
        mails.append(
            letters.stay(office, conference, to, lang, text, _what(office, conference, lang, to))
        )
    if mails:
        plan = Plan(tuple(events), letters=tuple(mails), subject=f"Ask to stay on {conference}")
        atonce.carry_out(office, cause, plan)
    for one in mails:  # killed before, nobody is taken for asked who is not
        office.limits.allow(one.to, kind, cause, now)
    return len(mails)


def _what(office: Office, conference: str, lang: str, to: str) -> str:
    moved = gettext(
        lang,
        "“%(list)s” has moved to a new server. On the old one you were a member with this address:",
        list=office.title(conference, lang),
    )
    wish = gettext(lang, "Do you want to go on getting its mail?")
    return f"{moved}\n{line(to)}\n{wish}"
