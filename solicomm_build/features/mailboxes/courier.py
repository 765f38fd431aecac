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
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.split import split

_STATUS = re.compile(r"\b[45]\d\d[ -]([45]\.\d{1,3}\.\d{1,3})(?![.\d])")


def _tell(config: Config, item: Item, replies: Iterable[str]) -> None:
    sender = comingback.whom(config, item.envelope.mail_from)
    if sender is None or item.envelope.ours or not _was_sent_on(item):
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


def _was_sent_on(item: Item) -> bool:
    fields = split(item.raw).fields[:1]
    return bool(fields) and fields[0].name.lower() == "x-loop"


LOST = _tell
