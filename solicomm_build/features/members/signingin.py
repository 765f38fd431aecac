"""Links that let a member in, for pages that are for members only.

The page /login/ (features/members/login.py) puts a mail into the desk's spool, and so does whoever
writes to `solicomm-login@` or `<list>-login@`. Nothing but a link comes of it, and only to who
reads or looks after something here: an address that nobody knows gets no mail from us, the page
said the same words, and the request counts as if a letter went out. A link lets in once, within
half an hour.
"""

from __future__ import annotations

from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import webhost
from solicomm_build.people.shared import sessions
from solicomm_build.post.store.readers import is_anybody

EVERY = 300
"""Seconds for which one link to an address is enough."""


def requested(office: Office, case: Case) -> Plan:
    """What a request for a link leads to."""
    if case.mute or not case.author:
        return NOTHING
    now, roster = clock.now(), office.roster()
    kind = f"login:{int(now.timestamp()) // EVERY}"
    # counted for whoever asks: what is left of the letters of an hour tells nobody who is a member
    is_allowed = office.may(case, case.author, kind)
    member = roster.member(case.author)
    if member is None or not is_anybody(roster, member.number, office.lists()) or not is_allowed:
        return NOTHING
    place = webhost.own_path(case.message.text.strip()) if case.web else ""
    if case.conference and not case.web:
        place = f"/conferences/{case.conference}/"
    stored = sessions.of(office.config)
    try:
        link = stored.link(member.number, place, now)
    finally:
        stored.close()
    lang = office.language(case, member.lang)
    made = _letter(office, member.address, lang, f"{office.config.url}/login/{link}", kind)
    return Plan(letters=(made,), subject="Send a link")


def _letter(office: Office, to: str, lang: str, link: str, kind: str) -> Letter:
    return letter(office, "members/sign-in", to, lang, kind=kind, link=link)
