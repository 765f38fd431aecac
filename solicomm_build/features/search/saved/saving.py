"""`watch WORDS` and `unwatch` by mail to the hub; the page writes such a mail (pages.py).

Who is not proved is asked first, as for every command that changes something; the answer is the
same for every address.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from solicomm_build.desk import vocabulary
from solicomm_build.desk.commands import END_MARKS, Command
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case, Deed, Plan
from solicomm_build.features.search.engine import query as queries
from solicomm_build.features.search.saved import store
from solicomm_build.features.search.saved.store import LONGEST, MOST, Saved
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext

DEED = "saved-search"
WEEK = timedelta(days=7)
YEAR = timedelta(days=365)


def watch(office: Office, case: Case, person: Person, command: Command) -> Result:
    """Saves a search: what is new is mailed once a week."""
    lang, query = person.lang, " ".join(command.words)[:LONGEST]
    mine = {one.query for one in store.of(office.config, frozenset({person.address}))}
    if wrong := refused(office.config, mine, query, lang):
        return Result(person, (wrong,))
    now = clock.now()
    facts = {
        "address": person.address,
        "lang": lang,
        "query": query,
        "since": f"{now:%Y-%m-%d}",
        "due": int((now + WEEK).timestamp()),
        "ends": int((now + YEAR).timestamp()),
    }
    plan = Plan(deeds=(Deed(DEED, facts),), subject="Save a search")
    return Result(person, (saved_words(query, lang),), plan)


def refused(config: Config, mine: Collection[str], query: str, lang: str) -> str:
    """Why a search is not saved, as a sentence; empty when it is. `mine` are those that the same
    person has."""
    if not queries.parse(query).clauses:
        return gettext(lang, "Please write one or more words that carry a meaning.")
    is_full = len(mine) >= MOST or len(store.numbers(config)) >= store.ALL
    if is_full and query not in mine:
        return gettext(lang, "There are too many saved searches. Please end one first: unwatch.")
    return ""


def saved_words(query: str, lang: str) -> str:
    """What is said of a search that is saved."""
    return gettext(
        lang,
        "The search “%(query)s” is saved. What is new comes once a week, for a year; every mail "
        "has a link that ends it.",
        query=query,
    )


def unwatch(office: Office, case: Case, person: Person, command: Command) -> Result:
    """Ends the searches of the author: the one that is named, else all."""
    query = " ".join(command.words)
    mine = list(store.of(office.config, frozenset({person.address})))
    ended = [one for one in mine if not query or one.query == query]
    ended = ended or [one for one in mine if _folded(one.query) == _folded(query)]
    deeds = tuple(Deed(DEED, {"end": one.number}) for one in ended)
    words = (
        gettext(person.lang, "No mail about this search comes to you any more.")
        if ended
        else gettext(person.lang, "No such search is saved for your address.")
    )
    return Result(person, (words,), Plan(deeds=deeds, subject="End saved searches"))


def _folded(query: str) -> str:
    """As two spellings of a search are compared: telephones begin a line with a capital, and put a
    full stop behind it."""
    return " ".join(vocabulary.plain(query[:LONGEST]).split()).strip(END_MARKS)


def carry_out(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Keeps a search, or ends it; durable on return, safe to call twice."""
    del when
    if "end" in facts:
        store.remove(config, int(facts["end"]))
        return
    saved = Saved(**{**facts, "told": tuple(facts.get("told", ()))})
    if "told" in facts and store.read(config, saved.number) is None:
        return  # it was ended while its mail was written
    store.write(config, saved)
