"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Help, MailCommand
from solicomm_build.desk.vocabulary import shown
from solicomm_build.features.privacy import owndata
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.language import wordtables

WORDS = wordtables.table(__file__, "commands")


def _word(lang: str) -> str:
    return shown(WORDS, "mydata", lang)


def _says(lang: str) -> str:
    return gettext(lang, "get all that we keep about you")


COMMANDS = {
    "mydata": MailCommand(owndata.mydata, needs_proof=True, help=(Help(202, _word, _says),)),
}
