"""Addresses that features answer at: `addresses.py` of each says which, and how one is read.

Lists, topics, mailboxes and the hub's own commands are people/address.py's. What a feature adds is
a `Kind`; who wants to know what an address stands for asks `found`, at RCPT as well as in the desk,
and a mail server's tables are made from the same kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.address import COMMANDS, RESERVED, SITE, ListAddress
from solicomm_build.people.roster import Roster


@dataclass(frozen=True, slots=True)
class Finder:
    """What a kind may look at to know which addresses exist: the hub's folders, and the roster as
    it is now. Quick, since it is asked at every RCPT."""

    config: Config
    roster: Callable[[], Roster]


def _none(config: Config) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of address.

    `find` reads a local part (folded): what it stands for, or None when it is no such address or
    stands for nothing that exists; it is asked in the order of `rank`. `first` says that lists and
    mailboxes of that spelling come after it, otherwise they win; `over` that conferences do, too.
    `named` says that mail to it is for what `base` names, such as a library, and not for a
    conference. `judged` says that `find` itself has looked whether the tag is ours; otherwise the
    roster's tokens and the hub's key are asked (people/tokens.py). `desk` says that the desk
    answers. `bearer` reads a tag by the hub's key: the number of the member whom it was sent to, or
    None for one that is not ours.

    `reserved` are local parts that no list or mailbox may have. `local_parts` gives all there are,
    without tokens, for a mail server's tables; `unsure` is a regular expression (POSIX extended, of
    the beginning of a local part) of those that only the hub knows.
    """

    rank: int
    find: Callable[[Finder, str], ListAddress | None]
    first: bool = False
    over: bool = False
    named: bool = False
    judged: bool = False
    desk: frozenset[str] = frozenset()
    bearer: Callable[[bytes, ListAddress], int | None] | None = None
    reserved: frozenset[str] = frozenset()
    local_parts: Callable[[Config], Iterable[str]] = _none
    unsure: str = ""


@dataclass(frozen=True, slots=True)
class OtherHub:
    """A hub that this one knows: its id, what it is called, where it is on the web, and the ids of
    its conferences that are followed here."""

    id: str
    name: str
    url: str
    followed: frozenset[str] = frozenset()


class AddressHook(Protocol):
    """`addresses.py` of a feature. The bridge loads it, so it must be light."""

    KINDS: Iterable[Kind]
    """The kinds of addresses that the feature answers at."""
    SUFFIXES: Mapping[str, str]
    """Words that may follow `<list>-`, with the purpose of such an address. The desk answers it."""
    TOKENS: frozenset[str]
    """Purposes in whose addresses a tag is a token that the roster knows."""
    ELSEWHERE: Callable[[Config, str], OtherHub | None]
    """The hub whose mail domain this is, where it is another one that is known. Blocking."""


@hooks.derived
def kinds() -> tuple[Kind, ...]:
    """Every feature's, in the order they are asked."""
    every = (kind for some in hooks.each("addresses", "KINDS") for kind in some)
    return tuple(sorted(every, key=lambda kind: kind.rank))


def found(
    finder: Finder, local: str, *, first: bool, over: bool = False
) -> tuple[Kind, ListAddress] | None:
    """What a folded local part stands for among the kinds that come before lists and mailboxes,
    among those that come before conferences, too, or among the others."""
    for kind in kinds():
        if (kind.first, kind.over) == (first, over) and (
            address := kind.find(finder, local)
        ) is not None:
            return kind, address
    return None


@hooks.derived
def to_desk() -> frozenset[str]:
    """The purposes that the desk answers, and the hub's own local part."""
    lists = hooks.table("addresses", "SUFFIXES").values()
    return frozenset({SITE, *COMMANDS, *lists}).union(*(kind.desk for kind in kinds()))


@hooks.derived
def reserved() -> frozenset[str]:
    """Local parts that no list or mailbox may have."""
    return RESERVED.union(*(kind.reserved for kind in kinds()))


def local_parts(config: Config) -> Iterator[str]:
    """Those of all kinds that exist now, without tokens; lists of the same spelling left out."""
    for kind in kinds():
        for name in kind.local_parts(config):
            if not config.conference_repo(name).exists():
                yield name


def elsewhere(config: Config, domain: str) -> OtherHub | None:
    """The known hub whose mail domain this is; None for our own domains, and for all others.
    Blocking: files of hubs are read."""
    found = (ask(config, domain) for ask in hooks.each("addresses", "ELSEWHERE"))
    return next((one for one in found if one is not None), None)
