"""What one post costs must not grow with the archive: no hot query may walk a whole conference."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.conferences import state
from solicomm_build.builder.conferences.index import ConferenceIndex
from solicomm_build.builder.conferences.indexedpost import IndexedPost
from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.testing.hubs import after, mid

BAR = "bar"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    state.connect(tmp_path / "pages.sqlite").close()
    opened = state.connect(tmp_path / "pages.sqlite")  # a later start: the planner reads the file
    yield opened
    opened.close()


def _post(name: str, *answers: str, minutes: float = 0) -> IndexedPost:
    date = after(minutes)
    return IndexedPost(
        mid=PostId(mid(name)),
        tid=TopicId(mid((name, *answers)[-1])),
        blob=name,
        receipt=date + timedelta(minutes=1),
        date=date,
        subject="Re: Water",
        name="Ana",
        lang="",
        parents=tuple(map(mid, answers)),
        files=(),
    )


def _walks(db: sqlite3.Connection, said: list[str]) -> list[str]:
    """The statements that read every row of a conference and do not stop at a limit."""
    db.set_trace_callback(None)
    found = []
    for text in sorted({text for text in said if text.startswith(("SELECT", "UPDATE"))}):
        for row in db.execute(f"EXPLAIN QUERY PLAN {text}"):
            whole = re.search(r"SEARCH (\w+) USING .*\(conf=\?\)$", row[3])
            if whole and whole[1] in {"post", "p", "topic", "t", "mention", "m"}:
                found.append(text)
    return [text for text in found if "LIMIT" not in text]


def test_taking_a_post_in_reads_its_neighbours_only(db: sqlite3.Connection) -> None:
    ConferenceIndex(db, BAR).apply([_post("a"), _post("b", "a", minutes=1)])
    said: list[str] = []
    db.set_trace_callback(said.append)
    ConferenceIndex(db, BAR).apply([_post("c", "b", "a", minutes=2), _post("d", minutes=3)])
    assert len(said) > 10
    assert _walks(db, said) == []


def test_what_a_post_changes_is_looked_up_among_its_neighbours(db: sqlite3.Connection) -> None:
    ConferenceIndex(db, BAR).apply([_post("a"), _post("b", "a", minutes=1)])
    rows, said = Lookup(db, BAR), list[str]()
    db.set_trace_callback(said.append)
    topic = rows.topic(mid("a"))
    assert topic is not None
    rows.posts(mid("a"))
    rows.leads_to(mid("a"))
    rows.stored_threads(mid("a"))
    rows.active_topics(30)
    rows.newest_posts(20)
    rows.month_page("2026-03", 1)
    rows.pages(mid("a"))
    rows.rank(int(topic.started.timestamp()), topic.tid)
    assert _walks(db, said) == []
