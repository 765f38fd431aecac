"""The letters about documents handed in: the draft card, and what is said of files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Plan
from solicomm_build.features.library.deposits import (
    again,
    pageaddress,
)
from solicomm_build.features.library.deposits.deposits import (
    ASKED,
    WAITING,
    Deposit,
)
from solicomm_build.features.library.deposits.libraryletters import (
    card_lines,
    library_letter,
    unread,
)

MOST_FILES = 20
"""Files of one mail that are looked at."""


def noted(office: Office, library: str, lang: str, notes: Iterable[str]) -> dict[str, Any]:
    """The facts of what is to be said about files (`library/letters/_notes.txt`)."""
    rows = []
    for note in notes:
        kind, _, name = note.partition(":")
        name, _, more = name.partition(":")
        if kind == "bad":
            rows += unread({name: more}, [name], lang)
        else:
            page = f"{office.config.url}/libraries/{library}/{more[4:]}/"
            rows.append({"kind": kind, "name": name, "more": more, "page": page})
    return {"notes": rows, "most": MOST_FILES}


def answer(office: Office, deposit: Deposit, lang: str) -> Plan:
    """The draft card for who handed it in, and the token with which he corrects it."""
    facts, entry = deposit.facts, deposit.entry
    text, event = again.token_for(deposit)
    letter = library_letter(
        office,
        facts.library,
        "library/deposited",
        facts.author,
        lang,
        kind="" if facts.state == WAITING else f"deposit:{deposit.key}",
        reply_to=f"{facts.library}-deposit+{text}",
        title=entry.title_in(lang),
        card=card_lines(entry, lang, facts.guesses),
        page=pageaddress.card(office.config, text),
        asked=facts.state == ASKED,
        corrects=facts.corrects,
        **noted(office, facts.library, lang, facts.notes),
    )
    return Plan((event,), (), (letter,), "Answer a deposit")
