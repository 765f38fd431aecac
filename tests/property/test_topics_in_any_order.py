"""Topics are a function of the set of posts and events: whatever order they came in, however many
came at once, the rows from which pages are made are the same, byte for byte.

Posts answer what is there, what comes later and what never comes; events merge, split, move, hide
and take all of it back, some by people who may not.
"""

from __future__ import annotations

import random
import sqlite3
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.builder.conferences import state
from solicomm_build.builder.conferences.index import ConferenceIndex, EventFile
from solicomm_build.builder.conferences.indexedpost import Gone, IndexedPost
from solicomm_build.foundation import data
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.git import derived
from solicomm_build.post import event as events
from solicomm_build.testing.budget import examples
from solicomm_build.testing.hubs import after, mid

NAMES = "abcdefg"
"""Some are no posts: ids that never arrive, folders of events without posts."""

posts = st.builds(
    lambda name, answers, subject, hours: IndexedPost(
        mid=PostId(mid(name)),
        tid=TopicId(mid((name, *(a for a in answers if a != name))[-1])),
        blob=f"blob of {name}",
        receipt=after(hours * 60) + timedelta(minutes=5),
        date=after(hours * 60),
        subject=subject,
        name=name,
        lang="",
        parents=tuple(mid(a) for a in answers if a != name),
    ),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
    st.sampled_from(("Water", "Re: Water", "Heat", "Re: Heat")),
    st.integers(0, 6),
)


def _event(kind: str, on: str, about: str, hour: int, by: str, title: str) -> EventFile:
    facts = {
        "post": mid(about),
        "topic": mid(about),
        "of": mid(on),
        "lang": "sw",
        "title": title,
        "add": title,
        "to": "ice" if hour % 2 else "bar",
        "blob": "0" * 40,
    }
    data = {key: facts[key] for key in events.FORMS[kind] if key in facts}
    made = events.make(kind, at=after(hour * 60), by=by, data=data)
    tid = TopicId(mid(on))
    return tid, events.path(tid, made), events.encode(made), after(180)


said = st.builds(
    _event,
    st.sampled_from([*events.FORMS, *("merge", "split", "unmerge", "unsplit", "move") * 4]),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.integers(0, 6),
    st.sampled_from(("p_mod", "p_mod", "p_mod", "p_else")),
    st.sampled_from(("Wages", "Law")),
)


def rows_of(history: list[list[IndexedPost | EventFile]]) -> dict[str, list[tuple[object, ...]]]:
    """All rows after several builds' worth of posts and events."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    derived.run(db, data.beside(state.__file__, "state.sql"))
    for step in history:
        index = ConferenceIndex(db, "bar", lambda event: event.by == "p_mod")
        index.apply(
            (each for each in step if isinstance(each, IndexedPost)),
            (each for each in step if not isinstance(each, IndexedPost)),
        )
    found = {
        table: sorted(db.execute(f"SELECT * FROM {table}").fetchall())
        for table in state.TABLES_OF_CONFERENCE
    }
    db.close()
    return found


@given(
    st.lists(posts, min_size=1, max_size=7, unique_by=lambda post: post.mid),
    st.lists(said, max_size=8, unique_by=lambda file: file[1]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=examples(150))
def test_the_order_of_arrival_makes_no_topics(
    made: list[IndexedPost], files: list[EventFile], chance: random.Random
) -> None:
    everything: list[IndexedPost | EventFile] = [*made, *files]
    expected = rows_of([everything])
    chance.shuffle(everything)
    assert rows_of([[each] for each in everything]) == expected
    cut = chance.randint(0, len(everything))
    assert rows_of([everything[:cut], everything[cut:]]) == expected


@given(
    st.lists(posts, min_size=1, max_size=7, unique_by=lambda post: post.mid),
    st.lists(said, max_size=8, unique_by=lambda file: file[1]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=examples(100))
def test_what_is_taken_back_leaves_nothing(
    made: list[IndexedPost], files: list[EventFile], chance: random.Random
) -> None:
    gone = chance.sample(files, len(files) // 2)
    lost = chance.sample(made, len(made) // 3)
    stays = [each for each in files if each not in gone]
    kept = [each for each in made if each not in lost]
    db = sqlite3.connect(":memory:", isolation_level=None)
    derived.run(db, data.beside(state.__file__, "state.sql"))
    ConferenceIndex(db, "bar").apply(made, files)
    ConferenceIndex(db, "bar").apply(
        [Gone(post.mid, post.tid) for post in lost],
        [(tid, path, None, came) for tid, path, _, came in gone],
    )
    now = {
        table: sorted(db.execute(f"SELECT * FROM {table}").fetchall())
        for table in state.TABLES_OF_CONFERENCE
    }
    db.close()
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    derived.run(fresh, data.beside(state.__file__, "state.sql"))
    ConferenceIndex(fresh, "bar").apply(kept, stays)
    for table in state.TABLES_OF_CONFERENCE:
        expected = sorted(fresh.execute(f"SELECT * FROM {table}").fetchall())
        assert [row for row in now[table] if row[1:] != (0, 0)] == [
            row for row in expected if row[1:] != (0, 0)
        ], table
    fresh.close()
