"""Words as parts of addresses."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

_NO_SLUG = re.compile(r"[^a-z0-9]+")


def slug(value: str) -> str:
    """A value, such as a library's subject, as a part of an address: readable where it can be, and
    the same for those alone that are `one`."""
    folded = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    plain = _NO_SLUG.sub("-", folded).strip("-")[:60]
    if plain == value.replace(":", "-").replace(" ", "-").lower():
        return plain
    mark = hashlib.sha256(value.encode()).hexdigest()[:8]
    return f"{plain}-{mark}" if plain else mark


@lru_cache(maxsize=4096)
def one(value: str) -> str:
    """What values that have one address are to a reader, who cannot tell them apart by it: one,
    such as `health care` and `health-care`. Another value is itself, so that it sorts as it is
    written."""
    joined = value.replace(":", "-").replace(" ", "-").lower()
    return joined if slug(value) == joined else value
