"""What features remember in the roster: a `Ledger` each, folded from events of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from solicomm_build.foundation import hooks


class Ledger:
    """A fold over events of some types. Made empty, without arguments; only `apply` changes it."""

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event of a type that it wants; `data` has its moment as `at`. Raises KeyError,
        TypeError or ValueError for a malformed one, which then changes nothing."""
        raise NotImplementedError

    def forget(self, number: int) -> None:
        """A member's address is another now: what was known of the old one does not count."""


class RosterHook(Protocol):
    """`roster.py` of a feature. Whoever reads the roster loads it, the bridge too: it must be
    light."""

    LEDGERS: Mapping[type[Ledger], frozenset[str]]
    """The feature's ledgers, each with the types of events it wants."""


@hooks.derived
def ledgers() -> Mapping[type[Ledger], frozenset[str]]:
    """Those of all features."""
    found: Mapping[type[Ledger], frozenset[str]] = hooks.table("roster", "LEDGERS")
    return found


@hooks.derived
def types() -> frozenset[str]:
    """All types of events that some ledger wants."""
    return frozenset[str]().union(*ledgers().values())
