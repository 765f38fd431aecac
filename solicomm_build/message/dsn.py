"""What came back to a bounce address: failures, complaints, automatic answers, or none of these.

Pure. `read` looks in this order (mail.md E8.1): the machine-readable report of RFC 3464, also in
its international form (RFC 6533); a complaint (RFC 5965); a receipt (RFC 8098); the wording of mail
servers that write no report (bouncetext.py); the marks of automatic answers (RFC 3834); and last
flufl.bounce, which this module hides: it may name an address, but its judgement counts for nothing,
since it takes full mailboxes and spam blocks for permanent failures (mail.md finding 6).

Who is meant, and what a failure costs, is not decided here: the first is said by the tag in the
envelope, the second by model/bounce.py.
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from solicomm_build.errors import MessageError
from solicomm_build.message import bouncetext, charset, header, hypertext, structure
from solicomm_build.message.split import Split, split, text_of
from solicomm_build.message.structure import Part

Action = Literal["failed", "delayed"]

MAX_RECIPIENTS = 200
"""Failures taken from one report."""
_MAX_DIAGNOSTIC = 500
_SECOND_OPINION_OCTETS = 256 * 1024
_MAX_REPORT = 256 * 1024  # octets of a machine-readable part
_MAX_VALUE = 2000  # characters of one of its fields
_MAX_TEXT = 64 * 1024  # characters of a report's wording that are read

_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECEIPTS = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_DONE = frozenset({"delivered", "relayed", "expanded"})  # RFC 3464 2.3.3: good news
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "opt-out", "other"})
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.#])([45])\d\d(?:[ -]#?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?(?![\d.])")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,256}@[^\s<>()\[\],;:\"]{1,256}")
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # RFC 6533 3
_AUTOMATIC_FIELDS = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autoreply-from",
    "x-vacation", "x-ms-exchange-inbox-rules-loop",
)  # fmt: skip
_AUTOMATIC_SUBJECT = re.compile(
    r"out[ -]of[ -](?:the[ -])?office|auto(?:matic|mated)?[ -]?(?:reply|response)|\bvacation\b"
    r"|away from (?:my|the)|r[ée]ponse automatique|\babsen[ct]|fuera de (?:la )?oficina"
    r"|(?:respuesta|resposta) autom[aá]tica|fora do escrit[oó]rio|automatische antwort|abwesen"
    r"|автоответ|автоматическ\w+ ответ|вне офиса|رد تلقائي|خارج المكتب",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient that a message did not reach, or has not reached yet (`delayed`).

    `recipient` is whom we wrote to, if the report says so (RFC 3464 2.3.1, Original-Recipient);
    `final` where that ended up, behind forwardings. `status` is the most telling enhanced status
    found (RFC 3463), `x.0.0` when only an SMTP reply was, and empty when nothing was. `diagnostic`
    is one line. `source` is what it was read from: a report, text, an SMTP reply or the second
    opinion.
    """

    recipient: str | None
    action: Action = "failed"
    status: str = ""
    diagnostic: str = ""
    mta: str = ""
    final: str | None = None
    source: Literal["report", "text", "reply", "second"] = "report"


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


def read(raw: bytes) -> Report:
    """What a message to a bounce address says; a tuple is never empty. Never raises."""
    try:
        return _read(raw)
    except MessageError as refusal:
        return Unknown(refusal.public)
    except (RecursionError, MemoryError, LookupError, ValueError, AttributeError):
        return Unknown("the message cannot be read")


def of_reply(recipient: str, reply: str) -> Failure:
    """The failure that a reply to RCPT or DATA is (mail.md E7.3)."""
    line = _line(reply)
    action: Action = "failed" if line[:1] != "4" else "delayed"
    return Failure(recipient, action, status_in(line), line, source="reply")


def status_in(text: str) -> str:
    """The enhanced status in a diagnosis: that of an SMTP reply first, else any, else `x.0.0` of a
    reply without one; empty when there is none."""
    plain = ""
    for match in _REPLY.finditer(text):
        if match[2]:
            return match[2]
        plain = plain or f"{match[1]}.0.0"
    found = _ENHANCED.search(text)
    return found[1] if found else plain


def _read(raw: bytes) -> Report:
    top = split(raw)
    root, _ = structure.tree(raw, top)
    parts = list(_own_parts(root))
    fields = _by_name(top)
    found = _reported(raw, parts) or _complaint(raw, parts, fields)
    if found is not None:
        return found
    text = _text(raw, parts)
    told = bouncetext.read(text, fields)
    if told is None and bouncetext.is_from_a_server(fields):  # Exim calls its notices answers
        told = bouncetext.guess(text, fields)
    if told is not None:
        return _told(told)
    if any(part.type in _RECEIPTS for part in parts):
        return Auto("receipt")
    if _is_automatic(fields):
        return Auto("answer")
    told = bouncetext.guess(text, fields)
    if told is not None:
        return _told(told)
    return _second_opinion(raw) or Unknown("neither a report nor words that are known")


def _own_parts(part: Part) -> Iterator[Part]:
    """The parts in order, without what lies inside the returned message."""
    yield part
    if part.type.startswith("multipart/"):
        for child in part.parts:
            yield from _own_parts(child)


def _by_name(top: Split) -> dict[str, str]:
    """The first field of each name, decoded."""
    fields: dict[str, str] = {}
    for field in top.fields:
        fields.setdefault(field.name.lower(), header.decode(field.value))
    return fields


# -- RFC 3464 and 6533 ------------------------------------------------------------------------


def _reported(raw: bytes, parts: list[Part]) -> Report | None:
    """What the delivery-status parts say; None when there is none that says anything."""
    failures: dict[str | None, Failure] = {}
    done = False
    for part in parts:
        if part.type not in _REPORTS:
            continue
        groups = list(_groups(_machine_text(raw, part)))
        about = groups[0] if groups and not _is_recipient(groups[0]) else {}
        for group in filter(_is_recipient, groups):
            failure = _failure(group, about)
            if failure is None:
                done = True
            elif len(failures) < MAX_RECIPIENTS:
                failures.setdefault(failure.recipient, failure)
    if failures:
        return tuple(failures.values())
    return Auto("delivered") if done else None


def _machine_text(raw: bytes, part: Part) -> str:
    return text_of(part.payload(raw)[:_MAX_REPORT])


def _groups(text: str) -> Iterator[Mapping[str, str]]:
    """The groups of fields between blank lines (RFC 3464 2.1), names in lower case, unfolded."""
    group: dict[str, str] = {}
    name = ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip():
            if group:
                yield group
            group, name = {}, ""
        elif line[0] in " \t" and name:
            if len(group[name]) < _MAX_VALUE:
                group[name] = f"{group[name]} {line.strip()}"[:_MAX_VALUE]
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            group.setdefault(name, value.strip()[:_MAX_VALUE])
    if group:
        yield group


def _is_recipient(group: Mapping[str, str]) -> bool:
    return any(name in group for name in ("final-recipient", "original-recipient", "action"))


def _failure(group: Mapping[str, str], about: Mapping[str, str]) -> Failure | None:
    """One recipient's group as a failure; None for good news.

    The diagnosis's own enhanced status is closer to the fault than the reporter's summary, which
    is x.0.0 with some (Exim) and 5.1.1 for everything with others.
    """
    action = (group.get("action", "").split() or ["failed"])[0].lower().rstrip(";")
    if action in _DONE:
        return None
    diagnostic = _line(group.get("diagnostic-code", "").partition(";")[2]) or _line(
        group.get("diagnostic-code", "")
    )
    summary = _ENHANCED.search(group.get("status", ""))
    if not diagnostic and "(" in group.get("status", ""):  # "5.0.0 (disk quota)"
        diagnostic = _line(group["status"])
    status = status_in(diagnostic)
    if not status or (status.endswith(".0.0") and summary):
        status = summary[1] if summary else status
    original, final = (
        _address(group.get(f"{kind}-recipient", "")) for kind in ("original", "final")
    )
    mta = group.get("remote-mta") or about.get("reporting-mta") or ""
    return Failure(
        original or final or _address(group.get("x-actual-recipient", "")),
        "delayed" if action == "delayed" else "failed",
        status,
        diagnostic,
        _line(mta.rpartition(";")[2]),
        final,
    )


def _address(value: str) -> str | None:
    """The address in `rfc822; ana@union.example` or `utf-8; …` (RFC 6533 3); None when there is
    none, as in X.400 names."""
    kind, semicolon, rest = value.partition(";")
    text = rest if semicolon else value
    if kind.strip().lower() == "utf-8":
        text = _HEX.sub(_character, text)
    text = text.strip().strip("<>").removeprefix("mailto:")
    text = re.sub(r"^.{0,100}\bsmtp[=:]", "", text, flags=re.IGNORECASE)
    if "@" not in text:  # RFC 3461 4: xtext, which should have been decoded
        text = re.sub(r"\+40", "@", text, count=1)
    match = _ADDRESS.search(text)
    return match[0].rstrip(".") if match else None


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if 0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""


# -- complaints, receipts, automatic answers --------------------------------------------------


def _complaint(raw: bytes, parts: list[Part], fields: Mapping[str, str]) -> Report | None:
    """RFC 5965, and the older form of one large provider, which sends the mail back as it is."""
    for part in parts:
        if part.type != "message/feedback-report":
            continue
        group = next(_groups(_machine_text(raw, part)), {})
        kind = (group.get("feedback-type", "abuse").split() or ["abuse"])[0].lower()
        if kind not in _COMPLAINTS:  # not-spam, auth-failure (RFC 6591), dmarc
            return Auto("report")
        named = group.get("original-rcpt-to") or group.get("removal-recipient") or ""
        return Complaint(kind, _address(named))
    recipient = fields.get("x-hmxmroriginalrecipient") or next(_returned(raw, parts), "")
    return Complaint("abuse", _address(recipient)) if recipient else None


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
        or any(name in fields for name in _AUTOMATIC_FIELDS)
        or bool(_AUTOMATIC_SUBJECT.search(fields.get("subject", "")))
    )


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
    return tuple(
        Failure(
            _address(one.recipient) if one.recipient else None,
            "delayed" if one.delayed else "failed",
            status_in(one.diagnosis),
            _line(one.diagnosis),
            source="text",
        )
        for one in told[:MAX_RECIPIENTS]
    )


def _line(text: str) -> str:
    return header.decode(" ".join(text.split()))[:_MAX_DIAGNOSTIC].strip()


def _second_opinion(raw: bytes) -> tuple[Failure, ...] | None:
    """The addresses that flufl.bounce sees, without a class: it says who, not why."""
    from flufl.bounce import all_failures  # dozens of detectors that are hardly ever needed

    logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())  # it logs what it raises
    try:
        message = email.message_from_bytes(raw[:_SECOND_OPINION_OCTETS])
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - foreign code on foreign octets: an opinion may be missing
        return None
    found = sorted({text_of(bytes(one)) for one in (*temporary, *permanent)})
    names = [address for one in found if (address := _address(one))]
    return tuple(Failure(name, source="second") for name in names[:MAX_RECIPIENTS]) or None
