"""Who handed a document in is asked to change its card, and may take it back."""

from __future__ import annotations

from solicomm_build.desk import tokens, vocabulary
from solicomm_build.desk.commands import lines
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import Plan
from solicomm_build.features.library.deposits import pageaddress
from solicomm_build.features.library.deposits.deposits import Deposit, Deposits
from solicomm_build.features.library.deposits.libraryletters import card_lines, library_letter
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.language import wordtables
from solicomm_build.message.address import key
from solicomm_build.people import token
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.rosterevents import Event

WITHDRAW = wordtables.table(__file__, "withdraw")
_WORDS = vocabulary.meanings(WITHDRAW)


def token_for(deposit: Deposit) -> tuple[str, Event]:
    """A token by which who handed it in corrects its card, and the event that gives it."""
    text = token.fresh()
    data = {"deposit": deposit.key}
    event = tokens.given(text, "deposit", "", deposit.facts.author, days=MODERATE, data=data)
    return text, event


def own(config: Config, letter: TokenFacts) -> Deposit | None:
    """The deposit that a letter to who handed it in is about; None for one that is gone, and for a
    letter at an address which that person has no more. Blocking."""
    found = Deposits(config).get(str(letter.data.get("deposit", "")))
    is_theirs = found is not None and key(found.facts.author) == key(letter.address)
    return found if is_theirs else None


def is_taken_back(text: str) -> bool:
    """Whether the first line of an answer says so."""
    return vocabulary.plain(next(iter(lines(text)), "")).strip(".,!") in _WORDS


def asked(office: Office, deposit: Deposit, words: str) -> Plan:
    """The letter to who handed it in, with a curator's words and the card."""
    facts, lang = deposit.facts, deposit.facts.lang
    text, event = token_for(deposit)
    letter = library_letter(
        office,
        facts.library,
        "library/change",
        facts.author,
        lang,
        reply_to=f"{facts.library}-deposit+{text}",
        title=deposit.entry.title_in(lang),
        words=words.strip(),
        corrects=bool(facts.corrects),
        card=card_lines(deposit.entry, lang, facts.guesses),
        page=pageaddress.card(office.config, text),
    )
    return Plan((event,), letters=(letter,), subject="Ask for changes")


def taken_back(office: Office, deposit: Deposit) -> Plan:
    """The letter that says so."""
    facts, lang = deposit.facts, deposit.facts.lang
    name, title = "library/taken-back", deposit.entry.title_in(lang)
    made = library_letter(office, facts.library, name, facts.author, lang, title=title)
    return Plan(letters=(made,))
