"""What was written on a page as the mail that it becomes, for spool/in. Pure but for the time.

From names the person, so that policy, moderation and the archive see who wrote; the field
`X-SoliComm-Origin` says that the hub made the mail, so that no copy claims to come from the
person's own provider (message/munge.py).
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from solicomm_build.features.writing.places import Place
from solicomm_build.features.writing.written import Written
from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.oneline import LONGEST_SUBJECT, one_line
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.address import key as folded
from solicomm_build.message.compose import date_field, file_part, message, multipart, text_part
from solicomm_build.message.origin import ORIGIN, PAGE
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.people.address import Purpose, local_part

_NAME = 32  # characters


def name_of(config: Config, written: Written, place: Place, now: datetime) -> str:
    """What this text is called: the same for the same text of the same person to the same place
    within an hour, so that what is sent twice comes once. Where a phone gave the text a key, that
    counts in place of words and hour: it waited there for a line, and it may have come without the
    phone hearing so. Nobody else can make it."""
    digest = hashlib.sha256()
    if written.key:
        for text in (written.key, place.conference.id, place.topic or "", folded(written.email)):
            digest.update(text.encode("utf-8", "replace") + b"\0")
        mac = hmac.digest(keys.token_key(config.keys), b"kept\0" + digest.digest(), "sha256")
        return mac.hex()[:_NAME]
    where = (place.conference.id, place.topic or "", place.to or "", now.strftime("%Y-%m-%dT%H"))
    said = (folded(written.email), written.subject, written.text)
    for text in (*where, *said):
        digest.update(text.encode("utf-8", "replace") + b"\0")
    for file in written.files:
        digest.update(file.name.encode("utf-8", "replace") + b"\0")
        digest.update(hashlib.sha256(file.payload).digest())
    mac = hmac.digest(keys.token_key(config.keys), b"written\0" + digest.digest(), "sha256")
    return mac.hex()[:_NAME]


def mail(config: Config, written: Written, place: Place, name: str, now: datetime) -> bytes:
    """The message. Raises MessageError for what cannot stand in a header."""
    local, subject = place.conference.id, written.subject
    if place.topic:
        local = local_part(local, Purpose.TOPIC, place.topic)
        is_answer = place.title.lower().startswith("re:")
        subject = place.title if is_answer else f"Re: {place.title}"
    head = [
        mailbox_field("From", written.name, written.email),
        header_field("To", f"{local}@{config.domain}"),
        header_field("Subject", one_line(subject, LONGEST_SUBJECT)),
        date_field(now),
        header_field("Message-ID", f"<{name}@{config.domain}>"),
        header_field(ORIGIN, PAGE),
    ]
    if place.above:
        head.append(header_field("In-Reply-To", f"<{place.above[-1]}>"))
        head.append(header_field("References", " ".join(f"<{one}>" for one in place.above)))
    text = text_part(written.text.strip("\n") + "\n")
    if not written.files:
        return message(head, text)
    files = (file_part(one.type, one.name, one.payload) for one in written.files)
    return message(head, multipart("mixed", [text, *files], seed=name))


def item(config: Config, raw: bytes, conference: str, author: str, now: datetime) -> Item:
    """The mail on its way, its author proved."""
    to = f"{conference}@{config.domain}"
    return Item(Envelope(author, (to,), now, proved=True), raw)
