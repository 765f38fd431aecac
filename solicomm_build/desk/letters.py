"""The desk's mails about membership: the facts of each; the words are in `letters/`.

A letter begins with a greeting and ends with the address of the people who look after the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from solicomm_build.desk import lettering
from solicomm_build.desk.office import CONFIRM, UNDO, Office
from solicomm_build.desk.plan import Letter
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import ANSWERS, ROLES, option


def _ask(
    office: Office,
    name: str,
    conference: str,
    to: str,
    lang: str,
    token: str,
    kind: str,
    **facts: Any,
) -> Letter:
    """Asks for a confirmation: whoever answers has the token, and so reads this mailbox."""
    return lettering.letter(
        office,
        name,
        to,
        lang,
        conference=conference,
        kind=kind,
        reply_to=f"{conference or SITE}-confirm+{token}",
        confirm=_page(office, token, kind),
        days=CONFIRM.days,
        **facts,
    )


def _page(office: Office, token: str, kind: str) -> str:
    """The page that says yes as well, for who cannot answer from this address."""
    if kind.partition(":")[0] not in ("join", "invite", "stay", "leave", "wrote"):
        return ""
    return f"{office.config.url}/confirm/{token}"


def ask_join(
    office: Office, conference: str, to: str, lang: str, token: str, *, kind: str
) -> Letter:
    """Do you want to be on this list?"""
    return _ask(office, "desk/ask-join", conference, to, lang, token, kind)


def invite(office: Office, conference: str, to: str, lang: str, token: str) -> Letter:
    """The people of a list would like to have you on it."""
    return _ask(office, "desk/invite", conference, to, lang, token, f"invite:{conference}")


def stay(office: Office, conference: str, to: str, lang: str, token: str, what: str) -> Letter:
    """Do you want to stay on a list that has moved here? `what` tells it (reconfirming.py)."""
    kind = f"stay:{conference}"
    return _ask(office, "desk/stay", conference, to, lang, token, kind, what=what)


def ask_leave(
    office: Office, conference: str, to: str, lang: str, token: str, *, kind: str
) -> Letter:
    """Do you want to leave?"""
    return _ask(office, "desk/ask-leave", conference, to, lang, token, kind)


def ask_commands(
    office: Office, conference: str, to: str, lang: str, token: str, lines: list[str], *, kind: str
) -> Letter:
    """Did you ask for that?"""
    return _ask(office, "desk/ask-commands", conference, to, lang, token, kind, rows=lines)


def ask_wrote(
    office: Office,
    conference: str,
    to: str,
    lang: str,
    token: str,
    address: str,
    subject: str,
    *,
    kind: str,
) -> Letter:
    """Did you write this? `address` is where it went; a list is called by its address only, since
    nobody knows yet who asks."""
    return lettering.letter(
        office,
        "desk/ask-wrote",
        to,
        lang,
        kind=kind,
        reply_to=f"{conference or SITE}-confirm+{token}",
        subject=one_line(subject, 200),
        address=address,
        confirm=_page(office, token, kind),
        days=CONFIRM.days,
    )


def ask_old_address(
    office: Office, conference: str, to: str, lang: str, token: str, new: str, *, kind: str
) -> Letter:
    """Do you want mail at another address from now on?"""
    return _ask(office, "desk/ask-old-address", conference, to, lang, token, kind, new=new)


def ask_new_address(
    office: Office, conference: str, to: str, lang: str, token: str, *, kind: str
) -> Letter:
    """Is this your new address?"""
    return _ask(office, "desk/ask-new-address", conference, to, lang, token, kind)


def mode(office: Office, conference: str, lang: str, options: Mapping[str, str]) -> str:
    """How somebody with these options gets what is written, as a sentence."""
    if option(options, "paused"):
        return gettext(lang, "It is paused: nothing comes to you until you end the pause.")
    if option(options, "mail") == "off":
        return gettext(
            lang, "Nothing comes to you by mail. You may still write, and read on the web."
        )
    if option(options, "mail") == ANSWERS:
        return _answers(lang)
    return _RHYTHMS_SAID[option(options, "digest")](lang)


def _answers(lang: str) -> str:
    return gettext(
        lang,
        "Only answers come to you: to what you wrote, and in topics that you began. All the rest "
        "is on the web.",
    )


def _each(lang: str) -> str:
    return gettext(lang, "Each message comes to you by itself.")


def _daily(lang: str) -> str:
    return gettext(lang, "The messages come to you together, once a day.")


def _weekly(lang: str) -> str:
    return gettext(lang, "The messages come to you together, once a week.")


_RHYTHMS_SAID = {"none": _each, "daily": _daily, "weekly": _weekly}


def goodbye(office: Office, conference: str, to: str, lang: str, token: str) -> Letter:
    """You are off the list; an answer undoes it. Who looks after it still does, and is told so."""
    back, name = f"{conference}-confirm+{token}", "desk/goodbye"
    looks_after = office.roster().listed_role(conference, to) in ROLES[2:]
    runs = office.address("postmaster") if looks_after else ""
    return lettering.letter(
        office, name, to, lang, conference=conference, reply_to=back, days=UNDO.days, runs=runs
    )


def not_on(office: Office, conference: str, to: str, lang: str) -> Letter:
    """You are not on this list, with this address."""
    kind = f"not-on:{conference}"
    return lettering.letter(office, "desk/not-on", to, lang, conference=conference, kind=kind)


def spent(office: Office, conference: str, to: str, lang: str) -> Letter:
    """That token was used, or came too late."""
    kind = f"spent:{conference}"
    return lettering.letter(office, "desk/spent", to, lang, conference=conference, kind=kind)


def unsure(office: Office, conference: str, to: str, lang: str, token: str, *, kind: str) -> Letter:
    """We could not tell whether you want it: yes, or no?"""
    return lettering.letter(
        office,
        "desk/unsure",
        to,
        lang,
        conference=conference,
        kind=kind,
        reply_to=f"{conference or SITE}-confirm+{token}",
    )


def passed_on(office: Office, conference: str, to: str, lang: str, until: datetime) -> Letter:
    """Somebody decides about your request, which ends when nobody does."""
    return lettering.letter(
        office, "desk/passed-on", to, lang, conference=conference, until=until.date()
    )


def declined(office: Office, conference: str, to: str, lang: str, text: str) -> Letter:
    """They did not put you on the list."""
    return lettering.letter(office, "desk/declined", to, lang, conference=conference, text=text)


def misplaced(office: Office, conference: str, to: str, lang: str) -> Letter:
    """Your command went to everybody's address; it was not sent on."""
    kind = f"misplaced:{conference}"
    return lettering.letter(office, "desk/misplaced", to, lang, conference=conference, kind=kind)


def gone(office: Office, address: str, to: str, lang: str) -> Letter:
    """The address that you wrote to is none any more; nobody has read your mail."""
    kind = f"gone:{address}"
    return lettering.letter(office, "desk/gone", to, lang, kind=kind, address=address)


def moved(office: Office, conference: str, to: str, lang: str, new: str) -> Letter:
    """Your mail goes to another address now; told to the old and the new one."""
    return lettering.letter(office, "desk/moved", to, lang, conference=conference, new=new)


def taken(office: Office, conference: str, to: str, lang: str) -> Letter:
    """The new address belongs to another member."""
    return lettering.letter(office, "desk/taken", to, lang, conference=conference)


def results(
    office: Office, conference: str, to: str, lang: str, parts: list[str], *, kind: str
) -> Letter:
    """What came of your commands."""
    name = "desk/results"
    return lettering.letter(office, name, to, lang, conference=conference, kind=kind, parts=parts)
