"""What files an index has, for hubs that keep a copy of it: `/search/files.json`.

    {"files": {"<path below /search/index/>": [octets, "<SHA-256>"]}}

Files of a segment never change, those of tables do, and there are thousands: so a hub that asks at
night fetches what it lacks and nothing else (docs/formats/search.md, section 1).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from solicomm_build.features.search.engine.reader import MANIFEST
from solicomm_build.foundation.errors import ContentError

PATH = re.compile(
    r"manifest\.js|(?:[0-9a-f]{16}/)?d/[0-9]{1,9}\.js|[0-9a-f]{16}/[a-z0-9]{1,12}\.js"
)
"""Paths that a file of an index may have, and no others."""
MOST_FILES = 100_000
MOST_FILE = 8 << 20
"""Octets of one file."""
MOST = 1 << 30
"""Octets of a whole index."""

Listed = dict[str, tuple[int, str]]
"""(octets, SHA-256) by path."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def of(root: Path) -> Listed:
    """The files of the index in a folder; nothing without one. Read once for each manifest."""
    try:
        found = (root / MANIFEST).stat()
    except OSError:
        return {}
    return _of(root, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=2)
def _of(root: Path, _changed: int, _inode: int) -> Listed:
    return dict(_files(root))


def _files(root: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    for path in sorted(root.rglob("*.js")):
        name = path.relative_to(root).as_posix()
        if PATH.fullmatch(name):
            data = path.read_bytes()
            yield name, (len(data), hashlib.sha256(data).hexdigest())


def encode(listed: Listed) -> bytes:
    """As it is told to other hubs."""
    return json.dumps({"files": listed}, separators=(",", ":")).encode()


def decode(blob: bytes) -> Listed:
    """What another hub told. Raises ContentError: no such list, or more than is taken."""
    try:
        found = json.loads(blob)["files"]
        listed = {name: (size, digest) for name, (size, digest) in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = "Is it a hub of SoliComm, and of a version whose index can be kept elsewhere?"
        raise ContentError("the list of its index cannot be read", remedy=remedy) from error
    for name, (size, digest) in listed.items():
        fits = isinstance(digest, str) and _SHA256.fullmatch(digest) and type(size) is int
        if not fits or not PATH.fullmatch(name) or not 0 <= size <= MOST_FILE:
            remedy = "Ask its operator to look at it"
            raise ContentError(f"its index has a file that is none: {name[:80]}", remedy=remedy)
    if len(listed) > MOST_FILES or sum(size for size, _ in listed.values()) > MOST:
        remedy = f"At most {MOST_FILES:,} files of {MOST >> 20} MiB in all are kept of a hub"
        raise ContentError("its index is too large to be kept here", remedy=remedy)
    if MANIFEST not in listed:
        raise ContentError(
            "it has no search index", remedy="Its operator makes one: solicomm build"
        )
    return listed
