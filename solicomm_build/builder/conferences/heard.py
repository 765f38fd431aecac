"""A recording in a post as its page plays it: the file itself, and the small copy beside it."""

from __future__ import annotations

from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.post import sounds
from solicomm_build.post.pages import Sound
from solicomm_build.post.post import small_path


def heard(reader: Reader, sha256: str, name: str, oid: Oid, url: str) -> Sound | None:
    """How a file, its blob `oid` at `url`, is played; None where no browser can. Blocking."""
    found = reader.oid_at(MAIN, small_path(sha256))
    own, sources = sounds.played_type(name), []
    if own:
        sources.append((reader.size(oid), url, own))
    small = f"{url.rpartition('/')[0]}/{sounds.SMALL_NAME}" if found else None
    if found and small:
        sources.append((reader.size(found), small, sounds.SMALL_TYPE))
    if not sources:
        return None
    length = sounds.seconds(reader.blob(found or oid))
    return Sound(
        tuple((where, kind) for _, where, kind in sorted(sources)),
        sounds.clock(length) if length else "",
        small,
        found,
    )
