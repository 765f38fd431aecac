"""What came by mail to `peer@`, until the stage takes it: `private/network/inbox/`.

Who sent it counts for nothing: what is within is signed, or it is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.network.carrying.knocking import bell_of
from solicomm_build.features.network.trust import peers
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import write_atomic
from solicomm_build.foundation.spool import Item
from solicomm_build.message.parse import parse

TYPE = "application/vnd.solicomm.packet+zip"
_ZIP = b"PK\x03\x04"
_MOST = 20
"""Files that wait at most; more are not taken, and their hub writes them again."""
KEPT = 7 * 86_400.0
"""Seconds for which one is tried that this hub cannot take. What its hub sends later has it, too:
it was never confirmed."""


def keep(config: Config, item: Item) -> str:
    """Keeps what a mail brings that may be a packet, durable on return; the word for it in the log.
    Safe to do again. Raises OSError, so that the mail waits, when it cannot be kept."""
    try:
        attachments = parse(item.raw, config.limits).attachments
    except SoliCommError:
        return "peer-mail-empty"
    if not peers.read(config).peers:
        return "peer-mail-empty"
    payloads = [one.payload for one in attachments if one.payload.startswith(_ZIP)]
    folder = _folder(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    room = max(0, _MOST - sum(1 for _ in waiting(config)))
    for payload in payloads[:room]:
        name = hashlib.sha256(payload).hexdigest()
        write_atomic(folder / f"{name}.zip", payload, mode=0o600)
    bell_of(config).ring()
    if len(payloads) > room:
        return "peer-mail-full"
    return "peer-mail" if payloads else "peer-mail-empty"


def is_old(path: Path) -> bool:
    """Whether one was tried for long enough."""
    return clock.now().timestamp() - path.stat().st_mtime > KEPT


def waiting(config: Config) -> Iterator[Path]:
    """What has come, the oldest first."""
    yield from sorted(_folder(config).glob("*.zip"), key=lambda path: path.stat().st_mtime)


def _folder(config: Config) -> Path:
    return peers.folder(config) / "inbox"
