"""What came back of mail that was sent on, as its sender may read it.

Where mail for an address here goes on to is nobody's business: an address of a person,
`<list>-owner` and `postmaster` stand in front of somebody's own. A report of failed delivery names
that one, and so does a holiday answer from there. So the sender gets a mail of ours in its place:
which address of ours the mail was for, as its own X-Loop says, what became of it, and the status of
RFC 3463.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.keys import token_key
from solicomm_build.foundation.oneline import one_line
from solicomm_build.foundation.spool import Item
from solicomm_build.ingest import hooks
from solicomm_build.ingest.hooks import Fate
from solicomm_build.message import compose, header
from solicomm_build.message.address import is_valid, key
from solicomm_build.message.split import split
from solicomm_build.message.transform import address_field, header_field, mailbox_field
from solicomm_build.people import srs
from solicomm_build.people.address import fold
from solicomm_build.people.directory import epoch_day
from solicomm_build.people.recipients import ALWAYS

_OF_THE_MAIL = re.compile(
    rb"^[ \t>]{0,8}(X-Loop|Subject|Message-ID):[ \t]{0,8}([^\s][^\r\n]{0,900})",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_BLANK = re.compile(rb"\n[ \t>]{0,8}\r?\n")
_READ = 256 * 1024  # octets of it, as of a report
_CLOSED = "Where mail for this address goes on to is not told, so no more of the report is shown."


@dataclass(frozen=True, slots=True)
class _About:
    """The mail that something came back of: the address of ours that it was for, its subject and
    its Message-ID, each empty where that is not said."""

    address: str = ""
    subject: str = ""
    message_id: str = ""


def told(config: Config, sender: str, item: Item) -> Item:
    """A mail of ours to the sender about an item that came back; the same for the same. Raises
    MessageError when his address cannot stand in a header."""
    about = _about(config, item.raw, split(item.raw).body)
    return _letter(config, sender, item, about, hooks.fate(item.raw))


def lost(config: Config, sender: str, item: Item, status: str) -> Item:
    """A mail of ours to the sender about an item that was sent on, and that the next server refused
    with a status of RFC 3463, or "". Raises MessageError as `told` does."""
    fate = Fate("failed", status)
    return _letter(config, sender, item, _about(config, item.raw, 0), fate)


def whom(config: Config, mail_from: str | None) -> str | None:
    """Who is to be told of a mail that goes no further, by where it travelled from: an address of
    ours, or whom it names. None for strangers, whom nobody has proved, and for the operator."""
    local, _, domain = (mail_from or "").rpartition("@")
    domain = domain.lower()
    if domain == config.domain and fold(local).startswith(srs.PREFIX):
        return srs.original(token_key(config.keys), local, epoch_day())
    return mail_from if domain in config.all_domains and fold(local) not in ALWAYS else None


def _letter(config: Config, sender: str, item: Item, about: _About, fate: Fate) -> Item:
    subject, text = _said(fate, about)
    parts = [compose.text_part("\n\n".join([text, *_which(about), _CLOSED]) + "\n")]
    if fate.what in ("failed", "delayed") and about.address:
        parts.append(compose.report_part(_report(config, about.address, fate)))
        kind = "report; report-type=delivery-status"
        part = compose.multipart(kind, parts, seed=f"{sender}/{about.message_id}")
    else:
        part = parts[0]
    fields = [
        mailbox_field("From", "", f"mailer-daemon@{config.domain}"),
        address_field("To", sender),
        header_field("Subject", subject),
        compose.date_field(item.envelope.received_at),
        header_field("Auto-Submitted", "auto-replied"),
    ]
    if about.message_id:
        fields.append(header_field("References", about.message_id))
    return replace(item, raw=compose.message(fields, part))


def _about(config: Config, raw: bytes, start: int) -> _About:
    """What the mail says from an octet on: it begins there, or stands somewhere in the report. Of
    several addresses of ours that sent it on, the first one that did, which stands lowest."""
    found: dict[str, str] = {}
    blank = len(raw)
    for match in _OF_THE_MAIL.finditer(raw, start, start + _READ):
        name = match[1].decode("ascii").lower()
        text = one_line(header.decode(match[2].decode("utf-8", "replace")), 200)
        if name != "x-loop":
            found.setdefault(name, text)
        elif match.start() < blank and _is_ours(config, text):
            end = _BLANK.search(raw, match.end()) if name not in found else None
            blank = end.start() if end else blank
            found[name] = text
    named = _MESSAGE_ID.fullmatch(found.get("message-id", ""))
    loop, subject = found.get("x-loop", ""), found.get("subject", "")
    return _About(loop, subject, named[0] if named else "")


def _is_ours(config: Config, address: str) -> bool:
    ours = {key(f"x@{domain}") for domain in config.all_domains}
    return is_valid(address) and key(f"x@{address.rpartition('@')[2]}") in ours


def _said(fate: Fate, about: _About) -> tuple[str, str]:
    """The subject and the sentence."""
    to = about.address or "an address of this hub"
    status = f" (status {fate.status})" if fate.status else ""
    if fate.what == "failed":
        text = f"Your mail to {to} could not be delivered{status}."
        return "Undelivered Mail Returned to Sender", text
    if fate.what == "delayed":
        text = f"Your mail to {to} has not been delivered yet{status}. It is tried again."
        return "Delayed Mail", text
    if fate.what == "answered":
        return "Automatic answer", f"Your mail to {to} got an automatic answer."
    return "About your mail", f"Something came back of your mail to {to}."


def _which(about: _About) -> list[str]:
    lines = [f"Subject: {about.subject}"] if about.subject else []
    lines += [f"Message-ID: {about.message_id}"] if about.message_id else []
    return ["\n".join(lines)] if lines else []


def _report(config: Config, address: str, fate: Fate) -> str:
    """The lines of a report (RFC 3464 2.1) that names the address of ours alone."""
    kind = "rfc822" if address.isascii() else "utf-8"
    recipient = "".join(c if " " < c < "\x7f" else f"\\x{{{ord(c):X}}}" for c in address)
    digit = "4" if fate.what == "delayed" else "5"
    lines = (
        f"Reporting-MTA: dns; {config.domain}",
        "",
        f"Final-Recipient: {kind}; {recipient}",
        f"Action: {fate.what}",
        f"Status: {fate.status or f'{digit}.0.0'}",
        "",
    )
    return "\r\n".join(lines)
