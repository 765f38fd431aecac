"""What waits for the yes of an address: `private/written/<mailbox>/<name>.json`.

`<mailbox>` is a keyed hash, so that texts of one mailbox lie together. A text that was posted, or
thrown away, leaves a note of what became of it, so that a button that is pressed twice leads to the
same place (`<name>.done.json`). All goes after seven days. Blocking.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.mailbox import mailbox
from solicomm_build.people.pending import Pending

PENDING = Pending("written", timedelta(days=7))
MOST, MOST_OCTETS = 30, 40 * 1024 * 1024
"""Texts of one mailbox that wait, and their octets."""
MOST_IN_ALL = 400 * 1024 * 1024
"""Octets that wait on a hub. More is somebody's attack, and mail is taken all the same."""
_NAME = re.compile(r"[0-9a-f]{32}")
_DONE = ".done"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text, with the mail that it becomes: `mid` is the post's, `topic` where it goes to, or "".
    `became` is empty while it waits, then `posted` or `dropped`."""

    name: str
    address: str
    conference: str
    topic: str
    mid: str
    at: str
    raw: bytes = b""
    became: str = ""


def put(config: Config, waiting: Waiting) -> bool:
    """Keeps a text, durable on return; False when there is no room. One that is there stays, and
    one that was posted or dropped does not come back."""
    if get(config, waiting.address, waiting.name) is not None:
        return True
    folder = config.private / PENDING.folder
    sizes = [path.stat().st_size for path in _waiting(config, waiting.address)]
    whole = sum(path.stat().st_size for path in folder.rglob("*.json"))
    more = len(waiting.raw) * 4 // 3
    if len(sizes) >= MOST or sum(sizes) + more > MOST_OCTETS or whole + more > MOST_IN_ALL:
        return False
    _write(config, waiting, waiting.name)
    return True


def known(config: Config, waiting: Waiting) -> Waiting:
    """A text of somebody who is proved: as it was kept when it came before, else kept now, whatever
    room there is."""
    before = get(config, waiting.address, waiting.name)
    if before is None:
        _write(config, waiting, waiting.name)
    return before or waiting


def of(config: Config, address: str) -> list[Waiting]:
    """What waits for an address, oldest first."""
    found = (get(config, address, path.stem) for path in _waiting(config, address))
    waiting = [one for one in found if one is not None and not one.became]
    return sorted(waiting, key=lambda one: (one.at, one.name))


def get(config: Config, address: str, name: str) -> Waiting | None:
    """One of them, or what became of it."""
    if not _NAME.fullmatch(name):
        return None
    for place in (f"{name}{_DONE}", name):
        facts = PENDING.get(config, _place(config, address, place))
        if facts:
            return _read(name, facts)
    return None


def settle(config: Config, waiting: Waiting, became: str) -> None:
    """Notes what became of a text, and lets go of its words."""
    _write(config, replace(waiting, raw=b"", became=became), f"{waiting.name}{_DONE}")
    PENDING.forget(config, _place(config, waiting.address, waiting.name))


def _waiting(config: Config, address: str) -> list[Path]:
    folder = config.private / PENDING.folder / _mailbox(config, address)
    return [path for path in folder.glob("*.json") if not path.stem.endswith(_DONE)]


def _write(config: Config, waiting: Waiting, name: str) -> None:
    facts = _plain(waiting) | {"raw": base64.b64encode(waiting.raw).decode("ascii")}
    facts.pop("name")
    PENDING.put(config, _place(config, waiting.address, name), facts)


def _plain(waiting: Waiting) -> dict[str, Any]:
    return {name: getattr(waiting, name) for name in Waiting.__slots__}


def _read(name: str, facts: Mapping[str, Any]) -> Waiting:
    texts = {
        one: str(facts.get(one, "")) for one in Waiting.__slots__ if one not in ("name", "raw")
    }
    return Waiting(name=name, raw=base64.b64decode(str(facts.get("raw", ""))), **texts)


def _place(config: Config, address: str, name: str) -> str:
    return f"{_mailbox(config, address)}/{name}"


def _mailbox(config: Config, address: str) -> str:
    octets = b"mailbox\0" + mailbox(address).encode("utf-8", "replace")
    return hmac.digest(keys.token_key(config.keys), octets, hashlib.sha256).hex()[:24]
