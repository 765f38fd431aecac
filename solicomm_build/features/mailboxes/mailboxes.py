"""Delivery to an address of a person or of the hub: kept in its own repository, forwarded, or both.

Kept mail is `new/<id>.eml` in `private/mailboxes/<local part>.git`, or
`private/mailboxes/<domain>/<local part>.git` at a union's domain, one commit a message, the octets
as received; the id is made of them, so the same copy is kept once. The commit's trailers `Sender`
(empty for the null sender) and `Recipient` are the envelope's. maildirs.py shows it to an IMAP
server; forwarding.py sends on. Mail that runs in a circle is kept, where it ends.

Mail to `postmaster`, `abuse` and to owners of conferences goes to the moderators' addresses, or the
operator's; with neither it is kept in `postmaster.git`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_or_create
from solicomm_build.git.writer import Change, Writer
from solicomm_build.ingest.forwarding import POSTMASTER, forward
from solicomm_build.people.membership import MailboxRule
from solicomm_build.people.operators import staff
from solicomm_build.people.recipients import Recipient
from solicomm_build.people.roster import Roster

_PLAIN = re.compile(r"[a-z0-9_][a-z0-9._+-]{0,63}")


def rule_of(recipient: Recipient, config: Config, roster: Roster) -> list[MailboxRule]:
    """What to do with mail to a recipient that is no conference; never empty."""
    if recipient.kind == "mailbox":
        local, _, domain = recipient.id.partition("@")
        return [roster.mailbox(recipient.id) or MailboxRule(local, keep=True, domain=domain)]
    people = _moderators(recipient.conference, roster) if recipient.conference else []
    people = people or staff.addresses(config, roster)
    name = f"{recipient.conference}-owner" if recipient.conference else recipient.id
    forwards = [MailboxRule(name, forward=address) for address in people]
    return forwards or [MailboxRule(POSTMASTER, keep=True)]


def _moderators(conference: str, roster: Roster) -> list[str]:
    return [member.address for member in roster.with_role(conference, "moderator", "host")]


def deliver(config: Config, rule: MailboxRule, item: Item) -> str:
    """Does what the rule says, durable on return; returns `kept`, `forwarded`, both, or `loop`.

    Safe to do again: nothing is kept or sent on twice. Blocking.
    """
    done = []
    if rule.forward:
        address = f"{rule.local_part}@{rule.domain or config.domain}"
        done.append("forwarded" if forward(config, address, rule.forward, item) else "loop")
    if rule.keep or "forwarded" not in done:
        keep(_repository(path_of(config, rule)), item)
        done.insert(0, "kept")
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
            message=compose(
                "Mail",
                Source="mail",
                Sender=item.envelope.mail_from or "",
                Recipient=item.envelope.rcpt_tos[0],
            ),
        )


def path_of(config: Config, rule: MailboxRule) -> Path:
    """Where the repository of a mailbox lies, whether it has had mail or not."""
    name = rule.local_part
    if not _PLAIN.fullmatch(name) or name.endswith((".git", ".lock", ".")) or ".." in name:
        name = "x-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32]
    return config.mailboxes / rule.domain / f"{name}.git"


def _repository(path: Path) -> Repo:
    """The mailbox's repository, made when mail comes for the first time."""
    return open_or_create(path, description="A mailbox; private")
