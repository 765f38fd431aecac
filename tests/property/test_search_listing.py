"""Whatever happens to posts, following their changes lists them as listing all anew does."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.builder.conferences import changes, state
from solicomm_build.features.search.posts import following, shelf
from solicomm_build.features.search.posts.documents import Post, Posts
from solicomm_build.features.search.posts.shelf import Shelf
from solicomm_build.post.reading import topicpages

CONFERENCES = ("a", "b", "closed")


class OfRows(Posts):
    """The posts of two conferences, of rows and nothing else."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._rows = db
        self._repos = {"conferences/a": Path("a.git"), "conferences/b": Path("b.git")}
        self._langs = {"a": "en", "b": "fr"}
        self._latins = {}

    @property
    def db(self) -> sqlite3.Connection:
        return self._rows


@contextmanager
def a_hub() -> Iterator[tuple[sqlite3.Connection, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        db = state.connect(Path(folder) / "pages.sqlite")
        try:
            yield db, Path(folder)
        finally:
            db.close()


def put(db: sqlite3.Connection, conf: str, mid: str, receipt: int, topic: str, weight: int) -> None:
    db.execute("DELETE FROM post WHERE conf=? AND mid=?", (conf, mid))
    facts = (conf, mid, topic, f"blob {weight}", receipt, receipt * 7 % 50, "subject", "subject")
    db.execute(
        "INSERT INTO post VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, NULL, 'name', '', '[]', '', 0, '', ?,"
        " '')",
        (*facts, weight),
    )
    db.execute("UPDATE post SET topic=? WHERE conf=? AND mid=?", (topic, conf, mid))


def told(kept: Shelf) -> list[object]:
    """All that is listed, and what is said of it."""
    whole = kept.part(0, len(kept))
    return [
        [
            (whole.id(at), whole.key(at), whole.place(at), whole.name(at), whole.gone(at))
            for at in range(len(whole))
        ],
        bytes(whole.shown),
        b"".join(kept.all_ids()),
        len(kept),
        kept.fences(),
        [(low, kept.digest_of(low, low + 5), kept.shown_of(low, low + 5)) for low in range(12)],
        [(low, kept.part(low, low + 5).digest()) for low in range(12)],
    ]


def in_the_end(db: sqlite3.Connection, folder: Path) -> None:
    """What was followed is what is found when all are looked at."""
    for name in ("kept", "anew"):
        kept = Shelf(folder / name)
        try:
            if name == "anew":
                kept.begin()
                kept.cut(0)
                kept.end("", None)
            following.bring(kept, OfRows(db))
            if name == "kept":
                followed = told(kept)
            else:
                assert told(kept) == followed
                parts = [(kept.digest_of(low, low + 5), low) for low in range(12)]
                assert parts == [(kept.part(low, low + 5).digest(), low) for low in range(12)]
        finally:
            kept.close()


posts = st.tuples(
    st.sampled_from(CONFERENCES),
    st.sampled_from("klmnop"),
    st.integers(1, 30),
    st.sampled_from("TU"),
    st.sampled_from([1, topicpages.FIRST_PAGE // 2, topicpages.FIRST_PAGE]),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("post"), posts),
        st.tuples(st.just("late"), posts),
        st.tuples(st.just("late"), posts),
        st.tuples(st.just("drop"), posts),
        st.tuples(st.just("move"), posts),
        st.tuples(st.just("hide"), posts),
        st.tuples(st.just("look"), st.none()),
        st.tuples(st.just("look"), st.none()),
        st.tuples(st.just("forget"), st.sampled_from(CONFERENCES)),
    ),
    min_size=5,
    max_size=60,
)


@settings(max_examples=300)
@given(steps, st.sampled_from([2, 100]))
def test_what_is_followed_is_what_is_there(
    steps: list[tuple[str, tuple[str, str, int, str, int] | str | None]], moved: int
) -> None:
    late = 100
    with pytest.MonkeyPatch.context() as small, a_hub() as (db, folder):
        small.setattr(shelf, "BLOCK", 3)
        small.setattr(following, "BLOCK", 3)
        small.setattr(following, "_MOVED", moved)
        for what, of in steps:
            if what == "look":
                in_the_end(db, folder)
            elif what == "forget":
                state.forget_conference(db, str(of))
            elif isinstance(of, tuple):
                conf, mid, receipt, topic, weight = of
                if what in ("drop", "move", "hide"):
                    there = db.execute("SELECT conf, mid FROM post ORDER BY mid").fetchall()
                    conf, mid = there[receipt % len(there)] if there else (conf, mid)
                at = (conf, mid)
                if what == "post":
                    put(db, *at, receipt, topic, weight)
                elif what == "late":
                    late += 1
                    put(db, *at, late, topic, weight)
                elif what == "drop":
                    db.execute("DELETE FROM post WHERE conf=? AND mid=?", at)
                elif what == "move":
                    db.execute("UPDATE post SET topic=? WHERE conf=? AND mid=?", (topic, *at))
                else:
                    db.execute("UPDATE post SET hidden=1-hidden WHERE conf=? AND mid=?", at)
        in_the_end(db, folder)


def test_a_new_post_is_looked_at_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_hub() as (db, folder):
        for number in range(2000):
            put(db, "a", f"m{number:04}", number, f"t{number % 400}", 10)
        in_the_end(db, folder)
        asked: list[str] = []
        rows = Posts.rows

        def noted(self: Posts, conf: str, mids: Sequence[str]) -> dict[str, Post]:
            asked.extend(mids)
            return rows(self, conf, mids)

        monkeypatch.setattr(Posts, "rows", noted)
        monkeypatch.setattr(following, "_anew", None)
        put(db, "a", "new", 2001, "t7", 10)
        db.execute("UPDATE post SET hidden=1 WHERE mid='m0003'")
        kept = Shelf(folder / "kept")
        following.bring(kept, OfRows(db))
        assert {*asked} == {"new", "m0003"}
        assert kept.part(1999, 2001).name(1) == "new"
        assert kept.part(3, 4).gone(0)
        asked.clear()
        following.bring(kept, OfRows(db))
        assert not asked
        kept.close()


def test_a_history_that_went_with_the_power_is_not_followed() -> None:
    with a_hub() as (db, folder):
        put(db, "a", "k", 1, "T", 1)
        db.execute("BEGIN")
        put(db, "a", "l", 2, "T", 1)
        put(db, "a", "m", 3, "T", 1)
        kept = Shelf(folder / "kept")
        following.bring(kept, OfRows(db))
        kept.close()
        db.execute("ROLLBACK")
        put(db, "a", "n", 1, "T", 1)
        put(db, "a", "o", 2, "T", 1)
        put(db, "a", "p", 2, "T", 1)
        in_the_end(db, folder)


def test_old_changes_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 4)
    with a_hub() as (db, folder):
        put(db, "a", "k", 1, "T", 1)
        in_the_end(db, folder)
        mark = changes.newest(db)
        for number in range(9):
            put(db, "a", f"m{number}", 2 + number, "T", 1)
        changes.prune(db)
        assert db.execute("SELECT COUNT(*) FROM change").fetchone() == (4,)
        assert changes.since(db, mark) is None
        in_the_end(db, folder)
