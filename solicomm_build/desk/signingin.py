"""Links that let a member in, for pages that are for members only.

The page /login/ (web/signingin.py) puts a mail into the desk's spool, and so does whoever writes to
`solicomm-login@` or `<list>-login@`. Nothing but a link comes of it, and only to who reads or looks
after something here: an address that nobody knows gets no mail from us, and the page said the same
words. A link lets in once, within half an hour.
"""

from __future__ import annotations

from solicomm_build import clock, i18n
from solicomm_build.desk import letters
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.desk.words import line
from solicomm_build.model import webpath
from solicomm_build.store.readers import is_anybody
from solicomm_build.store.sessions import Sessions

EVERY = 300
"""Seconds for which one link to an address is enough."""


def requested(office: Office, case: Case) -> Plan:
    """What a request for a link leads to."""
    roster = office.roster()
    member = roster.member(case.author) if case.author else None
    if case.mute or member is None or not is_anybody(roster, member.number, office.lists()):
        return NOTHING
    now = clock.now()
    kind = f"login:{int(now.timestamp()) // EVERY}"
    if not office.may(case, member.address, kind):
        return NOTHING
    place = webpath.own(case.message.text.strip()) if case.web else ""
    if case.conference and not case.web:
        place = f"/conferences/{case.conference}/"
    sessions = Sessions(office.config)
    try:
        link = sessions.link(member.number, place, now)
    finally:
        sessions.close()
    lang = office.language(case, member.lang)
    letter = _letter(office, member.address, lang, f"{office.config.url}/login/{link}", kind)
    return Plan(letters=(letter,), subject="Send a link")


def _letter(office: Office, to: str, lang: str, link: str, kind: str) -> Letter:
    hub = office.config.name
    return letters.letter(
        office, "", to, lang, _sentence(lang, "Sign in to %(hub)s") % {"hub": hub},
        _sentence(
            lang,
            "Somebody, probably you, wants to read on %(hub)s what is for members only. To sign "
            "in, open this page and press the button there:",
        ) % {"hub": hub} + "\n" + line(link),
        _sentence(lang, "The link is good once, for 30 minutes."),
        _sentence(
            lang,
            "If it was not you, do nothing. Nobody gets in without this mail, so do not pass it "
            "on.",
        ),
        kind=kind,
    )  # fmt: skip


def _sentence(lang: str, message: str) -> str:
    return i18n.gettext(lang, message, domain="members")
