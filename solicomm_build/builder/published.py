"""What lies in a tree of pages and how it gets there: the manifest in the state, and the files.

`take` makes the order that lets a build be killed anywhere: files first, then durable, then noted.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field

from solicomm_build.builder import publish
from solicomm_build.builder.conferences import state
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.publish import Publisher
from solicomm_build.builder.render import Outcome
from solicomm_build.builder.sources import Sources
from solicomm_build.builder.tree import Tree
from solicomm_build.foundation.hub import settled
from solicomm_build.foundation.watch import is_of_watch


@dataclass(slots=True)
class Report:
    """What a build did. `failures` are (address, reason); `seconds` is wall time; `public` is
    whether it looked at public pages, `members` at those for members only."""

    pages: int = 0
    written: int = 0
    removed: int = 0
    seconds: float = 0.0
    failures: list[tuple[str, str]] = field(default_factory=list)
    idle: bool = False
    unfinished: bool = False
    public: bool = False
    members: bool = False

    def add(self, outcome: Outcome, gone: Sequence[str]) -> None:
        """Counts what was done to a tree."""
        self.pages += len(outcome.outputs)
        self.written += len(outcome.written)
        self.removed += len(gone)
        self.failures += outcome.failures

    def go_on(self, then: Report) -> None:
        """Takes in what was done to finish a build."""
        self.pages += then.pages
        self.written += then.written
        self.removed += then.removed
        self.failures += [one for one in then.failures if one not in self.failures]
        self.unfinished = then.unfinished


def known(sources: Sources, plan: Plan) -> dict[str, str]:
    """The keys of what lies at the planned addresses, except where all is to be made anew. Asked
    before they are made: what lies there is in doubt from then on, until `take` notes it."""
    settled.forget(plan.config)
    paths = _doubt(sources.db, plan)
    return {
        row[0]: row[1]
        for path in paths - plan.doubt.paths
        for row in sources.db.execute("SELECT path, key FROM output WHERE path=?", (path,))
    }


def _doubt(db: sqlite3.Connection, plan: Plan, gone: Iterable[str] = ()) -> frozenset[str]:
    """Notes what may be changed; returns the paths of the pages of which keys count."""
    some = (page.url for page in plan.planned if page.url not in plan.anew)
    paths, sections = frozenset(map(publish.path_of, some)), plan.doubt.sections
    on = state.Doubt(sections | plan.reflects.keys(), plan.doubt.paths.union(paths, gone))
    state.cast_doubt(db, on)
    return paths


def take(sources: Sources, plan: Plan, outcome: Outcome) -> list[str]:
    """Takes away what is no more, makes all durable, and notes what the pages now show; returns
    what went."""
    db, publisher = sources.db, Publisher(sources.root)
    failed = {publish.path_of(url) for url, _ in outcome.failures}
    gone = plan.stale(db, {output.path for output in outcome.outputs} | failed)
    gone += _not_to_stay(db, plan, outcome)
    if gone:
        _doubt(db, plan, gone)
    for path in gone:
        publisher.remove("/" + path)
    publish.sync(sources.root)
    db.execute("BEGIN IMMEDIATE")
    _note(db, plan, outcome, gone)
    db.execute("COMMIT")
    plan.is_shown()
    return gone


def _not_to_stay(db: sqlite3.Connection, plan: Plan, outcome: Outcome) -> list[str]:
    """Pages that held the builder, where all is made anew: words may have been taken away, and
    what lies there may show them."""
    held = {url for url, reason in outcome.failures if url in plan.anew and is_of_watch(reason)}
    paths = sorted(map(publish.path_of, held))
    known = "SELECT 1 FROM output WHERE path=?"
    return [path for path in paths if db.execute(known, (path,)).fetchone()]


def sweep(sources: Sources, keep: Iterable[str] = ()) -> list[str]:
    """Takes away every file that nothing makes, except `keep`; returns what went."""
    stays = {path for (path,) in sources.db.execute("SELECT path FROM output")}
    stays |= {publish.path_of(url) for (url,) in sources.db.execute("SELECT path FROM failure")}
    return Publisher(sources.root).sweep(stays | {*keep})


def away(tree: Tree, but: Container[str]) -> list[str]:
    """Takes away all that is left of conferences that this tree does not show (`but` those): other
    files than pages, too. Returns the folders that went."""
    folder = tree.root / "conferences"
    left = sorted(folder.iterdir()) if folder.is_dir() else []
    gone = [place for place in left if place.name not in but]
    for place in gone:
        shutil.rmtree(place)
    return [place.relative_to(tree.root).as_posix() for place in gone]


def _note(db: sqlite3.Connection, plan: Plan, outcome: Outcome, gone: list[str]) -> None:
    if plan.with_assets:  # files of the theme as it was: the next sweep takes them
        db.execute("DELETE FROM output WHERE section='theme'")
    db.executemany(
        "INSERT OR REPLACE INTO output VALUES (?, ?, ?, ?, ?)",
        ((o.path, o.section, o.key, o.sha256, o.bytes) for o in outcome.outputs),
    )
    db.executemany("DELETE FROM output WHERE path=?", ((path,) for path in gone))
    db.executemany("INSERT OR REPLACE INTO memo VALUES (?, ?)", outcome.memo)
    db.executemany("DELETE FROM failure WHERE path=?", ((o.path,) for o in outcome.outputs))
    db.executemany("INSERT OR REPLACE INTO failure VALUES (?, ?)", outcome.failures)
    if plan.are_owners_new():
        state.forget_pages(db, plan.sections)
    for section, key in plan.reflects.items():
        state.reflect(db, f"pages {section}", key)
    db.execute("DELETE FROM pending")
    if any(plan.doubt):  # there may be files that nobody knows
        state.reflect(db, state.SWEPT, "")
    state.clear_doubt(db)
