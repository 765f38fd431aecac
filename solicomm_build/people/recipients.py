"""Which addresses exist here; asked at every RCPT, so that nobody is promised a delivery in vain.

The addresses of a conference or list `<id>` (docs/mail-rules.md#addresses): the id itself,
`<id>+t-<tid>` for a topic, and `<id>-<purpose>` or `<id>+<purpose>` (people/address.py). A real
conference called `a-owner` wins over the owner of `a`, and so does a member's mailbox. Tokens and
tags are looked at here, so that a forged one is refused before its message comes. Mailboxes are the
roster's local parts, also with a `+detail`. `solicomm` takes commands about the hub. `postmaster`
and `abuse` always exist (RFC 5321 4.5.1, RFC 2142), postmaster also without a domain.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from solicomm_build.foundation import formernames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.keys import token_key
from solicomm_build.foundation.types import SLUG
from solicomm_build.people import addresses
from solicomm_build.people.address import SITE, ListAddress, Purpose, moved, split
from solicomm_build.people.roster import Roster
from solicomm_build.people.tokens import TokenCheck

ALWAYS = frozenset({"postmaster", "abuse"})
"""Roles of the hub itself; their mail is for the operator."""

HUB_ROLES = ALWAYS | {SITE}
_SITE = frozenset({SITE})
_OF_SITE = (Purpose.CONFIRM, Purpose.BOUNCES, Purpose.LOGIN)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who an address stands for.

    kind conference: `id` is the conference's, `detail` the tid of the topic addressed, or "".
    kind mailbox: `id` is the mailbox's name in the roster, `detail` what followed a "+".
    kind sender: `id` is the address that mail came from which we forwarded (people.py).
    kind role: `id` is the purpose of the address (people/address.py), or `solicomm`, `postmaster`,
    `abuse`; `conference` is whose, or "" for the hub's own; `detail` is the token or tag in its one
    spelling, as in `<conference>-bounces+<tag>`.
    """

    kind: Literal["conference", "mailbox", "sender", "role"]
    id: str
    conference: str = ""
    detail: str = ""


class Directory(Protocol):
    """Knows which addresses exist."""

    def resolve(self, addr_spec: str) -> Recipient | None:
        """Who `addr_spec` stands for, or None when there is no such address. Quick."""


class HubDirectory:
    """The addresses of one hub, as its disk says at this moment.

    `mailboxes` gives the local parts of the members' mailboxes, in lower case and NFC; it is asked
    at each look-up, so it should answer from a cache that knows when it is stale. `is_good` says
    whether the token or tag of an address is one that we made; without it, all that look right are.
    `finder` is what addresses of features are found by (addresses.py); without it there are none.
    `names` gives the names that conferences had before, with those of today: mail to an old address
    is mail to the new one.
    """

    def __init__(
        self,
        domain: str,
        conferences: Path,
        mailboxes: Callable[[], Container[str]] = frozenset,
        *,
        is_good: Callable[[ListAddress], bool] = lambda address: True,
        finder: addresses.Finder | None = None,
        names: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._domain = ascii_domain(domain)
        self._folder = conferences
        self._mailboxes = mailboxes
        self._is_good = is_good
        self._finder, self._names = finder, names
        self._stamp = -1
        self._conferences: frozenset[str] = frozenset()

    def resolve(self, addr_spec: str) -> Recipient | None:
        """See Directory. A miss looks at the disk again: the conference may be a moment old."""
        local, _, domain = addr_spec.rpartition("@")
        if not local:
            return Recipient("role", "postmaster") if addr_spec.lower() == "postmaster" else None
        if ascii_domain(domain) != self._domain:
            return None
        local = comparable(local)
        self._look(again=False)
        found = self._find(local)
        if found is None and self._look(again=True):
            found = self._find(local)
        if found is None and (instead := moved(local, self._names())) is not None:
            found = self._find(instead)
        return found

    def _find(self, local: str) -> Recipient | None:
        if local in HUB_ROLES:
            return Recipient("role", local)
        if (instead := self._of_feature(local, first=True, over=True)) is not None:
            return instead
        if local in self._conferences:
            return Recipient("conference", local)
        if (early := self._of_feature(local, first=True)) is not None:
            return early
        mailboxes = self._mailboxes()
        if local in mailboxes:
            return Recipient("mailbox", local)
        if found := split(local, self._conferences):
            return self._sub_address(found)
        base, plus, detail = local.partition("+")
        if plus and base in mailboxes and base not in self._conferences:
            return Recipient("mailbox", base, detail=detail)
        return self._of_feature(local, first=False) or self._site_address(local)

    def _of_feature(self, local: str, *, first: bool, over: bool = False) -> Recipient | None:
        """The recipient behind an address of a feature, unless its token is forged."""
        finder = self._finder
        found = addresses.found(finder, local, first=first, over=over) if finder else None
        if found is None:
            return None
        kind, address = found
        if address.tag and not kind.judged and not self._is_good(address):
            return None
        base = address.base if kind.named else ""
        return Recipient("role", str(address.purpose), base, address.tag)

    def _sub_address(self, found: ListAddress) -> Recipient | None:
        """The recipient behind `<conference>-<purpose>`, unless its token is forged."""
        if found.purpose is Purpose.TOPIC:
            return Recipient("conference", found.base, detail=found.tag)
        if found.tag and not self._is_good(found):
            return None
        return Recipient("role", str(found.purpose), found.base, found.tag)

    def _site_address(self, local: str) -> Recipient | None:
        """`solicomm-confirm+TOKEN`, `solicomm-bounces+TAG`, `solicomm-login`: about the hub, not a
        list."""
        found = split(local, _SITE)
        if found is None or found.purpose not in _OF_SITE:
            return None
        if found.tag and not self._is_good(found):
            return None
        return Recipient("role", str(found.purpose), detail=found.tag)

    def _look(self, *, again: bool) -> bool:
        """Reads the folder's names if it changed, or `again` anyway; whether they are different."""
        try:
            stamp = self._folder.stat().st_mtime_ns
            if stamp == self._stamp and not again:
                return False
            names = os.listdir(self._folder)
        except FileNotFoundError:
            stamp, names = -1, []
        ids = (name.removesuffix(".git") for name in names if name.endswith(".git"))
        before, self._conferences = self._conferences, frozenset(filter(SLUG.fullmatch, ids))
        self._stamp = stamp
        return self._conferences != before


def of_hub(config: Config, roster: Callable[[], Roster]) -> HubDirectory:
    """The hub's own addresses: with the members' mailboxes, and tokens looked at."""
    check = TokenCheck(token_key(config.keys), roster)
    return HubDirectory(
        config.domain,
        config.conferences,
        lambda: roster().mailboxes,
        is_good=check,
        finder=addresses.Finder(config, roster),
        names=lambda: formernames.now(config.private, "conferences"),
    )


def comparable(local_part: str) -> str:
    """A local part as the directories compare it: ASCII in lower case, any other in NFC."""
    return local_part.lower() if local_part.isascii() else unicodedata.normalize("NFC", local_part)


def ascii_domain(domain: str) -> str:
    """The domain as A-labels in lower case (RFC 5890 2.3.2.1), so that both spellings compare."""
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain
