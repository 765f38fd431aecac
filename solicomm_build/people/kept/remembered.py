"""What features remember, each in a ledger of its own (people/ledger.py).

The book keeps the events that a ledger took; a process folds a ledger when somebody asks for it
first, and takes up what came since at each later question. A row without a ledger is for all: a
member has another address.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

from solicomm_build.people.kept.book import Book
from solicomm_build.people.ledger import Ledger

_FORGET: Final = "forget"
_INSERT: Final = "INSERT INTO facts (ledger, type, data) VALUES (?, ?, ?)"
L = TypeVar("L", bound=Ledger)


class Remembered:
    """The ledgers of one book. Safe for several threads."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lock = threading.RLock()
        self._epoch = ""
        self._held: dict[type[Ledger], tuple[Ledger, int]] = {}

    def of(self, kind: type[L]) -> L:
        """A feature's ledger as it is now. Do not change it."""
        with self._lock:
            epoch = self._book.said("epoch")
            if epoch != self._epoch:  # folded anew since
                self._held.clear()
                self._epoch = epoch
            ledger, last = self._held.get(kind) or (kind(), 0)
            sql = "SELECT n, type, data FROM facts WHERE ledger IN (?, '') AND n > ? ORDER BY n"
            for n, event, data in self._book.rows(sql, _name(kind), last):
                _take(ledger, event, json.loads(data))
                last = n
            self._held[kind] = ledger, last
            return cast(L, ledger)

    def take(self, kind: type[Ledger], event: str, data: Mapping[str, Any]) -> None:
        """Has a ledger take an event. Raises KeyError, TypeError or ValueError for one that it
        refuses."""
        with self._lock:
            ledger = self.of(kind)
            ledger.apply(event, data)
            self._book.run(_INSERT, _name(kind), event, json.dumps(dict(data)))
            found = self._book.row("SELECT max(n) FROM facts")
            self._held[kind] = ledger, int(found[0]) if found else 0

    def drop(self) -> None:
        """Forgets what this process has folded: what it took was not written."""
        with self._lock:
            self._held.clear()


def forget(book: Book, number: int) -> None:
    """A member has another address: what was known of the old one does not count."""
    book.run(_INSERT, "", _FORGET, json.dumps(number))


def _take(ledger: Ledger, event: str, data: Any) -> None:
    if event == _FORGET:
        ledger.forget(data)
    else:
        ledger.apply(event, data)


def _name(kind: type[Ledger]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
