"""What is one member's own in a copy: the reverse-path with its VERP tag
(docs/mail-rules.md#tokens), the links of RFC 8058, the DKIM signature. It is made while sending,
from the member's number alone, and costs one RSA operation, two where an ARC set is completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Envelope
from solicomm_build.message import listcopy
from solicomm_build.message.auth import arc, canonical
from solicomm_build.message.auth.signer import SIGNED, Signer
from solicomm_build.message.listcopy import ListFacts, Personal
from solicomm_build.people import token

Top = tuple[str | None, bytes]
"""Of one copy: its reverse-path (RFC 5321 4.4), and whole header fields (CRLF) that come before the
letter's."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Means:
    """What a hub makes tops with."""

    domain: str
    url: str
    key: bytes
    signer: Signer
    arc: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tops of one letter's copies are made of: the list, empty where it is none's; the
    reverse-path where copies have none of their own; the header fields that all share, whole, with
    CRLF; the hash of the body, empty where nobody signs it."""

    list_id: str
    mail_from: str | None
    day: int
    fields: tuple[bytes, ...]
    body_hash: str


def facts(envelope: Envelope, fields: Sequence[bytes], body_hash: str) -> Facts:
    """Those of a letter that was queued."""
    day = (envelope.received_at - _EPOCH).days
    return Facts(envelope.list_id, envelope.mail_from, day, tuple(fields), body_hash)


class Tops:
    """Makes the tops of one letter's copies. CPU; for any thread. Raises MessageError where the
    facts of the list cannot stand in a header."""

    def __init__(self, means: Means, of: Facts) -> None:
        self._means, self._facts = means, of
        self._personal = (
            Personal(ListFacts(of.list_id, means.domain, "", means.url)) if of.list_id else None
        )
        self._shared = self._sealer = None
        if of.body_hash:
            signed = [one for one in of.fields if canonical.name_of(one) in SIGNED]
            own = listcopy.PERSONAL if self._personal else ()
            self._shared = means.signer.shared(signed, of.body_hash, own)
            self._sealer = arc.sealer(means.signer, of.fields) if means.arc else None

    def made(self, numbers: Sequence[int]) -> list[Top]:
        """One for each of these members; for a letter that is no list's any numbers will do."""
        now = int(clock.timestamp())
        return [self._top(number, now) for number in numbers]

    def _top(self, number: int, now: int) -> Top:
        if self._personal is None:
            return self._facts.mail_from, self._signed((), now)
        name, key = self._facts.list_id, self._means.key
        links = self._personal.fields(token.leave_token(key, name, number))
        # bounces come back with it (RFC 5321 3.9.2)
        tag = token.verp_tag(key, number, self._facts.day)
        path = f"{name}-bounces+{tag}@{self._means.domain}"
        return path, self._signed(links, now) + b"".join(links)

    def _signed(self, own: Sequence[bytes], now: int) -> bytes:
        if self._shared is None:
            return b""
        field = self._shared.sign(own, now)
        if self._sealer is None:
            return field
        return self._sealer.seal((field, *own), self._facts.body_hash, now) + field
