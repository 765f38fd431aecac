"""One line per event in a message's life, and counters of the events.

A line is `time event key=value key=value …`, UTF-8; a value that is not plain letters, digits and
the like is a JSON string, so nothing from outside can start a line of its own or hide in one:

    2026-11-24T14:53:07.120+00:00 kept id=1795532587120000-0000042-000007.0 octets=4312 rcpts=1

Whoever reads the log must not learn who the members are: addresses, domains of members, names of
clients and their IP addresses are written as a keyed hash (`~` and 12 hex digits, the same for the
same address), unless the log was opened with `debug`. That holds for addresses inside other facts,
too, such as what a server answered. The key of a hub lies in `private/keys/maillog.key`: without it
the log cannot be tried against a list of addresses; deleting it makes old and new hashes strangers.
The text of mails and secrets never belong in here. How a file is kept is in logfile.py, what the
events are in docs/formats/mail-log.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import secrets
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.keys import keep_once
from solicomm_build.foundation.logfile import Keeping, LogFile

PERSONAL = frozenset({"mail_from", "rcpt_to", "address", "peer", "helo", "domain", "mailbox"})
"""The facts that are hashed unless debug is on."""

KEY = "maillog.key"

Fact = str | int | float | bool | datetime | None

_PLAIN = re.compile(r"[A-Za-z0-9_.:/@+<>~=,-]+")
_KEY_OCTETS = 32
# Whatever has an @ between two words, and what folders of people's mail are called.
_ADDRESS = re.compile(
    r"""(?:"[^"\n]*"|(?<![^\s<>"'(),;:\[\]])[^\s<>"'(),;:\[\]]*)@[^\s<>"'(),;:\]]+|(?<=mailboxes/)[^\s"']+"""
    r"""|(?<=maildirs/)[^\s"']+"""
)


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

    def scrub(self, text: str) -> str:
        """A text with every address in it as `who` names it."""
        if self.debug or ("@" not in text and "mailboxes/" not in text and "maildirs/" not in text):
            return text
        return _ADDRESS.sub(lambda match: self.who(match[0]), text)

    def _word(self, name: str, fact: Fact) -> str:
        if fact is None:
            return "-"
        if isinstance(fact, bool):
            return "yes" if fact else "no"
        text = fact.isoformat() if isinstance(fact, datetime) else str(fact)
        text = self.who(text) if name in PERSONAL else self.scrub(text)
        return text if _PLAIN.fullmatch(text) else json.dumps(text)


def to_stderr(*, debug: bool = False) -> MailLog:
    """A log on standard error; its hashes hold for this process only."""
    return MailLog(lambda line: os.write(2, line.encode()), debug=debug)


def to_file(path: Path, *, key: Path | None = None, keeping: Keeping | None = None) -> MailLog:
    """A log that appends to `path`. The key of its hashes is in the file `key`, made on first use;
    without one they hold for this log only."""
    keeping = keeping or Keeping()
    file = LogFile(path, keeping)
    return MailLog(file.write, key=_key(key) if key else None, debug=keeping.debug)


def to_nobody(*, key: Path | None = None) -> MailLog:
    """Counts only. It names people as the log does whose key is in the file `key`, if there is
    one."""
    return MailLog(lambda _line: None, key=_key(key) if key and key.exists() else None)


class Failing:
    """Tells what is wrong with each conference of many, once and not at every look."""

    def __init__(self, log: MailLog, event: str) -> None:
        self._log, self._event = log, event
        self._told: dict[str, str] = {}

    @contextlib.contextmanager
    def of(self, conference: str) -> Iterator[None]:
        """What fails within, with a SoliCommError, is told, and holds no other conference up."""
        try:
            yield
        except SoliCommError as error:
            if self._told.get(conference) != error.public:
                self._told[conference] = error.public
                self._log.event(self._event, conference=conference, reason=error.public)
        else:
            self._told.pop(conference, None)


class Scrubbed(logging.Formatter):
    """Lines and traces of Python's logging without addresses."""

    def __init__(self, log: MailLog) -> None:
        super().__init__("%(name)s: %(message)s")
        self._log = log

    def format(self, record: logging.LogRecord) -> str:
        return self._log.scrub(super().format(record))


def quiet_traces(log: MailLog) -> None:
    """What this process logs besides, such as traces of our own faults, names nobody either."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Scrubbed(log))
    handler.setLevel(logging.WARNING)
    logging.getLogger().handlers[:] = [handler]


def spans(numbers: Iterable[int]) -> str:
    """Numbers as a fact: `1-50,53`, in order."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in found)


def numbers(text: str) -> list[int]:
    """What `spans` wrote. Raises ValueError for anything else."""
    found: list[int] = []
    for span in filter(None, text.split(",")):
        low, _, high = span.partition("-")
        found += range(int(low), int(high or low) + 1)
    return found


def _key(path: Path) -> bytes:
    if not path.exists():
        keep_once(path, secrets.token_bytes(_KEY_OCTETS))
    return path.read_bytes()
