"""A theme's static files in the finest compression, which takes 0.4 s and is the same for all hubs:
made where the program is installed, and found by the octets of each file.

    octets ─→ sha256 ─→ themes/__pycache__/<theme>.packed.json ─→ .br

What a hub has of its own, such as its colours, is compressed there. Taking that file away costs
each new hub the time.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from solicomm_build.builder.publish import finest
from solicomm_build.foundation import safeio


def with_program(theme: Path) -> Path:
    """Where the program keeps it that brought the theme along. Who serves hubs only reads it."""
    return theme.parent / "__pycache__" / f"{theme.name}.packed.json"


def keep(theme: Path, contents: Iterable[bytes]) -> None:
    """Keeps the compressed forms of these octets, and no other; none is made that is kept already.
    Blocking. Raises OSError where the program may not write."""
    before, packed = _kept(theme), kept(theme)
    after = {_key(one): base64.b64encode(packed(one)).decode("ascii") for one in contents}
    if after != before:
        file = with_program(theme)
        file.parent.mkdir(exist_ok=True)
        safeio.write_atomic(file, json.dumps(after).encode(), durable=False, mode=0o644)


def kept(theme: Path) -> Callable[[bytes], bytes]:
    """What compresses octets: takes what is kept of them, else does it. A form that is damaged is
    not taken."""
    known = _kept(theme)

    def packed(octets: bytes) -> bytes:
        try:
            found = base64.b64decode(known.get(_key(octets), ""))
        except (ValueError, TypeError):
            found = b""
        return finest(octets, found)

    return packed


def _kept(theme: Path) -> dict[str, str]:
    try:
        found = json.loads(with_program(theme).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _key(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
