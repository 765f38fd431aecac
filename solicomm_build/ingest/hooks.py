"""What ingest asks of features: `ingest.py` in the folder of a feature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item
from solicomm_build.people.recipients import Recipient
from solicomm_build.people.roster import Roster

Taker = Callable[[Config, str, Item], str]
"""Takes a mail to an address of the feature's, by what `Recipient.detail` says; the word for it in
the log. Safe to do again."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mail that was sent on, as far as what came back says so: `answered` is by a
    program, as on holidays; `status` is one of RFC 3463, where there is one."""

    what: Literal["failed", "delayed", "answered", ""] = ""
    status: str = ""


class Delivery(Protocol):
    """Takes mail that is no conference's, for one ingest. Not for several threads."""

    def takes(self, recipient: Recipient) -> bool:
        """Whether mail to this recipient is its."""

    def deliver(self, recipient: Recipient, item: Item, roster: Roster) -> None:
        """Takes a mail, durable on return, and says in the log what became of it. Blocking; safe to
        do again. Raises SoliCommError for what is wrong with this mail."""

    def work(self, *, to_the_end: bool = False) -> None:
        """What is to be done after each batch, and while nothing comes. What another server is slow
        at goes on beside it, but `to_the_end`."""


class IngestHook(Protocol):
    """`ingest.py` of a feature, loaded by ingest alone."""

    ROLES: Mapping[str, Taker]
    """What takes mail to addresses that are neither the desk's nor of reports of failed delivery,
    by the `id` that the recipient has (people/recipients.py)."""

    DELIVERY: Callable[[Config, MailLog], Delivery]
    """Makes what takes mail that is no conference's."""

    FATE: Callable[[bytes], Fate]
    """Reads what came back of a mail that was sent on. Never raises."""


def roles() -> Mapping[str, Taker]:
    """What takes mail to addresses of features."""
    return hooks.table("ingest", "ROLES")


def deliveries(config: Config, log: MailLog) -> tuple[Delivery, ...]:
    """What takes mail that is no conference's."""
    return tuple(make(config, log) for make in hooks.each("ingest", "DELIVERY"))


def fate(raw: bytes) -> Fate:
    """What became of a mail that was sent on, by what came back of it."""
    found = (read(raw) for read in hooks.each("ingest", "FATE"))
    return next(found, Fate())
