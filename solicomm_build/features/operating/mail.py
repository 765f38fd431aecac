"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import MailCommand
from solicomm_build.features.operating import acting, answering, choosing, ending
from solicomm_build.features.operating.telling import ACTION
from solicomm_build.foundation.language import wordtables

WORDS = wordtables.table(__file__, "commands")
COMMANDS = {
    "agree": MailCommand(answering.agree, needs_proof=True),
    "refuse": MailCommand(answering.refuse, needs_proof=True),
    "mails": MailCommand(choosing.chosen, needs_proof=True),
}
CONFIRMED = {ACTION: answering.said_yes}
DENIED = {ACTION: answering.said_no}
DEEDS = {acting.DEED: acting.carry_out, ending.GONE: ending.forget}
