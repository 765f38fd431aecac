"""The mails about bounces: to members, to a list's owners, to the operator.

The words are in `letters/`. All are notices of a program (RFC 3834 2: Auto-Submitted) and go out
with a VERP tag, so that they come back to the same reader.

The rules: docs/mail-rules.md#bounces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from solicomm_build.desk.words import Say
from solicomm_build.features.bounces.bounce import Trip
from solicomm_build.foundation.i18n import N_, gettext
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
    """What a mail about a list is made with: `list_id` empty for mail about the hub; `say` has the
    words."""

    domain: str
    list_id: str
    title: str
    to: str
    lang: str
    reverse_path: str | None
    now: datetime
    say: Say

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
    return _item(frame, "bounces/probe")


def notice(frame: Frame, since: date, ends: date) -> Item:
    """Tells a member that the list has stopped sending, and how to begin again."""
    return _item(frame, "bounces/notice", since=since, ends=ends)


def summary(frame: Frame, week: Week) -> Item:
    """Tells a list's owners what came back; what could not be read is attached."""
    attached = week.unknown[:_MOST_ATTACHED]
    return _item(
        frame,
        "bounces/summary",
        attached=attached,
        stopped=sorted(map(_joined, week.stopped)),
        ended=sorted(map(_joined, week.ended)),
        complained=sorted(map(_joined, week.complained)),
        blocked=sorted(map(_joined, week.blocked)),
        counts=[(number, reason(frame.lang, kind)) for kind, number in sorted(week.counts.items())],
        unknown=len(attached),
    )


def alert(frame: Frame, domain: str, trip: Trip, until: datetime, since: datetime) -> Item:
    """Tells the operator that a domain's bounces do not count for a day."""
    return _item(
        frame,
        "bounces/alert",
        domain=domain,
        members=trip.members,
        reason=reason(frame.lang, trip.kind),
        until=until,
        sample=_joined(trip.sample.diagnostic) or "-",
        since=f"{since:%Y-%m-%dT%H:%MZ}",
    )


def reason(lang: str, kind: str) -> str:
    """A class of failure in words."""
    return gettext(lang, _KINDS[kind]) if kind in _KINDS else kind


def _item(frame: Frame, name: str, *, attached: Sequence[bytes] = (), **facts: object) -> Item:
    about = {"list": frame.title, "conference": frame.list_id, "to": frame.to}
    subject, text = frame.say(name, frame.lang, owner=frame.address("owner"), **about, **facts)
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


def _joined(text: str) -> str:
    return " ".join(text.split())


def _to(address: str) -> bytes:
    if address.isascii():
        return mailbox_field("To", "", address)
    return f"To: <{address}>\r\n".encode()  # RFC 6532; addresses in the roster are valid ones
