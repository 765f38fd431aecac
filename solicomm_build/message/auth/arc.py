"""ARC (RFC 8617): a seal over what we verified, for receivers that trust us. Off by default.

Pure. Two steps, because what was verified is one for a post and seals are one a copy:
`authentication_field` goes on top of what all copies share; a `Sealer` then completes the set on
each copy, after its DKIM-Signature, so that the seal covers that too. Two more signatures a copy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from solicomm_build.foundation.errors import MessageError
from solicomm_build.message.auth import arcchain, canonical, dkim
from solicomm_build.message.auth.dkim import KeyLookup
from solicomm_build.message.auth.signer import OVERSIGNED, SIGNED, Signer, folded_names
from solicomm_build.message.split import split

_MOST = 50  # RFC 8617 4.2.1: the highest instance
_SET = ("arc-authentication-results", "arc-message-signature", "arc-seal")
_SIGNED = (*SIGNED, "dkim-signature")
_INSTANCE = re.compile(r"(?:^|;)\s*i\s*=\s*(\d{1,4})\s*(?:;|$)", re.IGNORECASE)
_CV = re.compile(r"(?:^|;)\s*cv\s*=\s*([a-z]+)", re.IGNORECASE)
_OURS = re.compile(r"i=\d+; [^;]+; arc=(none|pass|fail)(?:;|$)")
_TEXT = re.compile(r"[\x20-\x7e]*")


def authentication_field(
    original: bytes, authserv_id: str, lookup: KeyLookup, *, results: Sequence[str] = ()
) -> bytes:
    """ARC-Authentication-Results (CRLF) for the copies of a message as it came in.

    It says whether the chain so far is whole, then `results`, such as `dkim=pass header.d=a.b`.
    Empty when the chain may not be continued: it has 50 sets, or ended before (RFC 8617 5.1).
    Raises MessageError when a result cannot stand in a header, or the header is past the limits.
    """
    if not all(_TEXT.fullmatch(one) and ";" not in one for one in (authserv_id, *results)):
        raise MessageError("results that cannot stand in a header")
    sets = _sets(canonical.fields_of(original))
    instance = max(sets, default=0) + 1
    if instance > _MOST or (sets and _ended(sets[instance - 1])):
        return b""
    lines = [f"i={instance}; {authserv_id}; arc={arcchain.arc_chain(original, lookup)}", *results]
    return ("ARC-Authentication-Results: " + ";\r\n ".join(lines) + "\r\n").encode("ascii")


def results_of(found: Sequence[dkim.Result]) -> tuple[str, ...]:
    """What was verified in the words of RFC 8601, for `authentication_field`: a signature that
    matches is a pass, whatever it leaves out, since the next receiver judges that himself."""
    safe = re.compile(r"[A-Za-z0-9._-]{1,253}")
    return tuple(
        f"dkim={_word(one)} header.d={one.domain} header.s={one.selector}"
        for one in found
        if safe.fullmatch(one.domain) and safe.fullmatch(one.selector)
    )


def _word(one: dkim.Result) -> str:
    return "pass" if one.matches else one.result


def sealer(signer: Signer, fields: Sequence[bytes]) -> Sealer | None:
    """What completes the set that `authentication_field` began; None when none was begun.

    It has to be the first field of all: below the list's fields may stand what a stranger wrote.
    """
    sets = _sets(fields)
    if not sets or sets[max(sets)] != list(fields[:1]) or canonical.name_of(fields[0]) != _SET[0]:
        return None
    match = _OURS.match(_value(fields[0]))
    return Sealer(signer, fields, match[1]) if match else None


class Sealer:
    """Seals the copies of one post; made by `sealer`. For any thread."""

    def __init__(self, signer: Signer, fields: Sequence[bytes], chain: str) -> None:
        sets = _sets(fields)
        self._signer, self._chain, self._instance = signer, chain, max(sets)
        numbers = [self._instance] if chain == "fail" else sorted(sets)
        # RFC 8617 5.1.2: a failed chain's seal covers its own set only
        self._sets = [one for number in numbers for one in _ordered(sets[number])]
        self._fields = [one for one in fields if canonical.name_of(one) in _SIGNED]

    def seal(self, own: Sequence[bytes], body_hash: str, now: int) -> bytes:
        """ARC-Seal and ARC-Message-Signature (CRLF) to put on top of a copy, of which `own` are
        the fields that the others do not have, its DKIM-Signature among them."""
        signer = self._signer
        message = self._message_signature([*own, *self._fields], body_hash, now)
        head = (
            f"ARC-Seal: i={self._instance}; a={signer.algorithm}; t={now}; cv={self._chain};\r\n"
            f" d={signer.domain}; s={signer.selector};\r\n b="
        )
        data = b"".join(map(canonical.relaxed_field, [*self._sets, message]))
        return signer.finish(head, data) + message

    def _message_signature(self, fields: list[bytes], body_hash: str, now: int) -> bytes:
        """RFC 8617 4.1.2: a DKIM-Signature in all but v= and the name, over those as well."""
        signer = self._signer
        present = [canonical.name_of(field) for field in fields]
        names: list[str] = []
        for name in _SIGNED:
            names += [name] * (present.count(name) + (name in OVERSIGNED))
        head = (
            f"ARC-Message-Signature: i={self._instance}; a={signer.algorithm};"
            f" c=relaxed/relaxed;\r\n d={signer.domain}; s={signer.selector}; t={now};\r\n"
            f"{folded_names(names)};\r\n bh={body_hash};\r\n b="
        )
        data = b"".join(map(canonical.relaxed_field, canonical.selected(fields, names)))
        return signer.finish(head, data)


def arc_seal(
    raw: bytes,
    signer: Signer,
    *,
    authserv_id: str,
    results: Sequence[str] = (),
    lookup: KeyLookup,
    now: int,
) -> bytes:
    """The whole set for a message that goes on as it came; empty when the chain has ended."""
    begun = authentication_field(raw, authserv_id, lookup, results=results)
    if not begun:
        return b""
    parts = split(raw)
    fields = [begun, *(raw[field.start : field.end] for field in parts.fields)]
    made = sealer(signer, fields)
    return (made.seal((), signer.body_hash(raw[parts.body :]), now) if made else b"") + begun


def _sets(fields: Sequence[bytes]) -> dict[int, list[bytes]]:
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
