"""Letters by family. A family writes each of its letters in the language of its stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.snapshots.kept import Mail
from tests.snapshots.letters import (
    commands,
    courier,
    forms,
    hub,
    library,
    membership,
    moderating,
    people,
    polls,
    sites,
    topics,
)
from tests.snapshots.stage import Stage

FAMILIES: Mapping[str, Callable[[Stage], Iterator[tuple[str, Mail]]]] = {
    "commands": commands.written,
    "courier": courier.written,
    "hub": hub.written,
    "forms": forms.written,
    "library": library.written,
    "membership": membership.written,
    "moderating": moderating.written,
    "people": people.written,
    "polls": polls.written,
    "sites": sites.written,
    "topics": topics.written,
}
