"""Segments that other machines make in a full build (builder/hands): a segment is a function of its
documents, and these are of the posts' rows and of public repositories.

The machine with the hub decides which documents are in which segment, and writes what comes back
where it belongs. Of pages it has what is published, and of conferences for members nobody else may
read: their segments it makes itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.builder.contents import Contents
from solicomm_build.builder.hands.works import Helping, Piece
from solicomm_build.builder.publish import Taken
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import searchstate
from solicomm_build.features.search.layout import Slot, layout
from solicomm_build.features.search.posts import following
from solicomm_build.features.search.posts.documents import Posts
from solicomm_build.features.search.posts.shelf import Shelf
from solicomm_build.features.search.searchfolder import IndexFolder
from solicomm_build.features.search.searchlisting import Listing
from solicomm_build.features.search.searchstate import Kept
from solicomm_build.foundation import safeio

WORK = "segment of the search"
"""What it is called."""
_SECONDS = 0.02
"""That a document may take, on a machine which others want, too."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A segment with its table: the files of both, and (name, octets) of those of
    `state/search/`."""

    kept: Kept
    files: Sequence[Taken]
    noted: Sequence[tuple[str, bytes]]


def is_lent(slot: Slot) -> bool:
    """Whether others may make it."""
    return slot.chain == "posts" and slot.kept is None


def begin(
    hands: Helping | None, sources: Sources, asked: Sequence[tuple[Slot, Listing]]
) -> Iterator[Brought | None]:
    """Has these segments made, the first ones first; None for one that nobody made."""
    if hands is None:
        return iter([None] * len(asked))
    return hands.do(WORK, sources, [_piece(slot, items) for slot, items in asked])


def ahead(sources: Sources, found: Contents) -> Iterator[tuple[str, Piece]]:
    """The same segments, as soon as all posts are known: nothing in them is of the pages."""
    config = sources.config
    with safeio.locked(config.state / "search.lock"):
        shelf = Shelf(config.state / "search")
        following.bring(shelf, Posts(sources, config, found))
    try:
        for slot in layout(len(shelf)):
            yield WORK, _piece(slot, shelf.part(slot.first, slot.first + slot.count))
    finally:
        shelf.close()


def _piece(slot: Slot, items: Listing) -> Piece:
    key = f"{WORK} {slot.first} {slot.small} {items.digest().hex()} {items.digest_shown().hex()}"
    return Piece((slot, items.apart()), _SECONDS * len(items), key)


def bring(brought: Brought | None, files: IndexFolder, folder: Path) -> Kept | None:
    """Takes in a segment, if anybody made it."""
    if brought is None:
        return None
    files.bring(brought.files)
    searchstate.bring(folder, brought.noted)
    return brought.kept
