"""What the DKIM signatures of a message cover, and whether an edit touched any of it.

Pure, and without a public key: a signature that verified before an edit verifies after it exactly
when what it hashes has not changed. So a transformation can be judged where no DNS is to be asked.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from solicomm_build.message.auth import canonical
from solicomm_build.message.split import split, unfold


class Coverage(NamedTuple):
    """One DKIM-Signature: its d= and s=, and a digest of all that it signs."""

    domain: str
    selector: str
    digest: bytes


def covered(raw: bytes) -> tuple[Coverage, ...]:
    """Each readable DKIM-Signature, from the top. Raises MessageError past the limits of a header.

    Fields that h= names and the message lacks count as signed absences (RFC 6376 5.4.2).
    """
    parts = split(raw)
    fields = [raw[field.start : field.end] for field in parts.fields]
    bodies: dict[tuple[str, str], bytes] = {}
    found = []
    for field, whole in zip(parts.fields, fields, strict=True):
        if field.name.lower() != "dkim-signature":
            continue
        tags = canonical.tags(unfold(field.raw))
        if not tags or not {"d", "s", "h"} <= tags.keys():
            continue
        header_form, body_form = _forms(tags)
        key = (body_form, tags.get("l", ""))
        if key not in bodies:
            bodies[key] = _body(raw[parts.body :], *key)
        names = tags["h"].lower().split(":")
        form = canonical.relaxed_field if header_form == "relaxed" else canonical.simple_field
        digest = hashlib.sha256(bodies[key])
        for part in (*canonical.selected(fields, names), whole):
            digest.update(form(part))
        found.append(Coverage(tags["d"].lower(), tags["s"], digest.digest()))
    return tuple(found)


def intact(before: bytes, after: bytes) -> tuple[tuple[str, bool], ...]:
    """(d=, whether nothing it signs has changed) of each signature of `before`.

    Raises MessageError past the limits of a header.
    """
    kept = set(covered(after))
    return tuple((one.domain, one in kept) for one in covered(before))


def _forms(tags: dict[str, str]) -> tuple[str, str]:
    """The forms of header and body; both are simple by default (RFC 6376 3.5)."""
    header_form, _, body_form = tags.get("c", "simple/simple").lower().partition("/")
    return header_form, body_form or "simple"


def _body(body: bytes, form: str, length: str) -> bytes:
    text = canonical.relaxed_body(body) if form == "relaxed" else canonical.simple_body(body)
    if length.isdecimal() and len(length) < 12:
        text = text[: int(length)]
    return hashlib.sha256(text).digest()
