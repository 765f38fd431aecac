"""A letter as the octets that go out (RFC 3834).

An answer goes out with the null sender, so that it can never be answered itself; a notice has the
list's bounce address, with the member's tag. Whether a mail may be answered says
message/auth/answerable.py.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime

from solicomm_build.desk.plan import Attached, Case, Letter
from solicomm_build.foundation import characters
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.message import compose, richtext
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.message.values import Message
from solicomm_build.people.address import fold

# Runs of white space and controls; a no-break space stays, since French wants it.
_UNPRINTED = re.compile(f"[ {characters.CONTROLS}{characters.BREAKS}]+")
_MOST_REFERENCES = 20


def item(
    letter: Letter, case: Case | None, *, domain: str, cause: str, now: datetime, bounces: str = ""
) -> Item:
    """The letter as it waits in spool/out. `bounces` is the local part that a notice comes back to.
    Raises MessageError when an address cannot be written in a header."""
    utf8 = not letter.to.isascii()
    sender = f"{bounces}@{domain}" if letter.notice and bounces else None
    envelope = Envelope(sender, (letter.to,), now, smtputf8=utf8, ours=True)
    body = _body(letter, case, cause)
    return Item(envelope, _header(letter, case, domain, cause, now) + body)


def reaches(address: str) -> bool:
    """Whether a letter can be addressed so: nothing is handed over to an address with a quoted name
    or with the number of a machine, which no header of ours has."""
    try:
        _to(address)
    except MessageError:
        return False
    return True


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
    if letter.unsubscribe:
        lines += [
            header_field("List-Unsubscribe", f"<{letter.unsubscribe}>"),
            header_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
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


def _body(letter: Letter, case: Case | None, cause: str) -> bytes:
    """The rest of the header and the body: both forms of the text alone, or with parts."""
    rich = richtext.render(
        letter.text,
        lang=letter.lang,
        title=letter.name,
        about=letter.subject,
        why="" if letter.plain else letter.why or _why(letter, case),
        stop="" if letter.plain else letter.stop,
    )
    if letter.plain:
        rich = richtext.Rich(rich.text, "")
    forms = [*map(_part, letter.other_forms)]
    parts = [richtext.alternative(rich, seed=f"{cause}/alternative", more=forms)]
    parts += map(_part, letter.attached)
    if letter.digest:
        each = [compose.digest_part(raw) for raw in letter.digest]
        parts.append(compose.multipart("digest", each, seed=f"{cause}/digest"))
    return parts[0] if len(parts) == 1 else compose.multipart("mixed", parts, seed=cause)


def _why(letter: Letter, case: Case | None) -> str:
    """Why somebody gets this, where that follows from what the letter is."""
    if letter.notice and letter.conference:
        return gettext(
            letter.lang,
            "You get this mail because you are on “%(list)s” or look after it.",
            list=letter.name,
        )
    if case is None or letter.standalone or letter.notice or fold(letter.to) != fold(case.author):
        return ""
    if case.web:
        return gettext(
            letter.lang,
            "You get this mail because somebody, probably you, gave this address on one of our "
            "pages.",
        )
    return gettext(letter.lang, "You get this mail because one came to us from this address.")


def _part(part: Attached) -> bytes:
    """What is attached: a message as it is, anything else in an encoding."""
    if part.type.startswith("message/") or part.type == "text/rfc822-headers":
        return compose.whole_part(part.type, part.name, part.octets)
    return compose.encoded_part(part.type, part.name, part.octets)
