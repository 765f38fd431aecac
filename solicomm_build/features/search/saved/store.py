"""What is kept of saved searches: `private/searches/<number>.json`, one file each.

    {"address": "ana@union.example", "lang": "es", "query": "water in:bar",
     "since": "2026-11-20", "due": 1764000000, "ends": 1795000000, "told": ["conferences/…"]}

`since` is the day from which texts are new, `due` when the next mail may go, `ends` when it is over
(seconds since 1970), `told` what the last mail had. The desk alone writes them. The number is made
of address and query, so that the same search is saved once; whoever has the token of it got our
mail, and ends it without a question (RFC 8058).
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from solicomm_build.foundation import keys, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people import token

LONGEST = 150
"""Characters of a query that is saved."""
MOST = 20
"""Searches of one address."""
ALL = 20_000
"""Searches of a hub."""
_USE = "saved-search"
_owners: dict[Path, dict[int, bytes]] = {}
"""Whose the searches in a folder are, by number, which stands for one address as long as it is
there: reading all of them for each question would take a second where there are many."""
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved search; see above."""

    address: str
    lang: str
    query: str
    since: str
    due: int
    ends: int
    told: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """What names it: 48 bits."""
        made = hashlib.sha256(f"{key(self.address)}\0{self.query}".encode()).digest()
        return int.from_bytes(made[:6], "big")


def folder(config: Config) -> Path:
    """Where they are."""
    return config.private / "searches"


def numbers(config: Config) -> list[int]:
    """Of all that are saved."""
    try:
        names = [one[:-5] for one in os.listdir(folder(config)) if one.endswith(".json")]
    except FileNotFoundError:
        return []
    return sorted(int(name) for name in names if name.isdecimal())


def read(config: Config, number: int) -> Saved | None:
    """One of them; None when there is none, or it cannot be read."""
    try:
        said: dict[str, Any] = json.loads((folder(config) / f"{number}.json").read_bytes())
        return Saved(**said | {"told": tuple(said.get("told", ()))})
    except (OSError, ValueError, TypeError):
        return None


def write(config: Config, saved: Saved) -> None:
    """Keeps it; durable on return."""
    folder(config).mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(saved), ensure_ascii=False)
    safeio.write_atomic(folder(config) / f"{saved.number}.json", text.encode("utf-8", "replace"))


def remove(config: Config, number: int) -> None:
    """Ends it. Safe to call twice."""
    (folder(config) / f"{number}.json").unlink(missing_ok=True)


def of(config: Config, addresses: frozenset[str]) -> Iterator[Saved]:
    """The searches of these addresses. Reads those alone, and what came since somebody asked."""
    wanted = {_mark(address) for address in addresses}
    for number, owner in _whose(config).items():
        if owner in wanted and (saved := read(config, number)) is not None:
            yield saved


def _whose(config: Config) -> dict[int, bytes]:
    """Whose each search is, by number, in order."""
    with _lock:
        known, found = _owners.get(folder(config), {}), dict[int, bytes]()
        for number in numbers(config):
            if number in known:
                found[number] = known[number]
            elif (saved := read(config, number)) is not None:
                found[number] = _mark(saved.address)
        _owners[folder(config)] = found
        return found


def _mark(address: str) -> bytes:
    """What stands for an address: nothing that could be read in memory."""
    return hashlib.sha256(key(address).encode("utf-8", "replace")).digest()[:16]


def token_of(config: Config, number: int) -> str:
    """What ends a search."""
    return token.numbered_token(keys.token_key(config.keys), _USE, number)


def number_of(config: Config, text: str) -> int | None:
    """Which search a token ends; None for what is no token of ours."""
    plain = token.normalise(text)
    if not plain:
        return None
    return token.read_numbered_token(keys.token_key(config.keys), _USE, plain)
