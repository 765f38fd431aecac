"""What features do on the courier's round: `courier.py` of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.watch import Watch


class Chore(Protocol):
    """Work on the way; made once for a courier, closed at its end."""

    def run(self) -> int:
        """Does what is due; how many things were done: if any, there may be more. Blocking."""

    def close(self) -> None:
        """Lets go of everything."""


Make = Callable[[Config, Spool, MailLog, Watch | None], Chore]
"""The hub, where mail that goes out is put, the log, and what ends a process that is held."""

Refusal = Callable[[Config, bytes, str, int, str, str], Item]
"""A refused copy as an item of spool/bounces, of: the hub, its key, the list's id, the member's
number, the recipient and the reply."""


class CourierHook(Protocol):
    """`courier.py` of a feature."""

    BEFORE: Make
    """Runs before copies of new posts are made."""
    AFTER: Make
    """Runs once before anything leaves the spool, and after each round that found nothing else."""
    REFUSED: Refusal
    """What a refusal of the next server becomes, so that it is counted as any other."""


def before(config: Config, spool: Spool, log: MailLog, watch: Watch | None) -> list[Chore]:
    """What features do before copies are made."""
    return [make(config, spool, log, watch) for make in hooks.each("courier", "BEFORE")]


def after(config: Config, spool: Spool, log: MailLog, watch: Watch | None) -> list[Chore]:
    """What features do after a round."""
    return [make(config, spool, log, watch) for make in hooks.each("courier", "AFTER")]


def refusals() -> tuple[Refusal, ...]:
    """Who wants to know of refused copies."""
    return hooks.each("courier", "REFUSED")
