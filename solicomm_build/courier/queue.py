"""Outgoing messages of `spool/out`, with the state of each recipient.

The spool file (spool.py) is never changed. Beside `<name>.mail` lies `<name>.state`, one JSON
object a line, each line one batch and durable before the next batch goes out
(docs/formats/spool.md). A line that a kill cut short is not there: that batch is offered again. Its
room on the disk is taken before anything is handed over: on a full one nobody gets a copy that
cannot be written down, again and again. A file goes when all its recipients are settled. One
consumer per spool: courier/run.py has the lock. Where a hub has other machines they learn of
several batches together (`Unshared`).
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from solicomm_build.courier import retry
from solicomm_build.courier.outcome import Outcome
from solicomm_build.foundation.errors import MessageError, NotKeptError, StoreError
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.safeio import fsync_dir
from solicomm_build.foundation.spool import Item, Spool, share
from solicomm_build.message import listcopy
from solicomm_build.post.store import withdraw

BATCH = 50  # recipients; a kill repeats one batch at most
_ROOM = 128  # octets of a line for each recipient: what a server says


@dataclass(frozen=True, slots=True)
class Batch:
    """Recipients of one message that are due now, by their places in `rcpt_tos`."""

    number: int
    item: Item
    places: tuple[int, ...]


@dataclass
class _Waiting:
    """A recipient that is not settled: how often it was tried, when it is due."""

    attempts: int
    due: datetime


@dataclass
class Consignment:
    """One spool file on its way out: its messages and who still waits. Made by `load`."""

    path: Path
    items: list[Item]
    _waiting: list[dict[int, _Waiting]] = field(default_factory=list)
    _room: int | None = None
    _is_fresh: bool = False

    def __post_init__(self) -> None:
        for item in self.items:
            queued = item.envelope.received_at
            places = range(len(item.envelope.rcpt_tos))
            self._waiting.append({place: _Waiting(0, queued) for place in places})

    @property
    def settled(self) -> bool:
        """Whether nobody waits any more."""
        return not any(self._waiting)

    @property
    def size(self) -> int:
        """How many recipients wait."""
        return sum(map(len, self._waiting))

    def next_due(self) -> datetime | None:
        """When the next offer is due; None when all are settled."""
        return min((one.due for table in self._waiting for one in table.values()), default=None)

    def due(self, number: int) -> dict[int, datetime]:
        """When those of a message who still wait are offered it again, by place."""
        return {place: one.due for place, one in self._waiting[number].items()}

    def due_of(self, batch: Batch) -> dict[int, datetime]:
        """When those of a batch who still wait are offered it again, by place."""
        table = self._waiting[batch.number]
        return {place: table[place].due for place in batch.places if place in table}

    def waiting(self) -> list[tuple[int, int, datetime]]:
        """Who waits: member number (0 for no member), offers so far, the next one."""
        return [
            (item.envelope.members[place] if item.envelope.members else 0, one.attempts, one.due)
            for item, table in zip(self.items, self._waiting, strict=True)
            for place, one in table.items()
        ]

    def left(self) -> list[Item]:
        """Its messages for those who wait alone."""
        return [
            replace(item, envelope=withdraw.only(item.envelope, sorted(table)))
            for item, table in zip(self.items, self._waiting, strict=True)
            if table
        ]

    def batches(self, now: datetime) -> Iterator[Batch]:
        """The batches due at `now`. Settling one while iterating is fine."""
        for number, item in enumerate(self.items):
            waiting = self._waiting[number].items()
            due = [place for place, one in waiting if retry.is_due(one.due, now)]
            for start in range(0, len(due), BATCH):
                yield Batch(number, item, tuple(due[start : start + BATCH]))

    def reserve(self, batch: Batch) -> None:
        """Takes the room on the disk for what becomes of a batch, before it is handed over.
        Blocking. Raises OSError where there is none."""
        blanks = b" " * (_ROOM * (1 + len(batch.places))) + b"\n"
        with self._opened() as (fd, end):
            try:
                _write(fd, blanks, end)
            except OSError:
                os.ftruncate(fd, end)
                raise
        self._room = end

    def settle(
        self,
        batch: Batch,
        outcomes: Sequence[Outcome],
        now: datetime,
        keep: Callable[[Batch, dict[int, Outcome]], None] | None = None,
    ) -> dict[int, Outcome]:
        """Keeps what became of a batch; durable on return, as Spool.put is. Blocking.

        Returns who will get nothing (place → outcome), those included that are given up after
        too long. `keep` is given them before that is written down: after a kill in between they
        alone are offered, and kept, once more.
        """
        found = dict(zip(batch.places, outcomes, strict=True))
        lost = self._apply(batch.number, found, now)
        others = {place: one for place, one in found.items() if keep is None or place not in lost}
        if others:
            self._append(_line(batch.number, others, now))
        if keep is not None and lost:
            keep(batch, lost)
            left = {place: one for place, one in found.items() if place in lost}
            self._append(_line(batch.number, left, now))
        return lost

    def _apply(
        self, number: int, outcomes: Mapping[int, Outcome], at: datetime
    ) -> dict[int, Outcome]:
        """Takes outcomes into the table."""
        table, queued = self._waiting[number], self.items[number].envelope.received_at
        lost: dict[int, Outcome] = {}
        for place, outcome in outcomes.items():
            one = table.pop(place, None)
            if one is None or outcome.kind == "sent":
                continue
            due = retry.next_offer(queued, at, one.attempts + 1)
            if outcome.kind == "failed":
                lost[place] = outcome
            elif due is None:
                lost[place] = Outcome("failed", f"given up: {outcome.reply}")
            else:
                table[place] = _Waiting(one.attempts + 1, due)
        return lost

    def _append(self, line: bytes) -> None:
        """Adds a line to the state file, where room was taken for it if it was; the first one also
        makes its name durable."""
        with self._opened() as (fd, end):
            at = end if self._room is None else min(self._room, end)
            self._room = None
            if at and os.pread(fd, 1, at - 1) != b"\n":
                line = b"\n" + line  # what a kill cut short stays a line of its own, and unread
            _write(fd, line, at)
            os.ftruncate(fd, at + len(line))
            os.fsync(fd)
        if self._is_fresh:
            fsync_dir(self.path.parent)
            self._is_fresh = False

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[int, int]]:
        """The state file, made when missing, and its length."""
        path = state_path(self.path)
        self._is_fresh = self._is_fresh or not path.exists()
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield fd, os.fstat(fd).st_size
        finally:
            os.close(fd)


def load(spool: Spool, path: Path) -> Consignment:
    """The file with the state it has reached. Raises StoreError when it is damaged."""
    consignment = Consignment(path, spool.read(path))
    for number, outcomes, at in _read_state(state_path(path)):
        if number < len(consignment.items):
            consignment._apply(number, outcomes, at)
    return consignment


class Unshared:
    """What was settled and other machines of the hub do not know yet: BATCH recipients at most, who
    may get a copy twice from one that takes over. A file goes when they know. For one thread."""

    def __init__(self, spool: Spool, log: MailLog, *, is_alone: bool) -> None:
        """With `is_alone` there are no other machines: nothing waits for them."""
        self._spool, self._log, self._is_alone = spool, log, is_alone
        self._recipients = 0
        self._settled: list[Path] = []
        self._may_lack = not is_alone  # of what a courier before this one did
        self._told = ""

    def __bool__(self) -> bool:
        return self._may_lack

    def note(self, batch: Batch) -> None:
        """A batch was settled."""
        self._recipients += len(batch.places)
        self._may_lack = not self._is_alone

    def finish(self, path: Path) -> None:
        """A file is settled: it goes, here at once or with the next that others are told."""
        if self._is_alone:
            finish(self._spool, path)
        else:
            self._settled.append(path)
            self._may_lack = True

    def has_room(self, batch: Batch) -> bool:
        """Whether a batch may be handed over: not while others do not know of BATCH recipients.
        Blocking."""
        full = self._recipients and self._recipients + len(batch.places) > BATCH
        return not full or self.share()

    def share(self, *, is_last: bool = False) -> bool:
        """Has others know all of it; whether they do. With `is_last` raises NotKeptError when they
        do not. Blocking."""
        if not self._may_lack:
            self._recipients = 0
            return True
        try:
            share(self._spool.folder)
        except NotKeptError as error:
            if is_last:
                raise
            if self._told != error.public:
                self._told = error.public
                self._log.event("courier-waits", reason=error.public)
            return False
        finish(self._spool, *self._settled)
        self._recipients, self._may_lack, self._told = 0, False, ""
        self._settled.clear()
        return True


def finish(spool: Spool, *paths: Path) -> None:
    """Forgets settled files. Their end is durable before that of their states, so that not even a
    power cut brings one back as unsent. Safe to call twice."""
    for path in paths:
        path.with_suffix(withdraw.REST).unlink(missing_ok=True)  # a withdrawal that was killed
        spool.done(path)
    if paths:
        fsync_dir(spool.folder)
    for path in paths:
        state_path(path).unlink(missing_ok=True)


def set_rest_aside(spool: Spool, consignment: Consignment, reason: str) -> bool:
    """Sets aside what is left of a file, so that who has had a copy gets none when it is put back;
    False where nobody had one: then the file itself can be. Durable, safe to do again. Blocking."""
    left = consignment.left()
    if left == consignment.items:
        return False
    for item in left:
        spool.quarantine(item, reason)
    finish(spool, consignment.path)
    return True


def sweep(spool: Spool) -> None:
    """Removes states whose file is gone, all that `finish` may have left, and has what a killed
    withdrawal left of a file go out."""
    withdraw.settle(spool)
    for path in spool.folder.glob("*.state"):
        if not path.with_suffix(".mail").exists():
            path.unlink(missing_ok=True)


def post_of(item: Item) -> str | None:
    """Which post an outgoing item is the list copy of; None for other mail, such as a member's
    forwarded copy, which has the field as well but another reverse-path."""
    try:
        key = listcopy.key_of(item.raw)
    except MessageError:
        return None
    sender = item.envelope.mail_from or ""
    return key if key and sender.startswith(f"{key.partition('/')[0]}-bounces@") else None


def posts(spool: Spool) -> Iterator[str]:
    """The posts whose copies wait in the spool."""
    for path in spool.pending():
        try:
            items = spool.read(path)
        except StoreError:
            continue  # the courier sets it aside when it comes to it
        yield from filter(None, map(post_of, items))


def state_path(path: Path) -> Path:
    """The state file beside a spool file."""
    return path.with_suffix(".state")


def _write(fd: int, octets: bytes, at: int) -> None:
    view = memoryview(octets)
    while view:
        done = os.pwrite(fd, view, at)
        view, at = view[done:], at + done


def _line(number: int, outcomes: Mapping[int, Outcome], now: datetime) -> bytes:
    entry: dict[str, Any] = {"item": number, "at": now.isoformat(), "sent": []}
    for place, outcome in outcomes.items():
        if outcome.kind == "sent":
            entry["sent"].append(place)
        else:
            entry.setdefault(outcome.kind, {})[str(place)] = outcome.reply
    return json.dumps(entry).encode("ascii") + b"\n"


def _read_state(path: Path) -> Iterator[tuple[int, dict[int, Outcome], datetime]]:
    """Each whole line: message number, outcomes by place, time."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            entry = json.loads(line)
            outcomes = {int(place): Outcome("sent") for place in entry["sent"]}
            for place, reply in entry.get("later", {}).items():
                outcomes[int(place)] = Outcome("later", reply)
            for place, reply in entry.get("failed", {}).items():
                outcomes[int(place)] = Outcome("failed", reply)
            yield int(entry["item"]), outcomes, datetime.fromisoformat(entry["at"])
