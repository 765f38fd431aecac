"""Mail that goes on to an address elsewhere, and what comes back of it.

A forward is the octets as received with one header field on top, `X-Loop: <our address>`, which
stops it should it come back (docs/mail-rules.md#loops), so that signatures still hold. Its
reverse-path is one of ours that names the sender (people/srs.py): SPF holds, and what comes back to
it comes to us, who tell the sender with the null reverse-path (RFC 5321 3.9, 6.1) what became of
the mail and not where it went. None stays as it is, and so do addresses of ours that read
themselves what comes back, and those at unions' domains, whose DMARC rests on them; where no
reverse-path can be made it is the hub's postmaster.

Ingest may be killed between putting a forward into `spool/out` and removing the file it came in,
and would then forward again what the courier has sent long ago. `Once` keeps a note of each:

    spool/forwarded/<time…>.mail   1. the forward, not yet in anybody's way
    spool/forwarded/<key>          2. a note that holds the file's name
    spool/out/<time…>.mail         3. the same file, renamed: whoever finds the note and no file in
                                      spool/forwarded knows that it was sent

The key is made of envelope, time of arrival and octets: the same arrival gives the same key.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.keys import token_key
from solicomm_build.foundation.safeio import fsync_dir, write_atomic
from solicomm_build.foundation.spool import SUFFIX, Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.split import split
from solicomm_build.people import srs
from solicomm_build.people.address import fold
from solicomm_build.people.directory import epoch_day
from solicomm_build.people.recipients import ALWAYS

POSTMASTER = "postmaster"
_BOUNCES = re.compile(r"[-+]bounces(?:\+|\Z)", re.IGNORECASE)
_MOST_RECEIVED = 50
_NOTED = 30 * 86_400.0  # seconds; a spool file is gone long before
_STAGED = 3600.0  # seconds after which nobody is about to write the note of a forward


def forward(config: Config, address: str, to: str, item: Item) -> bool:
    """Sends mail for `address` on to `to`, durable on return; False when it runs in a circle.

    Safe to do again: what was sent is not sent twice. Blocking.
    """
    return _send(config, address, to, item, _sender(config, item.envelope.mail_from))


def send_back(config: Config, sender: str, item: Item, told: Item) -> bool:
    """Tells the sender whom one of our reverse-paths names of what came to it, by another item;
    False for a circle.

    It has no sender from here on, so that nothing is ever answered to it.
    """
    address = item.envelope.rcpt_tos[0]
    return not loops(item.raw, address) and _send(config, address, sender, told, None)


def tell(config: Config, sender: str, told: Item) -> None:
    """Tells the sender by an item of ours, in place of one that came, what became of that; durable
    on return. Safe to do again, and never answered."""
    _send(config, told.envelope.rcpt_tos[0], sender, told, None)


def loops(raw: bytes, address: str) -> bool:
    """True when the message says that it was at this address before, or has travelled too far."""
    top = split(raw)
    marks = (one.value for name in ("x-loop", "delivered-to") for one in top.named(name))
    return len(top.named("received")) > _MOST_RECEIVED or _names(marks, address)


def _names(marks: Iterable[str], address: str) -> bool:
    return any(fold(mark.strip()) == fold(address) for mark in marks)


def _sender(config: Config, sender: str | None) -> str | None:
    """The reverse-path of a forward."""
    if sender is None or _stays(config, sender):
        return sender
    ours = srs.rewritten(token_key(config.keys), sender, config.domain, epoch_day())
    return ours or f"{POSTMASTER}@{config.domain}"


def _stays(config: Config, sender: str) -> bool:
    """Whether what comes back may go to a sender as it is: to an address of ours that reads
    reports, or that is the operator's. And whether it must: a union's DMARC rests on it."""
    local, _, domain = sender.rpartition("@")
    if domain.lower() != config.domain:
        return domain.lower() in config.mail_domains
    if srs.original(token_key(config.keys), local, epoch_day()) is not None:
        return True  # sent on before, by another address here: it names the sender as it is
    return fold(local) in ALWAYS or _BOUNCES.search(local) is not None


def _send(config: Config, address: str, to: str, item: Item, sender: str | None) -> bool:
    if loops(item.raw, address):
        return False
    envelope = Envelope(sender, (to,), item.envelope.received_at, smtputf8=item.envelope.smtputf8)
    end = b"\r\n" if b"\r\n" in item.raw[:1000] else b"\n"
    mark = b"X-Loop: " + address.encode("utf-8") + end
    fields = split(item.raw).fields
    raw = item.raw[fields[0].start :] if fields else item.raw  # a blank line above would end ours
    out = Spool(config.spool_out)
    Once(out).put(_key(item, address, to), Item(envelope, mark + raw))
    out.ring()
    return True


def _key(item: Item, address: str, to: str) -> str:
    facts = [item.envelope.received_at.isoformat(), item.envelope.mail_from, address, to]
    return hashlib.sha256(json.dumps(facts).encode() + b"\n" + item.raw).hexdigest()[:40]


class Once:
    """Puts items into a spool once for each key, whenever the process is killed."""

    def __init__(self, out: Spool) -> None:
        self._out = out
        self._noted = Spool(out.folder.parent / "forwarded")

    def put(self, key: str, item: Item) -> bool:
        """Puts the item there, durable on return; False when it was done before."""
        note = self._noted.folder / key
        if not note.exists():
            staged = self._noted.put([item])
            point("ingest.forward-staged")
            write_atomic(note, staged.name.encode("ascii"), mode=0o600)
            point("ingest.forward-noted")
        else:
            staged = self._noted.folder / note.read_text("ascii")
            if not staged.exists():
                return False
        os.replace(staged, self._out.folder / staged.name)
        fsync_dir(self._out.folder)
        fsync_dir(self._noted.folder)
        point("ingest.forward-sent")
        return True

    def prune(self) -> None:
        """Forgets old notes, and what a killed process left without one."""
        now = time.time()  # the file system's clock, not ours
        files = sorted(self._noted.folder.iterdir())
        left = [path for path in files if path.suffix == SUFFIX and _is_older(path, now - _STAGED)]
        notes = [path for path in files if path.suffix != SUFFIX] if left else []
        wanted = {name for note in notes if (name := _named(note))}
        for path in files:
            is_left = path in left and path.name not in wanted
            if is_left or _is_older(path, now - _NOTED):
                path.unlink(missing_ok=True)


def _is_older(path: Path, limit: float) -> bool:
    """Whether a file that is still there was written before."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime < limit
    return False


def _named(note: Path) -> str:
    """The file that a note is about."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return note.read_text("ascii")
    return ""
