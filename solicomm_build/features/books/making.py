"""A book on demand: for the web and for mail, within bounds that a small machine bears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from solicomm_build.features.books import binding
from solicomm_build.features.books.gathering import Shelf
from solicomm_build.features.books.kept import Kept
from solicomm_build.features.books.wanted import Wanted
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.books import epub
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.placesettings import PlaceSettings

MOST_POSTS = 1_500
"""Posts in a book that is made on demand: a second or two."""
NAME = "book.epub"
"""What is asked for beside a page."""


@dataclass(frozen=True, slots=True)
class Made:
    """A book: its octets, where it is on the web, what its file is called, what it is called
    itself, how many posts."""

    octets: bytes
    url: str
    name: str
    title: str
    posts: int


def made(
    config: Config,
    wanted: Wanted,
    places: PlaceSettings[Conference] | None = None,
    *,
    closed: bool = False,
) -> Made:
    """The book. Raises UsageError for what is not there, not for everybody, or too much, StoreError
    where no pages were made. `closed` as for `Shelf`: a book of a conference for members is made
    anew for each who asks, and is kept nowhere. Blocking."""
    with Shelf(config, wanted.conference, places, closed=closed) as shelf:
        facts: list[tuple[str, str, str, int]] = []

        def look() -> tuple[str, Callable[[], bytes]]:
            now = shelf.gathered(wanted, MOST_POSTS)
            url = f"{config.url}{now.wanted.place}{NAME}"
            facts.append((url, binding.file_name(now, "epub"), now.title, now.posts))
            return f"{shelf.mark(now.wanted)}-{now.key}", lambda: epub.write(
                binding.bound(shelf, now)
            )

        octets = look()[1]() if shelf.is_closed else Kept(config).of(look)
    return Made(octets, *facts[-1])
