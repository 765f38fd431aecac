"""What the home of a conference has for features (polls, forms), and this hub has not, though its
log was taken so far: an earlier version of this hub refused it, and its log is not read twice."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.types import Oid
from solicomm_build.gate import conferencefiles, hooks
from solicomm_build.git.log import Changed
from solicomm_build.git.reader import Reader


def missed(there: Reader, until: Oid, here: Reader, tip: Oid | None) -> Iterator[Changed]:
    """Those files, as they are at the home. Where both have the same, nothing is read."""
    for folder in hooks.files():
        theirs = there.oid_at(until, folder)
        if theirs is None or (tip and theirs == here.oid_at(tip, folder)):
            continue
        for entry in there.tree(until, folder, recursive=True):
            path = f"{folder}/{entry.path}"
            if conferencefiles.place(path) != folder:
                continue  # the hub's own, and may have been erased here
            if tip is None or here.oid_at(tip, path) is None:
                yield Changed("A", path, entry.oid)
