"""The spool of a cell in a store of objects: mail is on other machines before 250 is said.

    in/<cell>/<microseconds>-<node>-<process>-<sequence>.mail     the octets of a spool file, sealed

Any node puts, the owner of the cell takes and removes. The folder of the file spool stays beside
it: what lies there, from a time before, or put back from the quarantine, is taken in the order of
names like the rest, and quarantine, bell and locks are those of the folder. `folder / name` stands
for an object, too; there is no such file then.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.objects.client import Objects, ObjectsError
from solicomm_build.foundation.objects.gaps import Gaps, note
from solicomm_build.foundation.objects.sealing import opened, sealed
from solicomm_build.foundation.safeio import write_atomic
from solicomm_build.foundation.spool import SUFFIX, Item, Spool, decode, encode, set_one_aside

_COUNT_EVERY = 5.0  # seconds
_MOST_COUNTED = 20_000  # objects; more is as good as full
_numbers: dict[tuple[int, str], int] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a spool's objects are (`below`, a folder in the bucket that `open` opens), the name of
    this node, the key that seals, and where what is missing is noted."""

    below: str
    open: Callable[[], Objects]
    node: str
    key: bytes
    state: Path


def key_name(key: str) -> str:
    """What an object with such a key is called."""
    return f"key-{hashlib.sha256(key.encode()).hexdigest()[:40]}{SUFFIX}"


class ObjectSpool:
    """A spool whose messages are objects; see Incoming (incoming.py). The store is opened by the
    first use, so that a process may be forked before."""

    def __init__(self, local: Spool, place: Place) -> None:
        self.folder, self._local, self._place = local.folder, local, place
        self._gone = set[str]()
        self._gaps = Gaps()
        self._counted, self._count = float("-inf"), 0
        self._counting: threading.Thread | None = None

    @cached_property
    def _objects(self) -> Objects:
        return self._place.open()

    def put(self, items: Iterable[Item], *, key: str = "") -> Path:
        """Keeps the items in one object, answered for by the store on return. With `key` the object
        is called by that, so that the same put again is the same object. Raises ObjectsError; then
        it may be kept all the same, which is why consumers are idempotent."""
        if key:
            name = key_name(key)
            self._keep(name, encode(items))
            return self.folder / name
        here = os.getpid(), self._place.below
        number = _numbers.get(here, 0)
        micros = int(clock.timestamp() * 1_000_000)
        name = f"{micros:016d}-{self._place.node}-{here[0]:07d}-{number:06d}{SUFFIX}"
        self._keep(name, encode(items))
        _numbers[here] = number + 1  # one that failed leaves no gap
        return self.folder / name

    def pending(self, most: int | None = None) -> list[Path]:
        """What waits, oldest first; `most` so many. Raises ObjectsError."""
        self._forget()
        found = self._objects.names(self._place.below, most=most + len(self._gone) if most else 0)
        names = [name.rpartition("/")[2] for name in found]
        if missing := self._gaps.look(names):
            note(self._place.state, missing)
        local = {path.name for path in self._local.pending()}
        waits = sorted(local | (set(names) - self._gone))
        return [self.folder / name for name in waits if name.endswith(SUFFIX)][:most]

    def objects(self) -> list[str]:
        """The names of what waits in the store, oldest first; files of the folder are none. Raises
        ObjectsError."""
        found = self._objects.names(self._place.below)
        return sorted(name.rpartition("/")[2] for name in found)

    def octets(self, name: str) -> bytes:
        """What such an object holds, a file of a spool. Raises StoreError when it is damaged,
        FileNotFoundError, ObjectsError."""
        octets = opened(self._place.key, self._objects.get(self._key(name)), self._key(name))
        decode(octets, name)
        return octets

    def remove(self, name: str) -> None:
        """Takes one away; safe to call again. Raises ObjectsError."""
        self._objects.delete(self._key(name))

    def read(self, path: Path) -> list[Item]:
        """The messages of one file or object. Raises StoreError when it is damaged: quarantine it;
        FileNotFoundError; ObjectsError."""
        return [item for item in self.whole(path) if item is not None]

    def whole(self, path: Path) -> list[Item | None]:
        """The same with None for those that are gone."""
        with contextlib.suppress(FileNotFoundError):
            return decode(path.read_bytes(), path.name)
        return decode(self._opened(path.name), path.name)

    def done(self, path: Path) -> None:
        """Forgets what is safe elsewhere. What the store cannot take away now is not taken again by
        this process, and taken away when it can."""
        self._local.done(path)
        self._gone.add(path.name)
        with contextlib.suppress(ObjectsError):
            self._forget()

    def quarantine(self, what: Path | Item, reason: str) -> Path:
        """Sets a file, an object or one message aside on this machine; see Spool."""
        if isinstance(what, Path) and not what.exists():
            octets = self._objects.get(self._key(what.name))
            with contextlib.suppress(StoreError):
                octets = opened(self._place.key, octets, self._key(what.name))
            write_atomic(what, octets, mode=0o600)
            aside = self._local.quarantine(what, reason)
            self.done(what)
            return aside
        return self._local.quarantine(what, reason)

    def set_aside(self, name: str, reason: str) -> Path | None:
        """Sets one message aside, the others of its file or object stay; see Spool."""
        path = self.folder / f"{name.rpartition('.')[0]}{SUFFIX}"
        if path.exists():
            return self._local.set_aside(name, reason)
        return set_one_aside(
            self, path, name, reason, lambda rest: self._keep(path.name, encode(rest))
        )

    def length(self) -> int:
        """About how many wait, as of some seconds ago; never waits for the store itself."""
        is_old = time.monotonic() - self._counted > _COUNT_EVERY
        if is_old and (self._counting is None or not self._counting.is_alive()):
            self._counting = threading.Thread(target=self._look, daemon=True)
            self._counting.start()
        return self._count + self._local.length()

    def sweep(self, older_than: float = 3600.0) -> int:
        """See Spool: of the folder alone, for an object appears whole."""
        return self._local.sweep(older_than)

    def ring(self) -> None:
        """Wakes the consumer, if it waits on this machine."""
        self._local.ring()

    def wait(self, timeout: float) -> bool:
        """Waits until the bell rings, at most `timeout` seconds: what other nodes put is seen by
        who looks then."""
        return self._local.wait(timeout)

    def rang(self) -> bool:
        """See Spool."""
        return self._local.rang()

    def close(self) -> None:
        """Stops listening."""
        self._local.close()

    def _key(self, name: str) -> str:
        return f"{self._place.below}/{name}"

    def _keep(self, name: str, octets: bytes) -> None:
        key = self._key(name)
        closed = sealed(self._place.key, octets, key)
        self._objects.put(key, closed)
        try:
            size = self._objects.size(key)
        except FileNotFoundError:
            size = -1
        if size != len(closed):
            raise ObjectsError(
                f"the store of objects answered for {key}, and has {max(size, 0)} of its "
                f"{len(closed)} octets"
            )

    def _opened(self, name: str) -> bytes:
        if name in self._gone:
            raise FileNotFoundError(name)
        key = self._key(name)
        return opened(self._place.key, self._objects.get(key), key)

    def _forget(self) -> None:
        for name in sorted(self._gone):
            self._objects.delete(self._key(name))
            self._gone.discard(name)

    def _look(self) -> None:
        with contextlib.suppress(ObjectsError):
            self._count = len(self._objects.names(self._place.below, most=_MOST_COUNTED))
        self._counted = time.monotonic()
