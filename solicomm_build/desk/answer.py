"""Whether a mail may be answered, and a letter as the octets that go out (RFC 3834).

The never-answer rules are docs/mail-rules.md#never-answer. An answer goes out with the null sender,
so that it can never be answered itself; a notice has the list's bounce address, with the member's
tag.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import re
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from solicomm_build.desk.plan import Attached, Case, Letter
from solicomm_build.foundation import characters
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.message.address import is_valid
from solicomm_build.message.auth.authentication import Authentication
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.message.values import Message

# RFC 3834 2: senders that no person writes from.
_NOBODY = re.compile(
    r"owner-.*|.*-owner|.*-request|.*-bounces?|mailer-daemon|postmaster|noreply|no-reply|"
    r"do-?not-?reply|bounces?|daemon|listserv|majordomo",
    re.IGNORECASE,
)
# Runs of white space and controls; a no-break space stays, since French wants it.
_UNPRINTED = re.compile(f"[ {characters.CONTROLS}{characters.BREAKS}]+")
_SUPPRESS = frozenset({"dr", "autoreply", "all"})
_MOST_REFERENCES = 20


def automatic(message: Message, envelope: Envelope) -> str:
    """Why this is a program's mail, by which nothing is ever done; empty when it looks like a
    person's."""
    if envelope.mail_from is None:
        return "null sender"
    submitted = _first_word(message.field("Auto-Submitted"))
    if submitted not in ("", "no"):
        return "Auto-Submitted"
    if _first_word(message.field("Precedence")) in ("bulk", "list", "junk"):
        return "Precedence"
    if any(field.name.lower().startswith("list-") for field in message.fields):
        return "List-*"
    if message.field("X-Loop") is not None:
        return "X-Loop"
    return ""


def mute(
    message: Message,
    envelope: Envelope,
    *,
    is_addressed: bool,
    proof: Authentication,
    was_checked: bool,
    is_foreign: bool = False,
) -> str:
    """Why this mail gets no answer although a person may have written it; else empty.

    Only what speaks for the author's own domain counts: that somebody's server may send for
    somebody's domain says nothing of a From that names another. `was_checked`: our mail server said
    what it found; `is_foreign`: a machine on the internet handed it to us itself, so that only we
    could check it.
    """
    sender = envelope.mail_from or ""
    if not is_valid(sender):
        return "no sender to answer"
    if _NOBODY.fullmatch(sender.rpartition("@")[0]):
        return "sender is nobody"
    suppressed = re.split(r"[,;\s]+", (message.field("X-Auto-Response-Suppress") or "").lower())
    if _SUPPRESS & set(suppressed):
        return "X-Auto-Response-Suppress"
    if not is_addressed:
        return "not addressed to us"
    if _is_spam(message):
        return "spam"
    if proof.level == "failed":
        return "forged"
    if (was_checked or is_foreign) and not (proof.is_proof or proof.is_vouched):
        return "nothing vouches for the sender"
    return ""


def is_foreign(peer: str) -> bool:
    """Whether an IP address is one of the internet; ours are private, loopback, or none."""
    try:
        return ipaddress.ip_address(peer).is_global
    except ValueError:
        return False


def _is_spam(message: Message) -> bool:
    marks = (message.field(name) for name in ("X-Spam", "X-Spam-Flag", "X-Spam-Status"))
    return any(_first_word(mark).rstrip(",") == "yes" for mark in marks)


def _first_word(value: str | None) -> str:
    return re.split(r"[;(\s]", (value or "").strip().lower())[0]


# -- the letter -------------------------------------------------------------------------------


def item(
    letter: Letter, case: Case | None, *, domain: str, cause: str, now: datetime, bounces: str = ""
) -> Item:
    """The letter as it waits in spool/out. `bounces` is the local part that a notice comes back to.
    Raises MessageError when an address cannot be written in a header."""
    utf8 = not letter.to.isascii()
    sender = f"{bounces}@{domain}" if letter.notice and bounces else None
    envelope = Envelope(sender, (letter.to,), now, smtputf8=utf8, ours=True)
    return Item(envelope, _header(letter, case, domain, cause, now) + _body(letter, cause))


def message_id(cause: str, letter: Letter, domain: str) -> str:
    """The Message-ID of a letter: made of its cause, so that the same letter has the same."""
    facts = f"{cause}/{letter.kind}/{letter.to}/{letter.subject}/{letter.reply_to}"
    return f"{post_id(facts)}@{domain}"


def _header(letter: Letter, case: Case | None, domain: str, cause: str, now: datetime) -> bytes:
    lines = [
        mailbox_field("From", letter.name, f"{letter.sender}@{domain}"),
        _to(letter.to),
        header_field("Subject", _UNPRINTED.sub(" ", letter.subject).strip()),
        header_field("Date", format_datetime(now)),
        header_field("Message-ID", f"<{message_id(cause, letter, domain)}>"),
    ]
    if letter.reply_to:
        lines.append(mailbox_field("Reply-To", letter.name, f"{letter.reply_to}@{domain}"))
    above = letter.below or (case.message if case is not None else None)
    above = None if letter.standalone else above
    lines += _threading(above) if above is not None else []
    submitted = "auto-generated" if letter.notice else "auto-replied"
    lines += [
        header_field("Auto-Submitted", submitted),
        header_field("X-Auto-Response-Suppress", "All"),
        header_field("Content-Language", letter.lang),
        header_field("MIME-Version", "1.0"),
    ]
    return b"".join(lines)


def _to(address: str) -> bytes:
    if address.isascii():
        return mailbox_field("To", "", address)
    return f"To: <{address}>\r\n".encode()  # RFC 6532; the address was checked by is_valid


def _threading(message: Message) -> list[bytes]:
    """RFC 3834 3.1.5: the answer stands below what it answers."""
    own = message.msgid
    if not own or not re.fullmatch(r"[!-;=?-~]{1,250}", own):
        return []
    chain = [one for one in message.references if re.fullmatch(r"[!-;=?-~]{1,250}", one)]
    ids = [*chain[:1], *chain[1:][-_MOST_REFERENCES:], own]
    return [
        header_field("In-Reply-To", f"<{own}>"),
        header_field("References", " ".join(f"<{one}>" for one in dict.fromkeys(ids))),
    ]


def _body(letter: Letter, cause: str) -> bytes:
    """The rest of the header and the body: text alone, or text and parts."""
    text = _text_part(letter.text)
    if letter.other_forms:
        forms = [text, *map(_part, letter.other_forms)]
        text = _multipart("alternative", forms, cause + "alternative")
    parts = [text, *map(_part, letter.attached)]
    if letter.digest:
        each = [b"\r\n" + raw for raw in letter.digest]
        parts.append(_multipart("digest", each, cause + "digest"))
    return text if len(parts) == 1 else _multipart("mixed", parts, cause)


def _multipart(kind: str, parts: list[bytes], cause: str) -> bytes:
    whole = b"".join(parts)
    mark = hashlib.sha256(cause.encode("utf-8", "replace")).hexdigest()[:24].encode("ascii")
    while mark in whole:
        mark = hashlib.sha256(mark).hexdigest()[:24].encode("ascii")
    mark = b"=_" + mark
    wide = b"" if whole.isascii() else b"Content-Transfer-Encoding: 8bit\r\n"
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n%s\r\n' % (
        kind.encode("ascii"),
        mark,
        wide,
    )
    body = b"".join(b"--%s\r\n%s\r\n" % (mark, part) for part in parts)
    return head + body + b"--%s--\r\n" % mark


def _text_part(text: str) -> bytes:
    octets = text.replace("\n", "\r\n").encode("utf-8", "replace")
    encoding, encoded = _encoded(octets)
    return b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (
        encoding,
        encoded,
    )


def _encoded(octets: bytes) -> tuple[bytes, bytes]:
    """7bit when that is possible, else the shorter of quoted-printable and base64 (RFC 2045 6)."""
    if octets.isascii() and all(len(line) <= 900 for line in octets.split(b"\r\n")):
        return b"7bit", octets
    printable = binascii.b2a_qp(octets, istext=True)
    coded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    return (b"quoted-printable", printable) if len(printable) < len(coded) else (b"base64", coded)


def _parameter(name: str, value: str) -> bytes:
    """A parameter on a line of its own, empty without a value (RFC 2183, RFC 2231 4)."""
    if not value:
        return b""
    if re.fullmatch(r"[ !#-[\]-~]+", value):
        return f';\r\n {name}="{value}"'.encode("ascii")
    return f";\r\n {name}*=utf-8''{quote(value, safe='')}".encode("ascii")


def _part(part: Attached) -> bytes:
    name = _parameter("name", part.name) if part.name.isascii() else b""
    head = b"Content-Type: %s%s\r\n" % (part.type.encode("ascii"), name)
    if part.name:
        shown = _parameter("filename", part.name)
        head += b"Content-Disposition: attachment%s\r\n" % shown
    if part.type.startswith("message/") or part.type == "text/rfc822-headers":
        wide = b"" if part.octets.isascii() else b"Content-Transfer-Encoding: 8bit\r\n"
        return head + wide + b"\r\n" + part.octets
    encoding, encoded = _encoded(part.octets)
    return head + b"Content-Transfer-Encoding: %s\r\n\r\n" % encoding + encoded
