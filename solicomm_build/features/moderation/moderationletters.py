"""Mails to moderators and to authors whose messages wait (docs/mail-rules.md#moderation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from solicomm_build.desk import vocabulary
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.desk.words import line
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.foundation.language import wordtables
from solicomm_build.message.split import split
from solicomm_build.message.values import Message
from solicomm_build.people.membership import Member
from solicomm_build.post.decision import Decision
from solicomm_build.post.held.heldwords import why, why_yours

MOST_OCTETS = 2_000_000
"""A notice that would be larger shows the header of the message only."""

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A held message as moderators see it; `until` is when it is thrown away."""

    subject: str
    author: str
    rule: str
    reason: str
    until: datetime
    raw: bytes


def notice(
    office: Office, conference: str, to: Member, held: Shown, token: str, *, again: bool
) -> Letter:
    """One message waits: why, what one can do, the message itself, and what a program needs."""
    lang = office.language_of(to.address, conference)
    made = _letter(
        office,
        "moderation/notice",
        conference,
        to,
        token,
        subject=_short(held.subject, lang),
        author=held.author,
        why=why(lang, held.rule, held.reason),
        newcomer=held.rule == "first-posts",
        until=held.until,
        again=again,
    )
    return replace(made, attached=(_original(held.raw), _control(office, conference, token)))


def bundle(
    office: Office, conference: str, to: Member, held: Sequence[Shown], token: str, *, again: bool
) -> Letter:
    """Several messages wait; an answer names them by number."""
    lang = office.language_of(to.address, conference)
    rows = [
        {
            "subject": _short(one.subject, lang),
            "author": _short(one.author, lang),
            "why": why(lang, one.rule, one.reason),
        }
        for one in held
    ]
    until = min(one.until for one in held)
    name = "moderation/bundle"
    made = _letter(
        office, name, conference, to, token, held=rows, until=until, again=again, every=_every(lang)
    )
    raws = tuple(one.raw for one in held)
    small = sum(map(len, raws)) <= MOST_OCTETS
    return replace(
        made, attached=(_control(office, conference, token),), digest=raws if small else ()
    )


def _letter(
    office: Office, name: str, conference: str, to: Member, token: str, **facts: Any
) -> Letter:
    lang = office.language_of(to.address, conference)
    return letter(
        office,
        name,
        to.address,
        lang,
        conference=conference,
        reply_to=f"{conference}-moderate+{token}",
        notice=True,
        decide=f"{office.config.url}/moderate/{token}",
        words=_words(lang),
        **facts,
    )


def _words(lang: str) -> dict[str, str]:
    """The words that decide."""
    words = vocabulary.DECISIONS
    return {name: vocabulary.shown(words, name, lang) for name in words}


def _every(lang: str) -> str:
    return wordtables.in_language(vocabulary.ALL, lang)


def _short(text: str, lang: str) -> str:
    text = " ".join(text.split()) or gettext(lang, "(no subject)")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _original(raw: bytes) -> Attached:
    """The message by its octets, or its header when it is very large."""
    if len(raw) <= MOST_OCTETS:
        return Attached("message/rfc822", raw)
    return Attached("text/rfc822-headers", raw[: split(raw).end])


def _control(office: Office, conference: str, token: str) -> Attached:
    """A message that can be answered by a program that shows parts as messages of their own."""
    address = office.address(f"{conference}-moderate+{token}")
    text = f"From: {address}\r\nTo: {address}\r\nSubject: {conference}\r\n\r\n"
    return Attached("message/rfc822", text.encode("ascii") + b"accept | reject | discard\r\n")


def join_request(
    office: Office, conference: str, to: Member, applicant: str, name: str, token: str
) -> Letter:
    """Somebody wants to be on a list that is not open to everybody."""
    who = f"{name} <{applicant}>" if name else applicant
    return _letter(office, "moderation/join-request", conference, to, token, who=who)


def request_waits(office: Office, conference: str, to: str, lang: str, until: datetime) -> Letter:
    """Nobody has decided yet about your request to join, and soon it ends."""
    kind = f"request-waits:{conference}"
    return letter(
        office,
        "moderation/request-waits",
        to,
        lang,
        conference=conference,
        kind=kind,
        notice=True,
        until=until.date(),
    )


def request_ended(office: Office, conference: str, to: str, lang: str, who: str) -> Letter:
    """The list that somebody asked to join was removed: told to who asked, and to who was to
    decide."""
    name = "moderation/request-ended"
    kind = f"request-ended:{conference}:{who}"
    return letter(office, name, to, lang, kind=kind, name=conference, who=who)


# -- answers to moderators ----------------------------------------------------------------------


_DONE = {
    "accept": N_("It is sent on:"),
    "reject": N_("It is not sent on:"),
    "discard": N_("It was thrown away:"),
    "accept+trust": N_("It is sent on, and so will be what this author writes later:"),
    "ban": N_("It was thrown away, and so will be what this author writes later:"),
}


_JOINED = {
    "accept": N_("This address is on the list now:"),
    "accept+trust": N_("This address is on the list now:"),
    "reject": N_("This address does not get onto the list, and is told so:"),
    "discard": N_("This address does not get onto the list:"),
    "ban": N_("This address does not get onto the list, and cannot ask again:"),
}


def joined_line(lang: str, decision: str, who: str) -> str:
    """What a decision about a request to join did, and whose request it was."""
    return gettext(lang, _JOINED[decision]) + "\n" + line(who)


def done_words(lang: str, made: Decision) -> str:
    """What a decision did, as half a sentence that ends without the colon."""
    return gettext(lang, _DONE[made.decision]).rstrip(" :\u00a0\u202f：")


def done_line(lang: str, decision: str, what: str) -> str:
    """What a decision did, and to which message."""
    return gettext(lang, _DONE[decision]) + "\n" + line(_short(what, lang))


def undone_line(lang: str, what: str, *, lets_in: bool, is_post: bool) -> str:
    """A decision was taken back: what that did, and about which message."""
    if not lets_in:
        text = gettext(lang, "It waits for a decision again:")
    elif is_post:
        text = gettext(
            lang, "It is hidden on the pages. Copies that went out by mail cannot be called back:"
        )
    else:
        text = gettext(
            lang,
            "Copies that went out by mail cannot be called back, and no page of ours shows it:",
        )
    return text + "\n" + line(_short(what, lang))


def already_line(lang: str, who: str, decision: str, what: str) -> str:
    """Somebody else was faster."""
    if not decision:
        text = gettext(lang, "This one was decided already:")
        return text + "\n" + line(_short(what, lang))
    text = gettext(lang, "%(who)s had decided already. This is what was done:", who=who)
    return text + "\n" + done_line(lang, decision, what)


def late_line(lang: str, who: str) -> str:
    """Nobody decided about a request to join until it ended."""
    return gettext(lang, "It was too late for an answer.") + "\n" + line(who)


def expired_words(lang: str) -> str:
    """Nobody decided about a message until it was thrown away."""
    return gettext(lang, "Nobody decided in time, and it was thrown away.")


def expired_line(lang: str, what: str) -> str:
    """The same, and of which message."""
    return expired_words(lang) + "\n" + line(_short(what, lang))


def somebody(lang: str) -> str:
    """Who decided, when it was no member."""
    return gettext(lang, "Somebody else")


def unread_line(lang: str, row: str) -> str:
    """A line of an answer decided nothing, or not all that it names."""
    return gettext(lang, "This line could not be understood:") + "\n" + line(_short(row, lang))


def outcome(
    office: Office, conference: str, to: str, lang: str, parts: list[str], *, kind: str
) -> Letter:
    """What came of a moderator's answer."""
    name = "moderation/outcome"
    return letter(office, name, to, lang, conference=conference, kind=kind, parts=parts)


def unclear(
    office: Office, conference: str, to: str, lang: str, token: str, *, numbers: bool, kind: str
) -> Letter:
    """The answer did not say what to do; nothing was done."""
    return letter(
        office,
        "moderation/unclear",
        to,
        lang,
        conference=conference,
        kind=kind,
        reply_to=f"{conference}-moderate+{token}" if token else "",
        decide=f"{office.config.url}/moderate/{token}" if token else "",
        words=_words(lang),
        numbers=numbers,
        every=_every(lang),
    )


def no_room(
    office: Office, conference: str, to: Member, subject: str, author: str, *, kind: str
) -> Letter:
    """A message found no room to wait in, and its author, who is not proved, is not told."""
    lang = office.language_of(to.address, conference)
    return letter(
        office,
        "moderation/no-room",
        to.address,
        lang,
        conference=conference,
        kind=kind,
        subject=_short(subject, lang),
        author=author or "–",
    )


# -- to authors ---------------------------------------------------------------------------------


def _to_author(
    office: Office,
    name: str,
    conference: str,
    to: str,
    lang: str,
    message: Message,
    kind: str,
    **facts: Any,
) -> Letter:
    subject = _short(message.subject, lang)
    made = letter(
        office, name, to, lang, conference=conference, kind=kind, subject=subject, **facts
    )
    return replace(made, below=message)


def held(
    office: Office,
    conference: str,
    to: str,
    lang: str,
    message: Message,
    rule: str,
    until: datetime,
    *,
    kind: str,
) -> Letter:
    """Your message waits: why, for whom, and what happens next."""
    facts = {
        "why": why_yours(lang, rule),
        "people": len(office.moderators(conference)),
        "until": until.date(),
    }
    return _to_author(office, "moderation/held", conference, to, lang, message, kind, **facts)


def held_on(
    office: Office,
    conference: str,
    to: str,
    lang: str,
    message: Message,
    until: datetime,
    *,
    kind: str,
) -> Letter:
    """Nobody has decided about your message yet, and soon it is thrown away."""
    day, name = until.date(), "moderation/held-on"
    return _to_author(office, name, conference, to, lang, message, kind, until=day)


def rejected(
    office: Office, conference: str, to: str, lang: str, message: Message, text: str, *, kind: str
) -> Letter:
    """Your message does not go to the list, and why."""
    name = "moderation/rejected"
    return _to_author(office, name, conference, to, lang, message, kind, text=text)


def undone(office: Office, conference: str, to: str, lang: str, message: Message) -> Letter:
    """The no to your message was taken back: it waits again."""
    return _to_author(office, "moderation/undone", conference, to, lang, message, "")
