"""What the builder knows of conferences (builder/conferences/state.py), for a member who looks."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator

from solicomm_build.builder import tree
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.mine.section import Visit


def places(
    config: Config, visit: Visit, names: Iterable[str]
) -> Iterator[tuple[tree.Tree, list[str]]]:
    """Each tree with those of these conferences whose pages lie there and which the member may
    read."""
    known, settings = list(names), visit.settings
    yield (
        tree.public(config),
        [n for n in known if settings[n].visibility in ("public", "unlisted")],
    )
    yield (
        tree.members(config),
        [n for n in known if settings[n].visibility == "members" and n in visit.readable],
    )


@contextlib.contextmanager
def opened(one: tree.Tree) -> Iterator[sqlite3.Connection | None]:
    """The state of a tree; None where nothing was built, or is being made anew."""
    if not one.is_there:
        yield None
        return
    where = f"{one.database.absolute().as_uri()}?mode=ro"
    try:
        db = sqlite3.connect(where, uri=True, timeout=2)
        has = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'topic'").fetchone()
    except sqlite3.Error:
        yield None
        return
    with contextlib.closing(db):
        yield db if has else None
