"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk import vocabulary
from solicomm_build.desk.hooks import Act, Help, MailCommand
from solicomm_build.features.lists import (
    archive,
    bymail,
    emergency,
    information,
    membership,
    options,
)
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.language import wordtables
from solicomm_build.people.address import Purpose

ACTS = {
    Purpose.JOIN: Act(bymail.to_join, is_short=True),
    Purpose.DIGEST: Act(bymail.to_digest, is_short=True),
    Purpose.NOMAIL: Act(bymail.to_nomail, is_short=True),
    Purpose.LEAVE: Act(membership.leave, by_tag=membership.leave_by_token, is_short=True),
}
CONFIRMED = {
    "join": bymail.joined,
    "invite": bymail.joined,
    "stay": bymail.joined,
    "leave": bymail.left,
    "undo": bymail.undone,
    "address-old": bymail.old_address,
    "address-new": bymail.new_address,
}
WORDS = wordtables.table(__file__, "commands")


def _emergency(lang: str) -> str:
    on = vocabulary.shown(vocabulary.VALUES, "on", lang)
    return f"{vocabulary.shown(WORDS, 'emergency', lang)} {on}"


def _all_waits(lang: str) -> str:
    return gettext(lang, "have everything wait for a moderator")


COMMANDS = {
    "help": MailCommand(information.help_),
    "join": MailCommand(bymail.join),
    "leave": MailCommand(bymail.leave),
    "confirm": MailCommand(bymail.confirm),
    "set": MailCommand(options.set_, needs_proof=True),
    "language": MailCommand(options.language, needs_proof=True),
    "who": MailCommand(information.who, needs_proof=True),
    "which": MailCommand(information.which, needs_proof=True),
    "index": MailCommand(archive.index),
    "get": MailCommand(archive.get),
    "pause": MailCommand(options.pause, needs_proof=True),
    "resume": MailCommand(options.resume, needs_proof=True),
    "address": MailCommand(bymail.address, is_of_hub=True),
    "lists": MailCommand(information.lists),
    "owner": MailCommand(information.owner),
    "emergency": MailCommand(
        emergency.emergency,
        needs_proof=True,
        help=(Help(10, _emergency, _all_waits, for_staff=True),),
    ),
}
OWED = frozenset({"join", "leave", "address-old"})
