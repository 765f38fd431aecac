"""Delivery to an address of a person or of the hub: kept in its own repository, forwarded, or both.

Kept mail is `new/<id>.eml` in `private/mailboxes/<local part>.git`, one commit a message, the
octets as received; the id is made of them, so the same copy is kept once. Forwarded mail goes into
`spool/out` with one header field on top, `X-Loop: <this address>`, which also stops it should it
come back (mail.md B.5); its envelope sender is the hub's postmaster, who gets the bounces (RFC 5321
3.9.2), except that what had none keeps none.

Mail to `postmaster`, `abuse` and to owners of conferences goes to the moderators' addresses, or the
operator's; with neither it is kept in `postmaster.git`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from solicomm_build.config import Config
from solicomm_build.message.split import split
from solicomm_build.model.address import fold
from solicomm_build.model.roster import HUB, MailboxRule, Roster
from solicomm_build.spool import Item, Spool
from solicomm_build.store.commitmessage import compose
from solicomm_build.store.reader import Reader
from solicomm_build.store.recipients import Recipient
from solicomm_build.store.repo import MAIN, Repo, create, open_repo
from solicomm_build.store.writer import Change, Writer
from solicomm_build.types import Envelope

_PLAIN = re.compile(r"[a-z0-9_][a-z0-9._+-]{0,63}")
_POSTMASTER = "postmaster"
_MOST_RECEIVED = 50


def rule_of(recipient: Recipient, config: Config, roster: Roster) -> list[MailboxRule]:
    """What to do with mail to a recipient that is no conference; never empty."""
    if recipient.kind == "mailbox":
        rule = roster.mailbox(recipient.id)
        return [rule or MailboxRule(recipient.id, keep=True)]
    if recipient.id == "bounces":
        return [MailboxRule("bounces", keep=True)]
    people = _moderators(recipient.conference, roster) if recipient.conference else []
    people = people or ([config.operator] if config.operator else [])
    name = f"{recipient.conference}-owner" if recipient.conference else recipient.id
    forwards = [MailboxRule(name, forward=address) for address in people]
    return forwards or [MailboxRule(_POSTMASTER, keep=True)]


def _moderators(conference: str, roster: Roster) -> list[str]:
    numbers = {
        number
        for (place, number), role in roster.roles.items()
        if place in (conference, HUB) and role in ("moderator", "host")
    }
    members = (roster.members.get(number) for number in sorted(numbers))
    return [member.address for member in members if member and member.state == "active"]


def deliver(config: Config, rule: MailboxRule, item: Item) -> str:
    """Does what the rule says, durable on return; returns `kept`, `forwarded`, both, or `loop`.

    Safe to do again: what was kept is not kept twice. Blocking.
    """
    done = []
    if rule.keep or not rule.forward:
        keep(_repository(config.mailboxes, rule.local_part), item)
        done.append("kept")
    if rule.forward:
        done.append(_forward(config, rule, item))
    return "+".join(done)


def keep(repo: Repo, item: Item) -> None:
    """Commits a message into a mailbox, unless it is there."""
    name = base64.b32encode(hashlib.sha256(item.raw).digest()[:20]).decode("ascii").lower()
    path = f"new/{name}.eml"
    with Writer(repo) as writer:
        tip = writer.begin()
        if tip is not None:
            with Reader(repo) as reader:
                if any(reader.oid_at(MAIN, f"{box}/{name}.eml") for box in ("new", "cur")):
                    return
        writer.commit(
            [Change(path, item.raw)],
            author_name="SoliComm",
            when=item.envelope.received_at,
            message=compose("Mail", Source="mail"),
        )


def _forward(config: Config, rule: MailboxRule, item: Item) -> str:
    address = f"{rule.local_part}@{config.domain}"
    if loops(item.raw, address):
        keep(_repository(config.mailboxes, rule.local_part), item)
        return "loop"
    sender = f"{_POSTMASTER}@{config.domain}" if item.envelope.mail_from is not None else None
    envelope = Envelope(
        sender, (rule.forward,), item.envelope.received_at, smtputf8=item.envelope.smtputf8
    )
    end = b"\r\n" if b"\r\n" in item.raw[:1000] else b"\n"
    mark = b"X-Loop: " + address.encode("utf-8") + end
    out = Spool(config.spool_out)
    out.put([Item(envelope, mark + item.raw)])
    out.ring()
    return "forwarded"


def loops(raw: bytes, address: str) -> bool:
    """True when the message says that it was at this address before, or has travelled too far."""
    fields = split(raw).fields
    marks = (f.value for f in fields if f.name.lower() in ("x-loop", "delivered-to"))
    received = sum(field.name.lower() == "received" for field in fields)
    return received > _MOST_RECEIVED or _names(marks, address)


def _names(marks: Iterable[str], address: str) -> bool:
    return any(fold(mark.strip()) == fold(address) for mark in marks)


def _repository(folder: Path, local_part: str) -> Repo:
    """The mailbox's repository, made when mail comes for the first time."""
    name = local_part
    if not _PLAIN.fullmatch(name) or name.endswith((".git", ".lock", ".")) or ".." in name:
        name = "x-" + hashlib.sha256(local_part.encode("utf-8", "replace")).hexdigest()[:32]
    path = folder / f"{name}.git"
    if not path.exists():
        return create(path, description="A mailbox; private")
    return open_repo(path)
