"""May this sender post here? The verdict on a message to a conference or list (mail.md E4).

Pure; imports message and conference. The first rule that matches decides, in the order of mail.md
E4.2: loop, automatic mail, unknown author, limits, then the conference's posting mode. A verdict
names its rule, so that it can be logged and replayed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from solicomm_build.message.values import Message
from solicomm_build.model.address import fold
from solicomm_build.model.conference import Conference
from solicomm_build.model.roster import Roster
from solicomm_build.types import Envelope

MOST_RECEIVED = 50
"""RFC 5321 6.3 asks relays to bear 100 Received fields; a list may be stricter."""

MOST_RECIPIENTS = 100
"""To and Cc addresses before a moderator looks (mail.md B.3)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, by which rule, and the reason in words for moderators.

    `archive` is off when the author asked that the post be delivered but not kept.
    """

    action: Literal["accept", "hold", "discard"]
    rule: str
    reason: str = ""
    archive: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """All that a verdict depends on. `list_id` is `<id>.<domain>` (RFC 2919), `list_address` the
    address people post to.
    """

    message: Message
    envelope: Envelope
    conference: Conference
    list_id: str
    list_address: str
    roster: Roster


Rule = Callable[[Case], Verdict | None]


def judge(case: Case) -> Verdict:
    """The verdict on a message: that of the first rule that has one, else the posting mode's."""
    for rule in RULES:
        verdict = rule(case)
        if verdict is not None:
            return verdict
    return _posting_mode(case)


def author(message: Message) -> str | None:
    """The address of the one author; None when the message does not say clearly who wrote it.

    The envelope sender is not identity (mail.md E4.1).
    """
    if message.from_fields != 1 or len(message.from_) != 1 or _is_group(message):
        return None
    address = message.from_[0].addr_spec
    return address if "@" in address else None


# What may hold a colon in a From field without making it a group.
_NO_GROUP = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]*>|\([^()]*\)|=\?[^?\s]+\?[bBqQ]\?[^?]*\?=')


def _is_group(message: Message) -> bool:
    """Whether From uses group syntax, `name: members;` (RFC 6854), which names no one author."""
    value = _NO_GROUP.sub("", message.field("From") or "")
    return ":" in value and ";" in value


# -- rules ------------------------------------------------------------------------------------


def _loop(case: Case) -> Verdict | None:
    message = case.message
    if _names(message.all("List-Id"), case.list_id):
        return Verdict("discard", "loop", "the message has been through this list before")
    for field in ("X-Loop", "List-Post", "Delivered-To"):
        if _names(message.all(field), case.list_address):
            return Verdict("discard", "loop", f"{field} names this list")
    if len(message.all("Received")) > MOST_RECEIVED:
        return Verdict("discard", "loop", f"more than {MOST_RECEIVED} servers passed it on")
    return None


def _names(values: Iterable[str], wanted: str) -> bool:
    """Whether one of the values is `wanted`, bare or within angle brackets or a mailto URI."""
    key = fold(wanted)
    for value in values:
        bare = fold(value).rpartition("<")[2].partition(">")[0].strip().removeprefix("mailto:")
        if bare == key:
            return True
    return False


def _automatic(case: Case) -> Verdict | None:
    if case.envelope.mail_from is None:
        return Verdict("discard", "null-sender", "a delivery report, not a post (RFC 5321 4.5.5)")
    value = re.split(r"[;(\s]", (case.message.field("Auto-Submitted") or "").strip().lower())[0]
    if value in {"", "no"}:
        return None
    if value == "auto-replied":
        return Verdict("discard", "auto-replied", "an automatic answer (RFC 3834)")
    if case.conference.posting == "open":  # bug trackers and build robots write to open lists
        return None
    return Verdict("hold", "automatic", f"sent by a program (Auto-Submitted: {value[:40]})")


def _author_unknown(case: Case) -> Verdict | None:
    message = case.message
    if author(message) is not None:
        return None
    if message.from_fields > 1:
        return Verdict("hold", "two-from", "the message has more than one From field")
    if len(message.from_) > 1:
        return Verdict("hold", "two-authors", "From names more than one author")
    if _is_group(message):
        return Verdict("hold", "group-from", "From names a group, not an author")
    return Verdict("hold", "no-author", "From names no author")


def _limits(case: Case) -> Verdict | None:
    message = case.message
    if len(message.to) + len(message.cc) > MOST_RECIPIENTS:
        return Verdict("hold", "many-recipients", f"more than {MOST_RECIPIENTS} in To and Cc")
    if (message.field("Content-Type") or "").lower().lstrip().startswith("multipart/encrypted"):
        return Verdict("hold", "encrypted", "nobody on this list could read it")
    return None


def _posting_mode(case: Case) -> Verdict:
    conference, address = case.conference, author(case.message) or ""
    archive = not _refuses_archive(case.message)
    moderates = case.roster.role(conference.id, address) in {"moderator", "host"}
    if moderates:
        return Verdict("accept", "moderator", archive=archive)
    if conference.posting == "open":
        return Verdict("accept", "open", archive=archive)
    if conference.posting == "members":
        if case.roster.is_subscribed(conference.id, address):
            return Verdict("accept", "member", archive=archive)
        return Verdict("hold", "nonmember", "the author is not a member", archive)
    if conference.posting == "moderated":
        return Verdict("hold", "moderated", "every post is looked at first", archive)
    return Verdict("hold", "announce", "only moderators write here", archive)


def _refuses_archive(message: Message) -> bool:
    """X-No-Archive: yes, or Archive: no (mail.md E11.4)."""
    no_archive = (message.field("X-No-Archive") or "").strip().lower()
    archive = (message.field("Archive") or "").partition(";")[0].strip().lower()
    return no_archive == "yes" or archive == "no"


RULES: tuple[Rule, ...] = (_loop, _automatic, _author_unknown, _limits)
"""In the order they are asked; the posting mode decides on what is left."""
