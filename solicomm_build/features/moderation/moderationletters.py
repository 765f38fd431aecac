"""Mails to moderators and to authors whose messages wait (docs/mail-rules.md#moderation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from solicomm_build.desk import vocabulary
from solicomm_build.desk.letters import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.desk.words import line
from solicomm_build.features.moderation.moderationwords import why, why_yours
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext, ngettext
from solicomm_build.message.split import split
from solicomm_build.message.values import Message
from solicomm_build.people.roster import Member

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
    title = office.title(conference, lang)
    what = gettext(lang, "A message to the list “%(list)s” waits for you.", list=title)
    if again:
        what = gettext(lang, "A message to the list “%(list)s” still waits for you.", list=title)
    made = _letter(
        office,
        conference,
        to,
        lang,
        token,
        f"{_short(held.subject, lang)}",
        what,
        _facts(lang, held),
        gettext(lang, "Answer this mail, with one of these words on the first line:"),
        _choices(lang),
        *_rules(lang, held.until),
        gettext(lang, "The message is attached to this mail."),
    )
    return replace(made, attached=(_original(held.raw), _control(office, conference, token)))


def bundle(
    office: Office, conference: str, to: Member, held: Sequence[Shown], token: str, *, again: bool
) -> Letter:
    """Several messages wait; an answer names them by number."""
    lang = office.language_of(to.address, conference)
    count = ngettext(
        lang,
        "%(num)s message to the list waits for you:",
        "%(num)s messages to the list wait for you:",
        len(held),
    )
    if again:
        count = ngettext(
            lang,
            "%(num)s message to the list still waits for you:",
            "%(num)s messages to the list still wait for you:",
            len(held),
        )
    rows = [_row(lang, number, one) for number, one in enumerate(held, 1)]
    accept, discard = (
        vocabulary.shown(vocabulary.DECISIONS, name, lang) for name in ("accept", "discard")
    )
    every = vocabulary.ALL.get(lang, vocabulary.ALL["en"])[0]
    subject = ngettext(lang, "%(num)s message waits", "%(num)s messages wait", len(held))
    made = _letter(
        office,
        conference,
        to,
        lang,
        token,
        subject,
        count + "\n" + "\n".join(rows),
        gettext(
            lang,
            "Answer this mail. Write on each line a word and the numbers it is for, or “%(all)s”. "
            "For example:",
            all=every,
        ),
        f"{line(f'{accept} 1 3')}\n{line(f'{discard} 2')}\n{line(f'{discard} {every}')}",
        gettext(lang, "These are the words:"),
        _choices(lang),
        *_rules(lang, min(one.until for one in held)),
    )
    raws = tuple(one.raw for one in held)
    small = sum(map(len, raws)) <= MOST_OCTETS
    return replace(
        made, attached=(_control(office, conference, token),), digest=raws if small else ()
    )


def _letter(
    office: Office, conference: str, to: Member, lang: str, token: str, subject: str, *parts: str
) -> Letter:
    title = office.title(conference, lang)
    return letter(
        office,
        conference,
        to.address,
        lang,
        gettext(lang, "%(list)s: please decide: %(what)s", list=title, what=subject),
        *parts,
        reply_to=f"{conference}-moderate+{token}",
        notice=True,
    )


def _facts(lang: str, held: Shown) -> str:
    return "\n".join(
        (
            line(gettext(lang, "Subject: %(text)s", text=_short(held.subject, lang))),
            line(gettext(lang, "From: %(text)s", text=held.author)),
            gettext(lang, "It waits because %(why)s.", why=why(lang, held.rule, held.reason)),
            *([_greeting(lang)] if held.rule == "first-posts" else []),
        )
    )


def _greeting(lang: str) -> str:
    return gettext(lang, "It is a newcomer who writes: a word of welcome in the topic does good.")


def _row(lang: str, number: int, held: Shown) -> str:
    """Three short lines, since a program may show them on a telephone."""
    reason = why(lang, held.rule, held.reason)
    subject, author = _short(held.subject, lang), _short(held.author, lang)
    return f"{line(f'{number}. {subject}')}\n{line(f'   {author}')}\n{line(f'   {reason}')}"


def _short(text: str, lang: str) -> str:
    text = " ".join(text.split()) or gettext(lang, "(no subject)")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _choices(lang: str) -> str:
    rows = (
        ("accept", gettext(lang, "it goes to everybody on the list")),
        ("reject", gettext(lang, "it does not; what you write after the word goes to the author")),
        ("discard", gettext(lang, "it is thrown away, and nobody is told")),
        ("accept+trust", gettext(lang, "it goes out, and so does what the author writes later")),
        ("ban", gettext(lang, "it is thrown away, and so is what the author writes later")),
    )
    return "\n".join(
        f"{line(vocabulary.shown(vocabulary.DECISIONS, name, lang))}\n{line('    ' + what)}"
        for name, what in rows
    )


def _rules(lang: str, until: datetime) -> tuple[str, str]:
    day = i18n.format_date(lang, until, "medium")
    return (
        gettext(lang, "An empty answer decides nothing. Whoever answers first has decided."),
        gettext(lang, "If nobody answers by %(day)s, it is thrown away.", day=day),
    )


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
    lang = office.language_of(to.address, conference)
    title = office.title(conference, lang)
    rows = [
        (vocabulary.shown(vocabulary.DECISIONS, word, lang), what)
        for word, what in (
            ("accept", gettext(lang, "this person is put on the list")),
            ("reject", gettext(lang, "not; what you write after the word goes to this person")),
            ("discard", gettext(lang, "not, and nobody is told")),
            ("ban", gettext(lang, "not, and this person can ask no more")),
        )
    ]
    return _letter(
        office,
        conference,
        to,
        lang,
        token,
        gettext(lang, "somebody wants to join"),
        gettext(
            lang,
            "Somebody confirmed an address and wants to be on the list “%(list)s”:",
            list=title,
        )
        + "\n"
        + line(f"{name} <{applicant}>" if name else applicant),
        gettext(lang, "Answer this mail, with one of these words on the first line:"),
        "\n".join(f"{line(word)}\n{line('    ' + what)}" for word, what in rows),
        gettext(lang, "An empty answer decides nothing. Whoever answers first has decided."),
    )


# -- answers to moderators ----------------------------------------------------------------------


def _answer(
    office: Office, conference: str, to: str, lang: str, *parts: str, kind: str, token: str = ""
) -> Letter:
    subject = gettext(lang, "Your decision: %(list)s", list=office.title(conference, lang))
    reply_to = f"{conference}-moderate+{token}" if token else ""
    return letter(office, conference, to, lang, subject, *parts, kind=kind, reply_to=reply_to)


_DONE = {
    "accept": N_("It goes to the list:"),
    "reject": N_("It does not go to the list:"),
    "discard": N_("It was thrown away:"),
    "accept+trust": N_("It goes to the list, and so will what this author writes later:"),
    "ban": N_("It was thrown away, and so will be what this author writes later:"),
}


def done_line(lang: str, decision: str, what: str) -> str:
    """What a decision did, and to which message."""
    return gettext(lang, _DONE[decision]) + "\n" + line(_short(what, lang))


def already_line(lang: str, who: str, decision: str, what: str) -> str:
    """Somebody else was faster."""
    if not decision:
        text = gettext(lang, "This one was decided already:")
        return text + "\n" + line(_short(what, lang))
    text = gettext(lang, "%(who)s had decided already. This is what was done:", who=who)
    return text + "\n" + done_line(lang, decision, what)


def somebody(lang: str) -> str:
    """Who decided, when it was no member."""
    return gettext(lang, "Somebody else")


def outcome(
    office: Office, conference: str, to: str, lang: str, parts: list[str], *, kind: str
) -> Letter:
    """What came of a moderator's answer."""
    return _answer(office, conference, to, lang, *parts, kind=kind)


def unclear(
    office: Office, conference: str, to: str, lang: str, token: str, *, numbers: bool, kind: str
) -> Letter:
    """The answer did not say what to do; nothing was done."""
    parts = [
        gettext(lang, "Nothing was decided: your answer does not begin with one of the words."),
        _choices(lang),
    ]
    if numbers:
        accept = vocabulary.shown(vocabulary.DECISIONS, "accept", lang)
        every = vocabulary.ALL.get(lang, vocabulary.ALL["en"])[0]
        parts.append(
            gettext(lang, "After the word, write the numbers it is for, or “%(all)s”:", all=every)
            + f"\n{line(f'{accept} 1 3')}"
        )
    parts.append(gettext(lang, "Answer this mail to try again."))
    return _answer(office, conference, to, lang, *parts, kind=kind, token=token)


def no_room(
    office: Office, conference: str, to: Member, subject: str, author: str, *, kind: str
) -> Letter:
    """A message found no room to wait in, and its author, who is not proved, is not told."""
    lang = office.language_of(to.address, conference)
    title = office.title(conference, lang)
    return letter(
        office,
        conference,
        to.address,
        lang,
        gettext(lang, "Messages to %(list)s find no room", list=title),
        gettext(
            lang,
            "A message to the list “%(list)s” was turned away, since more waits for a decision "
            "than there is room for:",
            list=title,
        )
        + "\n"
        + line(_short(subject, lang)),
        gettext(
            lang,
            "It says that %(author)s wrote it. Nobody has proved that, or a program sent it, so "
            "nothing was sent there. Tomorrow there is room again. Until then more may be turned "
            "away; you are told once a day only.",
            author=author or "–",
        ),
        kind=kind,
    )


# -- to authors ---------------------------------------------------------------------------------


def held(
    office: Office, conference: str, to: str, lang: str, message: Message, rule: str, *, kind: str
) -> Letter:
    """Your message waits."""
    title = office.title(conference, lang)
    made = letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Your message to %(list)s waits", list=title),
        gettext(lang, "Thank you for your message to the list “%(list)s”:", list=title)
        + "\n"
        + line(_short(message.subject, lang)),
        gettext(
            lang,
            "Somebody who looks after the list reads it before it goes to everybody, because "
            "%(why)s. You need not do anything, nor send it again.",
            why=why_yours(lang, rule),
        ),
        kind=kind,
    )
    return replace(made, below=message)


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
    title = office.title(conference, lang)
    made = letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Your message to %(list)s still waits", list=title),
        gettext(
            lang, "Nobody has decided yet about your message to the list “%(list)s”:", list=title
        )
        + "\n"
        + line(_short(message.subject, lang)),
        gettext(
            lang,
            "If nobody does, it is thrown away on %(day)s. Please write to the people who look "
            "after the list, or to those who run this place:",
            day=i18n.format_date(lang, until.date()),
        )
        + "\n"
        + line(office.address(f"{conference}-owner"))
        + "\n"
        + line(office.address("postmaster")),
        kind=kind,
    )
    return replace(made, below=message)


def rejected(
    office: Office, conference: str, to: str, lang: str, message: Message, text: str, *, kind: str
) -> Letter:
    """Your message does not go to the list, and why."""
    title = office.title(conference, lang)
    parts = [
        gettext(lang, "Your message does not go to the list “%(list)s”:", list=title)
        + "\n"
        + line(_short(message.subject, lang))
    ]
    if text:
        rows = "\n".join("    " + row for row in text.split("\n"))
        parts.append(gettext(lang, "The people who look after the list write:") + "\n" + rows)
    else:
        parts.append(
            gettext(lang, "The people who look after the list gave no reason. You may ask them.")
        )
    subject = gettext(lang, "Your message to %(list)s was not sent on", list=title)
    made = letter(office, conference, to, lang, subject, *parts, kind=kind)
    return replace(made, below=message)
