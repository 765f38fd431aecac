"""Which addresses exist here; asked at every RCPT, so that nobody is promised a delivery in vain.

The addresses of a conference or list `<id>` (mail.md E1): the id itself, `<id>+t-<tid>` for a
topic, and `<id>-<role>` or `<id>+<role>` for the roles that something consumes. A real conference
called `a-owner` wins over the owner of `a`. Mailboxes are the roster's local parts, also with a
`+detail`. `postmaster` and `abuse` always exist (RFC 5321 4.5.1, RFC 2142), postmaster also
without a domain.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from solicomm_build.types import SLUG

ALWAYS = frozenset({"postmaster", "abuse"})
"""Roles of the hub itself; their mail is for the operator."""

ROLES = frozenset({"owner", "bounces"})
"""Roles of a conference that something consumes today. A later desk adds join, leave, request…"""

_TOPIC = re.compile(r"t-([a-z2-7]{32})")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who an address stands for.

    kind conference: `id` is the conference's, `detail` the tid of the topic addressed, or "".
    kind mailbox: `id` is the local part in the roster, `detail` what followed a "+".
    kind role: `id` is the role; `conference` is whose, or "" for the hub's postmaster and abuse;
    `detail` is the tag, as in `<conference>-bounces+<tag>`.
    """

    kind: Literal["conference", "mailbox", "role"]
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
    at each look-up, so it should answer from a cache that knows when it is stale.
    """

    def __init__(
        self,
        domain: str,
        conferences: Path,
        mailboxes: Callable[[], Container[str]] = frozenset,
        *,
        roles: frozenset[str] = ROLES,
    ) -> None:
        self._domain = _ascii_domain(domain)
        self._folder = conferences
        self._mailboxes = mailboxes
        self._roles = roles
        self._stamp = -1
        self._conferences: frozenset[str] = frozenset()

    def resolve(self, addr_spec: str) -> Recipient | None:
        """See Directory. A miss looks at the disk again: the conference may be a moment old."""
        local, _, domain = addr_spec.rpartition("@")
        if not local:
            return Recipient("role", "postmaster") if addr_spec.lower() == "postmaster" else None
        if _ascii_domain(domain) != self._domain:
            return None
        local = local.lower() if local.isascii() else unicodedata.normalize("NFC", local)
        self._look(again=False)
        found = self._find(local)
        if found is None and self._look(again=True):
            found = self._find(local)
        return found

    def _find(self, local: str) -> Recipient | None:
        if local in ALWAYS:
            return Recipient("role", local)
        if local in self._conferences:
            return Recipient("conference", local)
        mailboxes = self._mailboxes()
        if local in mailboxes:
            return Recipient("mailbox", local)
        return self._sub_address(local, mailboxes)

    def _sub_address(self, local: str, mailboxes: Container[str]) -> Recipient | None:
        base, plus, detail = local.partition("+")
        if plus and base in self._conferences:
            if topic := _TOPIC.fullmatch(detail):
                return Recipient("conference", base, detail=topic[1])
            role, _, tag = detail.partition("+")
            return self._role(base, role, tag)
        if plus and base in mailboxes:
            return Recipient("mailbox", base, detail=detail)
        conference, _, role = base.rpartition("-")
        return self._role(conference, role, detail)

    def _role(self, conference: str, role: str, tag: str) -> Recipient | None:
        if conference not in self._conferences or role not in self._roles:
            return None
        return Recipient("role", role, conference=conference, detail=tag)

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


def _ascii_domain(domain: str) -> str:
    """The domain as A-labels in lower case (RFC 5890 2.3.2.1), so that both spellings compare."""
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain
