"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act, Help, MailCommand
from solicomm_build.features.moderation import byname, moderation, undoing
from solicomm_build.people.address import Purpose

ACTS = {Purpose.MODERATE: Act(moderation.answered, is_sent=True)}
WORDS = byname.WORDS
COMMANDS = {
    byname.NAME: MailCommand(
        byname.decide,
        needs_proof=True,
        help=(Help(12, byname.written, byname.says, for_staff=True),),
    ),
}
OWED = frozenset({"held", "held-last", "rejected"})
WORK = frozenset({"unclear", "decided"})
DEEDS = {undoing.DEED: undoing.carry_out}
