"""Names of files that FAT32, exFAT and Windows take: no other than they have at the hub, where that
is one (Microsoft, *Naming Files, Paths, and Namespaces*).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 200
"""Characters of a part of a path; FAT takes 255 UTF-16 units, and a name aside is longer."""
DEEPEST = 240
"""Characters of a whole path: Windows takes 260 with the drive before it."""

_BAD = re.compile(r'[\x00-\x1f\x7f"*:<>?\\|]')
_LAST = ". "
"""What a part of a path may not end with."""
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)


def mapped(paths: Iterable[str]) -> dict[str, str]:
    """Each path (parts between `/`) with the one that it has in the folder. Pure: the same for the
    same paths in any order. Two that differ in case alone do not fall together."""
    found, taken = dict[str, str](), set[str]()
    for path in sorted(paths):
        name = "/".join(_part(part) for part in path.split("/"))
        if len(name) > DEEPEST or name.casefold() in taken:
            name = _apart(name, path)
        taken.add(name.casefold())
        found[path] = path if name == path else name  # one string for both
    return found


@lru_cache(maxsize=4096)  # most folders have many files
def _part(part: str) -> str:
    clean = _BAD.sub("_", part)
    clean = f"{clean.rstrip(_LAST)}_" if clean.endswith(tuple(_LAST)) else clean
    if _DEVICE.match(clean):
        clean = f"_{clean}"
    return clean if clean == part and len(part) <= LONGEST else _named(clean, part)


def _apart(name: str, path: str) -> str:
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{_named(last, path)}" if len(folder) < DEEPEST // 2 else _far(path)


def _far(path: str) -> str:
    """A place near the root for what lies too deep."""
    return f"_deep/{_named(path.rpartition('/')[2][-40:], path)}"


def _named(name: str, whole: str) -> str:
    """The name made short, with a few signs of the whole before its ending, which stays."""
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 8:
        stem, ending = name, ""
    mark = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{stem[:60].rstrip('. ')}~{mark}{dot if ending else ''}{ending}"
