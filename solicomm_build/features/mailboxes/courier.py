"""Mail that was sent on and that the next server refuses: who sent it is told.

As of what comes back later (comingback.py), without where it went on to. A list's own address for
what comes back is told the same, and counts it. The mail itself waits in the quarantine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from solicomm_build.features.mailboxes import comingback
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.keys import token_key
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.split import split
from solicomm_build.people import srs
from solicomm_build.people.address import fold
from solicomm_build.people.directory import epoch_day
from solicomm_build.people.recipients import ALWAYS

_STATUS = re.compile(r"\b[45]\d\d[ -]([45]\.\d{1,3}\.\d{1,3})(?![.\d])")


def _tell(config: Config, item: Item, replies: Iterable[str]) -> None:
    sender = _sender(config, item)
    if sender is None:
        return
    said = next(filter(None, map(_STATUS.search, replies)), None)
    try:
        told = comingback.lost(config, sender, item, said[1] if said else "")
    except MessageError:
        return  # no header can have that address; the quarantine has the mail
    envelope = Envelope(None, (sender,), clock.now(), smtputf8=not sender.isascii(), ours=True)
    out = Spool(config.spool_out)
    out.put([Item(envelope, told.raw)])
    out.ring()


def _sender(config: Config, item: Item) -> str | None:
    """Who is to be told of a mail that was sent on; None for any other, and where nobody is, or the
    postmaster, who has the quarantine."""
    fields = split(item.raw).fields[:1]
    local, _, domain = (item.envelope.mail_from or "").rpartition("@")
    ours = domain.lower() in config.all_domains
    if item.envelope.ours or not ours or not fields or fields[0].name.lower() != "x-loop":
        return None
    if fold(local).startswith(srs.PREFIX) and domain.lower() == config.domain:
        return srs.original(token_key(config.keys), local, epoch_day())
    return None if fold(local) in ALWAYS else item.envelope.mail_from


LOST = _tell
