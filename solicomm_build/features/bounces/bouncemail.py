"""The mails about bounces: to members, to a list's owners, to the operator.

Pure. Sentences in the reader's language, from the catalogue `bounces`. All are notices of a program
(RFC 3834 2: Auto-Submitted) and go out with a VERP tag, so that they come back to the same reader.

The rules: docs/mail-rules.md#bounces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from solicomm_build.features.bounces.bounce import Trip
from solicomm_build.foundation.i18n import N_, format_date, format_datetime, gettext, ngettext
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.message import compose, richtext
from solicomm_build.message.transform import header_field, mailbox_field

_KINDS = {
    "gone": N_("the address does not exist"),
    "full": N_("the mailbox is full"),
    "size": N_("the message was too large"),
    "policy": N_("the server refused our mail (spam or policy)"),
    "soft": N_("the server could not be reached or had a fault"),
}
_MOST_ATTACHED = 20


@dataclass(frozen=True, slots=True)
class Frame:
    """What a mail about a list is made with: `list_id` empty for mail about the hub."""

    domain: str
    list_id: str
    title: str
    to: str
    lang: str
    reverse_path: str | None
    now: datetime

    def address(self, purpose: str) -> str:
        """An address of the list, or the operator's for the hub."""
        local = f"{self.list_id}-{purpose}" if self.list_id else "postmaster"
        return f"{local}@{self.domain}"


@dataclass
class Week:
    """What owners are told: addresses that stopped, ended or complained, those whose provider
    refuses the list, counts of the rest."""

    stopped: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unknown: list[bytes] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.stopped, self.ended, self.complained, self.blocked, self.unknown))


def probe(frame: Frame) -> Item:
    """Asks, by arriving or not, whether an address still works."""
    lang = frame.lang
    return _item(
        frame,
        gettext(lang, "Does our mail reach you? %(list)s", list=frame.title),
        gettext(
            lang,
            "Mail from the list %(list)s to your address has come back several times. With this "
            "message we check whether the address works.",
            list=frame.title,
        ),
        gettext(lang, "If you can read this, all is well: you need not do anything."),
        gettext(lang, "If it comes back as well, we stop sending to you until you write to us."),
    )


def notice(frame: Frame, since: date, ends: date) -> Item:
    """Tells a member that the list has stopped sending, and how to begin again."""
    lang, request = frame.lang, frame.address("request")
    return _item(
        frame,
        gettext(lang, "You no longer get mail from %(list)s", list=frame.title),
        gettext(
            lang,
            "Mail to your address came back, so the list %(list)s stopped sending to you on "
            "%(date)s.",
            list=frame.title,
            date=format_date(lang, since, "medium"),
        ),
        gettext(lang, "To get mail again, send a message with the subject “set mail on” to:")
        + f"\n{_line(request)}",
        gettext(
            lang,
            "If nothing happens, your subscription ends on %(date)s.",
            date=format_date(lang, ends, "medium"),
        ),
    )


def summary(frame: Frame, week: Week) -> Item:
    """Tells a list's owners what came back; what could not be read is attached."""
    lang = frame.lang
    groups = (
        (gettext(lang, "No more mail is sent to:"), week.stopped),
        (gettext(lang, "The subscription has ended of:"), week.ended),
        (gettext(lang, "Unsubscribed after a complaint about spam:"), week.complained),
        (
            gettext(
                lang,
                "For a month the providers of these addresses have refused our mail. Ask the "
                "members:",
            ),
            week.blocked,
        ),
    )
    parts = ["\n".join((head, *map(_line, sorted(who)))) for head, who in groups if who]
    if week.counts:
        head = gettext(lang, "Failures by reason:")
        rows = [
            _line(f"{count}  {reason(lang, kind)}") for kind, count in sorted(week.counts.items())
        ]
        parts.append("\n".join((head, *rows)))
    attached = week.unknown[:_MOST_ATTACHED]
    if attached:
        parts.append(
            ngettext(
                lang,
                "%(num)s message that our program does not understand is attached.",
                "%(num)s messages that our program does not understand are attached.",
                len(attached),
            )
        )
    title = gettext(lang, "%(list)s: what came back", list=frame.title)
    intro = gettext(lang, "This came back from members of the list %(list)s:", list=frame.title)
    return _item(frame, title, intro, *parts, attached=attached)


def alert(frame: Frame, domain: str, trip: Trip, until: datetime, since: datetime) -> Item:
    """Tells the operator that a domain's bounces do not count for a day."""
    lang = frame.lang
    values = {"num": trip.members, "domain": domain, "reason": reason(lang, trip.kind)}
    return _item(
        frame,
        gettext(lang, "Bounces from %(domain)s do not count for a day", domain=domain),
        ngettext(
            lang,
            "Within an hour mail to %(num)s member at %(domain)s came back for one reason: "
            "%(reason)s.",
            "Within an hour mail to %(num)s members at %(domain)s came back for one reason: "
            "%(reason)s.",
            trip.members,
            **values,
        ),
        gettext(
            lang,
            "That is trouble between servers rather than with people. Until %(time)s nothing from "
            "there counts against anybody.",
            time=format_datetime(lang, until),
        ),
        gettext(lang, "One of the servers said:") + "\n" + _line(trip.sample.diagnostic or "-"),
        gettext(lang, "To take back what was counted earlier:")
        + "\n"
        + _line(f"solicomm bounces revert --since {since:%Y-%m-%dT%H:%MZ}"),
    )


def reason(lang: str, kind: str) -> str:
    """A class of failure in words."""
    return gettext(lang, _KINDS[kind]) if kind in _KINDS else kind


def _item(frame: Frame, subject: str, *parts: str, attached: Sequence[bytes] = ()) -> Item:
    text = "\n\n".join([gettext(frame.lang, "Hello,"), *parts, _questions(frame)])
    seed = f"{frame.list_id}/{frame.to}/{subject}/{frame.now:%Y%m%d}"
    rich = richtext.render(text, lang=frame.lang, title=frame.title, about=subject)
    part = richtext.alternative(rich, seed=f"{seed}/alternative")
    if attached:
        part = compose.multipart("mixed", [part, *map(compose.message_part, attached)], seed=seed)
    sender = frame.address("request")
    fields = [
        mailbox_field("From", frame.title, sender),
        _to(frame.to),
        header_field("Subject", subject),
        compose.date_field(frame.now),
        header_field("Message-ID", f"<{post_id(seed)}@{frame.domain}>"),
        header_field("Auto-Submitted", "auto-generated"),
        header_field("X-Auto-Response-Suppress", "All"),
        header_field("Content-Language", frame.lang),
    ]
    envelope = Envelope(
        frame.reverse_path, (frame.to,), frame.now, smtputf8=not frame.to.isascii(), ours=True
    )
    return Item(envelope, compose.message(fields, part))


def _questions(frame: Frame) -> str:
    words = gettext(frame.lang, "Any questions? People read what you write to:")
    return f"{words}\n{_line(frame.address('owner'))}"


def _line(text: str) -> str:
    """A line that stays as it is (message/richtext.py)."""
    return f"    {' '.join(text.split())}"


def _to(address: str) -> bytes:
    if address.isascii():
        return mailbox_field("To", "", address)
    return f"To: <{address}>\r\n".encode()  # RFC 6532; addresses in the roster are valid ones
