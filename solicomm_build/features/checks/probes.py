"""A mail that the hub sends to itself through the mail server in front, to see what comes of it.

    solicomm check --probe → state/probes/<token>, empty: `solicomm-probe+<token>@` exists
    ingest                 → the same file, with what the field was that the mail brought along
    solicomm check --probe → reads it, and takes it away

The token is good once, for ten minutes at most. The mail itself is kept nowhere. A file is written
whole, or is not there.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.message.auth import authentication, front
from solicomm_build.message.split import split
from solicomm_build.people import token as tokens

PREFIX = "solicomm-probe"
"""The local part; what follows the plus is the token."""
ROLE = "probe"
"""What the recipient is called (people/recipients.py)."""
_SECONDS = 600
_FIELD = "authentication-results"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: `came` says that the forged field was still there, `believed` that the hub took
    its word, `checked` that the mail server in front said something of its own."""

    came: bool
    believed: bool
    checked: bool


def begin(config: Config) -> str:
    """A token whose address takes one mail; durable on return."""
    token = tokens.fresh()
    path = _path(config, token)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in path.parent.iterdir():
        if _age(old) >= _SECONDS:
            old.unlink(missing_ok=True)
    safeio.write_atomic(path, b"", mode=0o600)
    return token


def forged(config: Config, token: str) -> str:
    """The field that a stranger would write: our mail server's name, and a pass."""
    return f"Authentication-Results: {config.authserv_id}; dmarc=pass header.from={token}.invalid"


def token_of(config: Config, local_part: str) -> str | None:
    """The token of an address that waits for its mail; None for any other. Quick."""
    if not local_part.startswith(f"{PREFIX}+"):
        return None
    token = tokens.normalise(local_part[len(PREFIX) + 1 :])
    if token is None:
        return None
    path = _path(config, token)
    try:
        is_good = path.stat().st_size == 0 and _age(path) < _SECONDS
    except OSError:
        return None
    return token if is_good else None


def note(config: Config, token: str, item: Item) -> None:
    """Writes down what the mail brought along, for who waits for it; the rest is forgotten."""
    try:
        fields = split(item.raw).fields
    except MessageError:
        fields = ()
    trusted = front.trusted(config, item.envelope)
    seen = authentication.results(fields, trusted)
    believed = any(token in value for one in seen for value in one.properties.values())
    came = any(one.name.lower() == _FIELD and token in one.value for one in fields)
    answer = Answer(came, believed, bool(seen) and not believed)
    if _path(config, token).exists():
        safeio.write_atomic(_path(config, token), json.dumps(asdict(answer)).encode(), mode=0o600)


def answer(config: Config, token: str) -> Answer | None:
    """What came, once it has."""
    octets = _path(config, token).read_bytes()
    return Answer(**json.loads(octets)) if octets else None


def end(config: Config, token: str) -> None:
    """Takes the address away. Who gave up waiting leaves it: the mail may still come, and is
    forgotten then."""
    _path(config, token).unlink(missing_ok=True)


def _age(path: Path) -> float:
    """Seconds, by the clock of the disk, which tests do not hold."""
    return time.time() - path.stat().st_mtime


def _path(config: Config, token: str) -> Path:
    return config.state / "probes" / token
