"""ARC (RFC 8617): a seal over what we verified, for receivers that trust us. Off by default.

Pure. Sealing is the last step, after the DKIM-Signature, so that the ARC-Message-Signature covers
it. It costs two more signatures a message.
"""

from __future__ import annotations

import re

from solicomm_build.errors import MessageError
from solicomm_build.message import canonical, dkim
from solicomm_build.message.dkim import KeyLookup, Signer
from solicomm_build.message.split import split

_MOST = 50  # RFC 8617 4.2.1: the highest instance
_SET = ("arc-authentication-results", "arc-message-signature", "arc-seal")
_INSTANCE = re.compile(r"(?:^|;)\s*i\s*=\s*(\d{1,4})\s*(?:;|$)", re.IGNORECASE)
_CV = re.compile(r"(?:^|;)\s*cv\s*=\s*([a-z]+)", re.IGNORECASE)
_PRINTABLE = re.compile(r"[\x20-\x7e]*")


def arc_seal(raw: bytes, signer: Signer, *, results: str, lookup: KeyLookup, now: int) -> bytes:
    """The ARC set for a message that is otherwise done: three fields (CRLF) to put on top of it.

    `results` is what an Authentication-Results field of ours would say, `hub.example; dkim=pass …`.
    Empty when the chain may not be continued: it has 50 sets, or failed before (RFC 8617 5.1).
    Raises MessageError when `results` cannot stand in a header.
    """
    if not _PRINTABLE.fullmatch(results):
        raise MessageError("results that cannot stand in a header")
    parts = split(raw)
    fields = [raw[field.start : field.end] for field in parts.fields]
    sets = _sets(fields)
    instance = max(sets, default=0) + 1
    if instance > _MOST or (sets and _ended(sets[instance - 1])):
        return b""
    state = dkim.arc_chain(raw, lookup)
    authentication = f"ARC-Authentication-Results: i={instance}; {results}\r\n".encode("ascii")
    message = _message_signature(signer, fields, raw[parts.body :], instance, now)
    head = (
        f"ARC-Seal: i={instance}; a={signer.algorithm}; t={now}; cv={state};\r\n"
        f" d={signer.domain}; s={signer.selector};\r\n b="
    )
    sealed = [authentication, message]
    if state != "fail":  # RFC 8617 5.1.2: a failed chain's seal covers its own set only
        sealed = [*(one for number in sorted(sets) for one in _ordered(sets[number])), *sealed]
    data = b"".join(map(canonical.relaxed_field, sealed))
    return signer.finish(head, data) + message + authentication


def _sets(fields: list[bytes]) -> dict[int, list[bytes]]:
    """The ARC fields by their instance."""
    found: dict[int, list[bytes]] = {}
    for field in fields:
        if canonical.name_of(field) in _SET:
            match = _INSTANCE.search(_value(field))
            found.setdefault(int(match[1]) if match else 0, []).append(field)
    return found


def _value(field: bytes) -> str:
    return canonical.relaxed_field(field).partition(b":")[2].decode("latin-1").strip()


def _ordered(one_set: list[bytes]) -> list[bytes]:
    return sorted(one_set, key=lambda field: _SET.index(canonical.name_of(field)))


def _ended(last: list[bytes]) -> bool:
    """Whether the newest seal says that the chain is broken (RFC 8617 5.1.2)."""
    seals = [_value(field) for field in last if canonical.name_of(field) == "arc-seal"]
    return any((match := _CV.search(seal)) and match[1].lower() == "fail" for seal in seals)


def _message_signature(
    signer: Signer, fields: list[bytes], body: bytes, instance: int, now: int
) -> bytes:
    """RFC 8617 4.1.2: a DKIM-Signature in all but v= and the name, over DKIM-Signatures as well."""
    names: list[str] = []
    for name in (*dkim.SIGNED, "dkim-signature"):
        present = sum(canonical.name_of(field) == name for field in fields)
        names += [name] * (present + (name in dkim.OVERSIGNED))
    head = (
        f"ARC-Message-Signature: i={instance}; a={signer.algorithm}; c=relaxed/relaxed;\r\n"
        f" d={signer.domain}; s={signer.selector}; t={now};\r\n{dkim.folded_names(names)};\r\n"
        f" bh={signer.body_hash(body)};\r\n b="
    )
    data = b"".join(map(canonical.relaxed_field, canonical.selected(fields, names)))
    return signer.finish(head, data)
