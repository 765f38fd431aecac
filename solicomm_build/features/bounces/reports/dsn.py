"""What came back to a bounce address: failures, complaints, automatic answers, or none of these.

Pure. `read` looks in this order (docs/mail-rules.md#bounces): the machine-readable report of RFC
3464, also in its international form (RFC 6533); a complaint (RFC 5965); a receipt (RFC 8098); the
wording of mail servers that write no report (bouncetext.py); the marks of automatic answers (RFC
3834); and last flufl.bounce, which this module hides: it may name an address, but its judgement
counts for nothing, since it takes full mailboxes and spam blocks for permanent failures.

Who is meant, and what a failure costs, is not decided here: the first is said by the tag in the
envelope, the second by features/bounces/bounce.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from solicomm_build.features.bounces.reports import bouncetext, dsnreport
from solicomm_build.features.bounces.reports.dsnreport import MAX_RECIPIENTS
from solicomm_build.features.bounces.reports.failure import (
    Action,
    Failure,
    address_in,
    one_line,
    status_in,
)
from solicomm_build.features.bounces.reports.foreignopinion import second_opinion
from solicomm_build.foundation.errors import MessageError
from solicomm_build.message import address, charset, header, structure
from solicomm_build.message.auth.answerable import AUTOMATIC_FIELDS, AUTOMATIC_SUBJECT
from solicomm_build.message.split import Split, split, text_of
from solicomm_build.message.structure import Part
from solicomm_build.message.text import hypertext

__all__ = [
    "MAX_RECIPIENTS",
    "Action",
    "Auto",
    "Complaint",
    "Failure",
    "Report",
    "Unknown",
    "of_reply",
    "read",
    "status_in",
]

_MAX_REPORT = 256 * 1024  # octets of a machine-readable part
_MAX_TEXT = 64 * 1024  # characters of a report's wording that are read

_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECEIPTS = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_SILENT = re.compile(r"(?:[45]\.0\.0)?")  # a status that says nothing
_SMTP_REPLY = re.compile(r"(?<![\d.])[45]\d\d(?![\d.])")
_DELIMITER = re.compile(rb"--([^\s\"<>]{4,70})[ \t]*\r?\n(?=Content-)", re.IGNORECASE)
_RULES = re.compile(r"([=*_#|~+-])\1{4,}")  # lines drawn in a text
_FROM_HERE = 512  # octets of a body in which a first delimiter is looked for
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "opt-out", "other"})


@dataclass(frozen=True, slots=True)
class Auto:
    """Not a failure: a vacation notice, a receipt, good news about a delivery."""

    reason: Literal["answer", "receipt", "delivered", "report"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A recipient pressed "this is spam" (RFC 5965); `recipient` where the report names one."""

    kind: str
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A person should look at it."""

    reason: str = ""


Report = tuple[Failure, ...] | Auto | Complaint | Unknown


Opinion = Callable[[bytes], Sequence[str]]


def read(raw: bytes, opinion: Opinion | None = None) -> Report:
    """What a message to a bounce address says; a tuple is never empty. Never raises. `opinion` is
    asked where nothing else knows: `second_opinion`, or what calls it in another process."""
    try:
        return _read(raw, opinion or second_opinion)
    except MessageError as refusal:
        return Unknown(refusal.public)
    except (RecursionError, MemoryError, LookupError, ValueError, AttributeError):
        return Unknown("the message cannot be read")


def of_reply(recipient: str, reply: str) -> Failure:
    """The failure that a reply to RCPT or DATA is."""
    line = one_line(reply)
    action: Action = "failed" if line[:1] != "4" else "delayed"
    return Failure(recipient, action, status_in(line), line, source="reply")


def _read(raw: bytes, opinion: Opinion, *, depth: int = 0) -> Report:
    raw = _with_type(raw)
    top = split(raw)
    root, _ = structure.tree(raw, top)
    parts = list(_own_parts(root))
    fields = _by_name(top)
    text = _text(raw, parts)
    found = _reported(raw, parts, text, fields) or _complaint(raw, parts, fields)
    if found is not None:
        return found
    told = bouncetext.read(text, fields)
    if told is None and bouncetext.is_from_a_server(fields):  # Exim calls its notices answers
        told = bouncetext.guess(text, fields)
    if told is not None and any(one.recipient for one in told):
        return _told(told)
    inner = _scattered(raw, root, fields) or (
        _enclosed(raw, parts, opinion, depth) if depth < 2 else None
    )
    if inner is not None:
        return inner
    if told is not None:
        return _of_the_copy(raw, parts, _told(told))
    if any(part.type in _RECEIPTS for part in parts):
        return Auto("receipt")
    if _is_automatic(fields):
        return Auto("answer")
    told = bouncetext.guess(text, fields)
    if told is not None:
        return _of_the_copy(raw, parts, _told(told))
    return (
        _second(opinion(raw), text, fields)
        or _by_the_copy(raw, parts, text, fields)
        or Unknown("neither a report nor words that are known")
    )


def _with_type(raw: bytes) -> bytes:
    """The message with the Content-Type that its body shows and its header lacks."""
    top = split(raw)
    if top.named("content-type"):
        return raw
    found = _DELIMITER.search(raw, top.body, top.body + _FROM_HERE)
    if found is None or (found.start() > top.body and raw[found.start() - 1] != 10):
        return raw
    if b"received:" in raw[top.body : found.start()].lower():  # the returned message's own
        return raw
    return b'Content-Type: multipart/mixed; boundary="' + found[1] + b'"\r\n' + raw


def _own_parts(part: Part) -> Iterator[Part]:
    """The parts in order, without what lies inside the returned message."""
    yield part
    if part.type.startswith("multipart/"):
        for child in part.parts:
            yield from _own_parts(child)


def _by_name(top: Split) -> dict[str, str]:
    """The first field of each name, decoded."""
    return {name: header.decode(fields[0].value) for name, fields in top.by_name.items()}


# -- reports -----------------------------------------------------------------------------------


def _reported(raw: bytes, parts: list[Part], text: str, fields: Mapping[str, str]) -> Report | None:
    """What the delivery-status parts say; None when there is none that says anything."""
    found: list[Failure] = []
    good = False
    for part in parts:
        if part.type in _REPORTS:
            failures, done = dsnreport.failures(_machine_text(raw, part))
            found += failures
            good = good or done
    if found:
        return _explained(tuple(found[:MAX_RECIPIENTS]), text, fields)
    return Auto("delivered") if good else None


def _explained(
    found: tuple[Failure, ...], text: str, fields: Mapping[str, str]
) -> tuple[Failure, ...]:
    """A report's failures; where it gives no reason, with what its text part says of it."""
    if not any(map(_is_silent, found)):
        return found
    told = {
        (one.recipient or "").lower(): one
        for one in bouncetext.read(text, fields) or ()
        if one.recipient
    }
    whole = bouncetext.before_copy(text) if len(found) == 1 else ""
    return tuple(_with_words(one, told, whole) if _is_silent(one) else one for one in found)


def _is_silent(failure: Failure) -> bool:
    return bool(_SILENT.fullmatch(failure.status)) and not _SMTP_REPLY.search(failure.diagnostic)


def _with_words(failure: Failure, told: Mapping[str, bouncetext.Told], whole: str) -> Failure:
    names = [(name or "").lower() for name in (failure.recipient, failure.final)]
    about = next((told[name] for name in names if name in told), None)
    words = about.diagnosis if about is not None and about.diagnosis.strip() else whole
    if not words.strip():
        return failure
    status = status_in(words)
    return replace(
        failure,
        status=failure.status if not status or _SILENT.fullmatch(status) else status,
        diagnostic=one_line(f"{failure.diagnostic} {words}"),
    )


def _scattered(raw: bytes, root: Part, fields: Mapping[str, str]) -> Report | None:
    """A report that stands in the text of a mail server's notice, or in a part that no delimiter
    opens: its fields as they stand there, the returned message left out."""
    body = raw[root.start : root.start + _MAX_REPORT]
    if b"inal-recipient" not in body.lower() or not bouncetext.looks_like_a_bounce(fields):
        return None
    found, good = dsnreport.failures(dsnreport.scattered(text_of(body).replace("\r\n", "\n")))
    if found:
        return _explained(tuple(found), bouncetext.before_copy(text_of(body)), fields)
    return Auto("delivered") if good else None


def _enclosed(
    raw: bytes, parts: list[Part], opinion: Opinion, depth: int
) -> tuple[Failure, ...] | None:
    """A notice that came as an attached message, as some gateways and people pass it on."""
    for part in parts:
        if part.type not in ("message/rfc822", "message/global"):
            continue
        inner = part.payload(raw)[:_MAX_REPORT]
        if bouncetext.looks_like_a_bounce(_by_name(split(inner))):
            found = _read(inner, opinion, depth=depth + 1)
            if isinstance(found, tuple):
                return found
    return None


# -- the returned message ----------------------------------------------------------------------


def _to_of_the_copy(raw: bytes, parts: list[Part]) -> str | None:
    """The one address that the returned message is for; None when it names several or none."""
    for part in parts:
        if part.type in ("message/rfc822", "text/rfc822-headers", "message/global"):
            inner = part.payload(raw)[:_MAX_REPORT]
            fields = split(inner).named("to")
            boxes = [box for one in fields for box in address.parse_list(one.value)]
            is_one = len(boxes) == 1 and address.is_valid(boxes[0].addr_spec)
            return boxes[0].addr_spec if is_one else None
    return None


def _of_the_copy(raw: bytes, parts: list[Part], found: tuple[Failure, ...]) -> tuple[Failure, ...]:
    """The last guess at who is meant, where a notice names nobody."""
    if len(found) != 1 or found[0].recipient is not None:
        return found
    return (replace(found[0], recipient=_to_of_the_copy(raw, parts)),)


def _by_the_copy(
    raw: bytes, parts: list[Part], text: str, fields: Mapping[str, str]
) -> tuple[Failure, ...] | None:
    """A mail server's notice in words that nobody knows, with the returned message beside it."""
    recipient = _to_of_the_copy(raw, parts)
    if recipient is None or not bouncetext.looks_like_a_bounce(fields):
        return None
    return (_in_words(recipient, text),)


# -- complaints, receipts, automatic answers --------------------------------------------------


def _complaint(raw: bytes, parts: list[Part], fields: Mapping[str, str]) -> Report | None:
    """RFC 5965, and the older form of one large provider, which sends the mail back as it is."""
    for part in parts:
        if part.type != "message/feedback-report":
            continue
        group = next(dsnreport.groups(_machine_text(raw, part)), {})
        kind = (group.get("feedback-type", "abuse").split() or ["abuse"])[0].lower()
        if kind not in _COMPLAINTS:  # not-spam, auth-failure (RFC 6591), dmarc
            return Auto("report")
        named = group.get("original-rcpt-to") or group.get("removal-recipient") or ""
        return Complaint(kind, address_in(named))
    recipient = fields.get("x-hmxmroriginalrecipient") or next(_returned(raw, parts), "")
    return Complaint("abuse", address_in(recipient)) if recipient else None


def _returned(raw: bytes, parts: list[Part]) -> Iterator[str]:
    """The X-HmXmrOriginalRecipient fields of the returned messages."""
    for part in parts:
        if part.type == "message/rfc822":
            for field in split(raw, part.start, part.stop).fields:
                if field.name.lower() == "x-hmxmroriginalrecipient":
                    yield field.value


def _is_automatic(fields: Mapping[str, str]) -> bool:
    """RFC 3834 5 and what programs wrote before it."""
    submitted = fields.get("auto-submitted", "no").partition(";")[0].strip().lower()
    precedence = fields.get("precedence", "").strip().lower()
    return (
        submitted != "no"
        or precedence in ("auto_reply", "auto-reply")
        or any(name in fields for name in AUTOMATIC_FIELDS)
        or bool(AUTOMATIC_SUBJECT.search(fields.get("subject", "")))
    )


def _machine_text(raw: bytes, part: Part) -> str:
    return text_of(part.payload(raw)[:_MAX_REPORT])


# -- words ------------------------------------------------------------------------------------


def _text(raw: bytes, parts: list[Part]) -> str:
    """The wording: every text part of the report itself, plain ones if there are any."""
    for kind in ("text/plain", "text/html"):
        texts = [_decoded(raw, part) for part in parts if part.type == kind]
        if any(text.strip() for text in texts):
            return "\n".join(texts)[:_MAX_TEXT]
    return ""


def _decoded(raw: bytes, part: Part) -> str:
    payload = part.payload(raw)[: 4 * _MAX_TEXT]
    text, _ = charset.decode(payload, part.params.get("charset", ""), study=True)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return hypertext.to_text(text) if part.type == "text/html" else text


def _told(told: list[bouncetext.Told]) -> tuple[Failure, ...]:
    return tuple(map(_failure, told[:MAX_RECIPIENTS]))


def _failure(told: bouncetext.Told) -> Failure:
    named = address_in(told.recipient) if told.recipient else None
    return Failure(
        named,
        "delayed" if told.delayed else "failed",
        status_in(told.diagnosis),
        one_line(_RULES.sub(" ", told.diagnosis)),
        final=bouncetext.original(told) or named,
        source="text",
    )


def _second(
    found: Sequence[str], text: str, fields: Mapping[str, str]
) -> tuple[Failure, ...] | None:
    """The addresses of a second opinion. What a mail server's own words say of the only one is read
    as ever."""
    names = [name for one in found if (name := address_in(one))]
    if len(names) == 1 and bouncetext.looks_like_a_bounce(fields):
        return (_in_words(names[0], text),)
    return tuple(Failure(name, source="second") for name in names[:MAX_RECIPIENTS]) or None


def _in_words(recipient: str, text: str) -> Failure:
    """The failure that a notice's own words tell of one recipient."""
    words = bouncetext.before_copy(text)
    action: Action = "delayed" if bouncetext.is_delay(words) else "failed"
    return Failure(recipient, action, status_in(words), one_line(words), source="text")
