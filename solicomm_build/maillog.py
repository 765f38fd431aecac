"""One line per event in a message's life, and counters of the events.

A line is `time event key=value key=value …`, UTF-8; a value that is not plain letters, digits and
the like is a JSON string, so nothing from outside can start a line of its own or hide in one:

    2026-11-24T14:53:07.120+00:00 kept id=1795532587120000-0000042-000007.0 octets=4312 rcpts=1

Whoever reads the log must not learn who the members are: addresses, names of clients and their IP
addresses are written as a keyed hash (`~` and 12 hex digits, the same for the same address), unless
the log was opened with `debug`. The key lies beside a log file (`maillog.key`, mode 0600); deleting
it makes old and new hashes strangers. The text of mails and secrets never belong in here.
Files are opened for appending and one line is one write, so several processes may share one file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from solicomm_build import clock

PERSONAL = frozenset({"mail_from", "rcpt_to", "address", "peer", "helo"})
"""The facts that are hashed unless debug is on."""

Fact = str | int | float | bool | datetime | None

_PLAIN = re.compile(r"[A-Za-z0-9_.:/@+<>~=-]+")
_KEY_OCTETS = 32


class MailLog:
    """Writes events through `write` (one line with its LF per call) and counts them by name.

    Safe to call from any thread. A write that fails is counted as `lost-log-lines` and never
    disturbs the mail.
    """

    def __init__(
        self, write: Callable[[str], object], *, key: bytes | None = None, debug: bool = False
    ) -> None:
        self._write = write
        self._key = key or secrets.token_bytes(_KEY_OCTETS)
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self.debug = debug

    def event(self, event: str, /, **facts: Fact) -> None:
        """Counts `event` and writes its line; facts named in PERSONAL are hashed."""
        words = [clock.now().isoformat(timespec="milliseconds"), event]
        words += [f"{name}={self._word(name, fact)}" for name, fact in facts.items()]
        with self._lock:
            self._counts[event] += 1
            try:
                self._write(" ".join(words) + "\n")
            except OSError:
                self._counts["lost-log-lines"] += 1

    def counters(self) -> dict[str, int]:
        """How often each event happened since this log was opened."""
        with self._lock:
            return dict(self._counts)

    def who(self, address: str) -> str:
        """How this log names `address`: its hash, or itself when debug is on."""
        if self.debug or not address:
            return address
        octets = address.lower().encode("utf-8", "surrogateescape")
        return "~" + hashlib.blake2b(octets, key=self._key, digest_size=6).hexdigest()

    def _word(self, name: str, fact: Fact) -> str:
        if fact is None:
            return "-"
        if isinstance(fact, bool):
            return "yes" if fact else "no"
        text = fact.isoformat() if isinstance(fact, datetime) else str(fact)
        if name in PERSONAL:
            text = self.who(text)
        return text if _PLAIN.fullmatch(text) else json.dumps(text)


def to_stderr(*, debug: bool = False) -> MailLog:
    """A log on standard error; its hashes hold for this process only."""
    return MailLog(lambda line: os.write(2, line.encode()), debug=debug)


def to_file(path: Path, *, debug: bool = False) -> MailLog:
    """A log that appends to `path`, with the key of its hashes beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    key = _key(path.with_name("maillog.key"))
    return MailLog(lambda line: os.write(fd, line.encode()), key=key, debug=debug)


def to_nobody() -> MailLog:
    """Counts only."""
    return MailLog(lambda _line: None)


def _key(path: Path) -> bytes:
    """The key in `path`; whoever comes first makes it, whole, under a name of its own."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(secrets.token_bytes(_KEY_OCTETS))
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    return path.read_bytes()
