"""Words as parts of addresses."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_NO_SLUG = re.compile(r"[^a-z0-9]+")


def slug(value: str) -> str:
    """A value, such as a library's subject, as a part of an address: readable where it can be,
    unlike any other's."""
    folded = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    plain = _NO_SLUG.sub("-", folded).strip("-")[:60]
    if plain == value.replace(":", "-").replace(" ", "-").lower():
        return plain
    mark = hashlib.sha256(value.encode()).hexdigest()[:8]
    return f"{plain}-{mark}" if plain else mark
