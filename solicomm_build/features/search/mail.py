"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Help, MailCommand
from solicomm_build.desk.vocabulary import shown
from solicomm_build.features.search import finding
from solicomm_build.features.search.saved import saving
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.language import wordtables

WORDS = wordtables.table(__file__, "commands")


def _written(lang: str) -> str:
    return f"{shown(WORDS, 'watch', lang)} …"


def _says(lang: str) -> str:
    return gettext(lang, "get what is new about these words, once a week")


COMMANDS = {
    "search": MailCommand(finding.search),
    "watch": MailCommand(
        saving.watch, needs_proof=True, is_of_hub=True, help=(Help(106, _written, _says),)
    ),
    "unwatch": MailCommand(saving.unwatch, needs_proof=True, is_of_hub=True),
}
DEEDS = {saving.DEED: saving.carry_out}
