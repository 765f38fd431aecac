"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act, Help, MailCommand
from solicomm_build.desk.vocabulary import shown
from solicomm_build.features.people import cards, deeds, personaddress, relaying
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.language import wordtables

ACTS = {personaddress.PERSON: Act(relaying.requested, is_short=True)}
READ = frozenset({cards.FORM})
CONFIRMED = {
    cards.FORM: cards.filled,
    cards.PUBLISH: cards.published,
    relaying.SEND: relaying.confirmed,
}
WORDS = wordtables.table(__file__, "commands")


def _word(lang: str) -> str:
    return shown(WORDS, "card", lang)


def _says(lang: str) -> str:
    return gettext(lang, "show or change your card in the directory of people")


COMMANDS = {"card": MailCommand(cards.card, needs_proof=True, help=(Help(204, _word, _says),))}
DEEDS = {deeds.CARDS: deeds.carry_out}
OWED = frozenset({"relay-left", "relay-many", "relay-nobody"})
