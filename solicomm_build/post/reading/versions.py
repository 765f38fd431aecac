"""Two versions of one message: which has the name in the repository, and which a page shows.

Hubs that share a conference must come to one tree, so which version lies under the name of its
message follows from the versions alone. But nobody may replace words that are shown. So a commit
that gives the name to another version says `Source: versions`, and holds the change and nothing
else: the file that changed (or went, and lies in another topic now), and the new post that the
former one has become. Whoever shows posts reads it the other way round: the page goes on to show
the former version under the name, and the other one in the place of the new post.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from solicomm_build.foundation.types import Oid, PostId, post_id
from solicomm_build.git.log import Changed
from solicomm_build.post import post as post_file

SOURCE = "versions"


def apart(oid: Oid) -> str:
    """The Message-ID of the version whose file git calls so, where it has not the name."""
    named = base64.b32encode(bytes.fromhex(oid)).decode("ascii").lower()
    return f"{named}@mid-conflict.invalid"


def apart_mid(oid: Oid) -> PostId:
    """Its post id: by that a version is erased, wherever its file has the name."""
    return post_id(apart(oid))


def as_shown(changes: Sequence[Changed]) -> list[Changed]:
    """The changes of such a commit as pages take them: the post that is new, with the octets that
    have got the name. Nothing where the former version was apart already."""
    posts = [one for one in changes if one.status != "D" and post_file.parse_path(one.path)]
    gone = {ids[1] for one in changes if (ids := _ids(one)) and one.status == "D"}
    named = [one for one in posts if one.status == "M" or _ids_of(one) in gone]
    new = [one for one in posts if one not in named]
    return [Changed("A", one.path, other.oid) for one, other in zip(new, named, strict=False)]


def _ids(change: Changed) -> tuple[str, str] | None:
    return post_file.parse_path(change.path)


def _ids_of(change: Changed) -> str:
    ids = post_file.parse_path(change.path)
    return ids[1] if ids else ""
