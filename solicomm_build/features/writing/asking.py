"""Asks an address whether what was written on a page with it may be posted: one mail, one button.

The page sends our own mail to the conference's address in the desk's spool, with the name of the
text that waits. An address gets one such letter an hour at most, whoever asks: the tokens that the
roster has of it say when the last one went. The letter shows nothing of the text, so that nobody
has us carry words to others; the page behind its button shows all that waits.
"""

from __future__ import annotations

from datetime import timedelta

from solicomm_build.desk import lettering, tokens
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.features.writing import waiting
from solicomm_build.features.writing.confirming import ACTION
from solicomm_build.features.writing.taking import ASK
from solicomm_build.foundation import clock
from solicomm_build.message.mailbox import mailbox

EVERY, A_DAY = timedelta(minutes=58), 10
"""An address is asked again after an hour: the page counts an hour, and must not be late for the
desk."""


def posted(office: Office, case: Case) -> Plan | None:
    """What our own mail about a text that waits leads to; None for any other mail."""
    if not case.web or case.message.subject != ASK:
        return None
    text = waiting.get(office.config, case.author, case.message.text.strip())
    if text is None or text.became or office.is_ours(case.author):
        return NOTHING
    if not _is_due(office, case.author):
        return NOTHING
    lang = office.language(case)
    now = clock.now()

    return tokens.ask(
        office,
        case,
        ACTION,
        case.author,
        lambda token, kind: letter(office, case.conference, case.author, lang, token, kind),
        kind=f"{ACTION}:{int(now.timestamp()) // 3000}",
        data={"lang": lang},
    )


def letter(
    office: Office, conference: str, to: str, lang: str, token: str, kind: str = ""
) -> Letter:
    """May this be posted?"""
    link = f"{office.config.url}/confirm/{token}"
    return lettering.letter(
        office,
        "writing/ask",
        to,
        lang,
        conference=conference,
        kind=kind,
        link=link,
        days=CONFIRM.days,
    )


def _is_due(office: Office, address: str) -> bool:
    """Whether the address was not asked within the hour, and not too often today. What a clock that
    was far ahead has written does not count."""
    box, ends = mailbox(address), clock.now() + CONFIRM
    ago = [
        abs(ends - facts.expires)
        for _, facts in office.roster().tokens.facts.given_for(ACTION)
        if mailbox(facts.address) == box
    ]
    a_day = sum(one < timedelta(days=1) for one in ago)
    return a_day < A_DAY and not any(one < EVERY for one in ago)
