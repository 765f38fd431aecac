"""Index and lookup together: what is put in and taken out, and what pages then read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.conferences import state
from solicomm_build.builder.conferences.index import ConferenceIndex, EventFile
from solicomm_build.builder.conferences.indexedpost import Gone, IndexedPost
from solicomm_build.builder.conferences.lookup import POSTS_A_PAGE, TOPICS_A_PAGE, Lookup, moment
from solicomm_build.builder.conferences.touched import Touched, month_bounds
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.post import event as events
from solicomm_build.testing.hubs import START, after, mid

BAR = "bar"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = state.connect(tmp_path / "pages.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def rows(db: sqlite3.Connection) -> Lookup:
    return Lookup(db, BAR)


def post(
    name: str,
    *answers: str,
    minutes: float = 0,
    subject: str = "Water",
    author: str = "Ana",
    receipt: datetime | None = None,
    dated: bool = True,
    files: tuple[str, ...] = (),
) -> IndexedPost:
    """A post as the index takes it; `answers` are names, the nearest first, the root last."""
    date = after(minutes)
    return IndexedPost(
        mid=PostId(mid(name)),
        tid=TopicId(mid((name, *answers)[-1])),
        blob=f"blob of {name} {subject}",
        receipt=receipt or date + timedelta(minutes=1),
        date=date if dated else None,
        subject=subject,
        name=author,
        lang="",
        parents=tuple(map(mid, answers)),
        files=files,
    )


def put(db: sqlite3.Connection, *changes: IndexedPost | str) -> Touched:
    """One build's worth of changes; a name takes the post out that is shown under its mid."""
    return ConferenceIndex(db, BAR).apply(
        _gone(db, change) if isinstance(change, str) else change for change in changes
    )


def _gone(db: sqlite3.Connection, name: str) -> Gone:
    wanted = "SELECT tid FROM post WHERE conf=? AND mid=?"
    row = db.execute(wanted, (BAR, mid(name))).fetchone()
    return Gone(PostId(mid(name)), TopicId(row[0] if row else ""))


def everything(db: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the conference."""
    tables = state.TABLES_OF_CONFERENCE
    return {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall()) for name in tables}


def names(found: Iterable[object], of: Iterable[str] = "abcdefghij") -> list[str]:
    """The names behind mids and tids."""
    known = {mid(name): name for name in of}
    return [known[str(each)] for each in found]


def test_an_empty_conference(rows: Lookup) -> None:
    assert rows.totals() == (0, 0)
    assert rows.topic(mid("a")) is None
    assert rows.leads_to(mid("a")) is None
    assert (rows.months(), rows.topics_page(1), rows.newest_posts(5)) == ([], [], [])


def test_counts_and_headings(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a", subject="Re: Water"), post("b", "a", minutes=5, author="Bea"), post("c"))
    assert rows.totals() == (2, 3)
    topic = rows.topic(mid("a"))
    assert topic is not None
    assert (topic.title, topic.posts, topic.starter) == ("Water", 2, "Ana")
    assert (topic.started, topic.last) == (after(0), after(5))
    assert (topic.last_name, topic.last_mid) == ("Bea", mid("b"))
    assert names(row.mid for row in rows.posts(mid("a"))) == ["a", "b"]
    assert rows.pages(mid("a")) == {mid("a"): 1, mid("b"): 1}
    assert names(rows.addresses()) == names(sorted((mid("a"), mid("c"))))
    assert names(rows.stored_threads(mid("a"))) == ["a"]


def test_conferences_do_not_see_each_other(db: sqlite3.Connection) -> None:
    put(db, post("a"))
    ConferenceIndex(db, "other").apply([post("a"), post("b", "a")])
    assert Lookup(db, BAR).totals() == (1, 1)
    assert Lookup(db, "other").totals() == (1, 2)
    state.forget_conference(db, "other")
    assert Lookup(db, BAR).totals() == (1, 1)
    assert Lookup(db, "other").totals() == (0, 0)


def test_a_missing_root_joins_its_answers(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("b", "a", minutes=2))
    put(db, post("c", "a", minutes=3))
    assert rows.totals() == (1, 2)
    topic = rows.topic(mid("a"))
    assert topic is not None
    assert topic.posts == 2


def test_a_late_root_changes_the_address(db: sqlite3.Connection, rows: Lookup) -> None:
    """c answers b, of which nothing is known; then b comes and says that it answers a."""
    put(db, post("c", "b", minutes=9))
    assert rows.leads_to(mid("b")) == mid("b")
    touched = put(db, post("b", "a", minutes=5))
    assert rows.topic(mid("b")) is None
    assert rows.leads_to(mid("b")) == mid("a")
    assert {mid("a"), mid("b")} <= touched.tids
    assert {tid for _, tid in touched.starts} == {mid("a"), mid("b")}


def test_three_topics_become_one(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", minutes=1), post("c", minutes=2))
    assert rows.totals() == (3, 3)
    put(db, post("d", "c", "b", "a", minutes=3))
    assert rows.totals() == (1, 4)
    assert {rows.leads_to(mid(name)) for name in "abc"} == {mid("a")}


def test_a_reply_by_subject(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", minutes=60, subject="Re: Water"))
    assert rows.totals() == (1, 2)
    put(db, post("c", minutes=60 * 24 * 61, subject="Re: Water"))
    assert rows.totals() == (2, 3)
    put(db, post("d", minutes=60 * 24 * 40, subject="AW: water"))
    assert rows.totals() == (1, 4), "d lies between, within sixty days of both"
    assert rows.posts(mid("a"))[-1].fallback == mid("d")


def test_the_same_subject_without_re_is_another_topic(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", minutes=1), post("c", subject=""), post("d", subject="Re:"))
    assert rows.totals() == (4, 4)


def test_a_deleted_post_is_gone(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", "a", minutes=1), post("c", minutes=60 * 24 * 40))
    touched = put(db, "b", "c")
    assert rows.totals() == (1, 1)
    assert rows.months() == [("2026-03", 1)]
    assert rows.leads_to(mid("c")) is None
    assert {mid("a"), mid("c")} <= touched.tids
    assert set(touched.months) == {"2026-03", "2026-04"}
    put(db, "a", "a", "never there")
    assert rows.totals() == (0, 0)
    assert rows.months() == []


def test_a_deleted_link_parts_a_topic(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", minutes=1), post("c", "b", "a", minutes=2))
    assert rows.totals() == (1, 3)
    put(db, "c")
    assert rows.totals() == (2, 2)
    assert rows.leads_to(mid("b")) == mid("b")


def test_a_replaced_post_keeps_its_receipt(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a", dated=False, receipt=after(7)), post("b", "a", minutes=60))
    later = post("a", dated=False, receipt=after(9000), subject="Redacted", author="–")
    put(db, later)
    assert rows.totals() == (1, 2)
    first, _ = rows.posts(mid("a"))
    assert (first.subject, first.name, moment(first.time)) == ("Redacted", "–", after(7))
    topic = rows.topic(mid("a"))
    assert topic is not None
    assert topic.title == "Redacted"


def test_dates_are_held_near_the_receipt(db: sqlite3.Connection, rows: Lookup) -> None:
    """A Date in the future counts as the receipt, one long ago as a week before it."""
    put(
        db,
        post("a", minutes=60 * 24 * 400, receipt=START),
        post("b", minutes=-60 * 24 * 400, receipt=START),
        post("c", dated=False, receipt=START),
    )
    times = {name: rows.topic(mid(name)) for name in "abc"}
    assert [times[name].started for name in "abc"] == [  # type: ignore[union-attr]
        START,
        START - timedelta(days=7),
        START,
    ]


def test_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    made = [
        post("a"),
        post("b", "a", minutes=3),
        post("c", "x", minutes=4),
        post("x", "a", minutes=1),
        post("d", minutes=70, subject="Re: Water"),
        post("e", minutes=5, subject="Re: Heat"),
        post("f", minutes=2, subject="Heat"),
        post("g", "c", "x", minutes=60 * 24 * 50),
    ]
    found = []
    for number, (order, size) in enumerate(
        ((made, 8), (made[::-1], 1), (made[3:] + made[:3], 3), (made[::2] + made[1::2], 2))
    ):
        db = state.connect(tmp_path / f"{number}.sqlite")
        for low in range(0, len(order), size):
            put(db, *order[low : low + size])
        found.append(everything(db))
        db.close()
    assert all(each == found[0] for each in found[1:])


def test_applying_again_changes_nothing(db: sqlite3.Connection) -> None:
    made = [post("a"), post("b", "a", minutes=1), post("c", subject="Re: Water", minutes=9)]
    put(db, *made)
    before = everything(db)
    put(db, *made)
    assert everything(db) == before


def test_ranks_and_pages_of_topics(db: sqlite3.Connection, rows: Lookup) -> None:
    count = TOPICS_A_PAGE + 3
    numbered = [post(f"t{n}", minutes=n, subject=f"Topic {n}") for n in range(count)]
    put(db, *reversed(numbered))
    assert [topic.title for topic in rows.topics_page(2)] == [
        f"Topic {n}" for n in range(TOPICS_A_PAGE, count)
    ]
    assert len(rows.topics_page(1)) == TOPICS_A_PAGE
    assert rows.topics_page(3) == []
    for number in (0, 7, count - 1):
        topic = rows.topic(mid(f"t{number}"))
        assert topic is not None
        assert rows.rank(int(topic.started.timestamp()), topic.tid) == number
    assert [topic.title for topic in rows.active_topics(2)] == [
        f"Topic {count - 1}",
        f"Topic {count - 2}",
    ]


def test_months_and_their_pages(db: sqlite3.Connection, rows: Lookup) -> None:
    count = POSTS_A_PAGE + 2
    put(db, *(post(f"t{n}", minutes=n, subject=f"Topic {n}") for n in range(count)))
    put(db, post("a", minutes=60 * 24 * 31))
    assert rows.months() == [("2026-04", 1), ("2026-03", count)]
    assert len(rows.month_page("2026-03", 1)) == POSTS_A_PAGE
    assert [line.title for line in rows.month_page("2026-03", 2)] == [
        f"Topic {count - 2}",
        f"Topic {count - 1}",
    ]
    assert rows.month_rank("2026-03", int(after(5).timestamp())) == 5
    assert rows.month_rank("2026-05", int(after(5).timestamp())) <= 0
    assert [(topic, row.mid) for topic, row in rows.newest_posts(1)] == [(mid("a"), mid("a"))]


def test_month_bounds() -> None:
    low, high = month_bounds("2026-12")
    assert (moment(low).isoformat(), moment(high).isoformat()) == (
        "2026-12-01T00:00:00+00:00",
        "2027-01-01T00:00:00+00:00",
    )


def test_files_of_posts(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a", files=("f2", "f1")), post("b", "a", minutes=1, files=("f1",)), post("c"))
    assert rows.attachments(mid("a")) == ["f1", "f2"]
    assert rows.attachments(mid("c")) == []
    index = ConferenceIndex(db, BAR)
    index.file("f1")
    index.file("f9")
    assert index.touched.tids == {mid("a")}
    put(db, post("a"))
    assert rows.attachments(mid("a")) == ["f1"]


def event(
    kind: str,
    minute: int,
    *,
    on: str = "a",
    by: str = "p_mod",
    came: float | None = None,
    **data: str,
) -> EventFile:
    """The file of an event in the stored thread called `on`."""
    made = events.make(kind, at=after(minute), by=by, data=data)
    tid = TopicId(mid(on))
    when = after(minute if came is None else came)
    return tid, events.path(tid, made), events.encode(made), when


def say(db: sqlite3.Connection, *files: EventFile) -> Touched:
    """One build's worth of events."""
    return ConferenceIndex(db, BAR).apply([], files)


def test_a_topic_is_as_its_events_say(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", "a"))
    touched = say(
        db,
        event("retitle", 1, title="Better words"),
        event("close", 2, reason="Settled"),
        event("pin", 3),
        event("hide", 4, post=mid("b")),
        event("label", 5, add="wages"),
        event("lang", 6, post=mid("b"), lang="sw"),
    )
    topic = rows.topic(mid("a"))
    assert topic is not None
    assert (topic.title, topic.closed, topic.pinned) == ("Better words", True, True)
    assert topic.labels == ("wages",)
    assert rows.labels() == [("wages", "wages", 1)]
    assert rows.marks(mid("a")).close_reason == "Settled"
    assert rows.posts(mid("a"))[1].lang == "sw"
    assert topic.last_name == ""
    assert [(row.hidden, row.name == "") for row in rows.posts(mid("a"))] == [
        (False, False),
        (True, True),
    ]
    assert [row.mid for _, row in rows.newest_posts(5)] == [mid("a")]
    assert mid("a") in touched.tids


def test_an_event_taken_back_has_no_effect(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"))
    tid, path, data, came = event("retitle", 1, title="Better words")
    say(db, (tid, path, data, came), (tid, path, None, came))
    say(db, (tid, "topics/x/events/broken.yaml", b"{", came))
    topic = rows.topic(mid("a"))
    assert topic is not None
    assert topic.title != "Better words"
    assert db.execute("SELECT COUNT(*) FROM event").fetchone() == (0,)


def test_a_merged_topic_keeps_the_older_address(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", minutes=5, subject="Wages"), post("c", "b", minutes=6))
    touched = say(db, event("merge", 9, on="b", topic=mid("a")), event("pin", 10, on="b"))
    assert rows.totals() == (1, 3)
    assert rows.leads_to(mid("b")) == mid("a")
    assert {mid("a"), mid("b")} <= touched.tids
    topic = rows.topic(mid("a"))
    assert topic is not None
    assert topic.pinned, "what was said of either is said of the whole"
    assert rows.marks(mid("a")).joined == (mid("b"),)
    say(db, event("unmerge", 12, topic=mid("a")))
    assert rows.totals() == (2, 3)
    assert rows.topic(mid("b")) is not None


def test_a_merge_waits_for_what_is_merged(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"))
    say(db, event("merge", 9, topic=mid("b")))
    put(db, post("b", minutes=5, subject="Wages"))
    assert rows.totals() == (1, 2)
    put(db, post("d", "b", minutes=6))
    assert rows.totals() == (1, 3)


def test_a_split_takes_its_answers_along(db: sqlite3.Connection, rows: Lookup) -> None:
    """d names only x, which never came and of which e says that it answers c."""
    put(db, post("a"), post("b", "a", minutes=1), post("c", "a", minutes=2))
    put(db, post("d", "x", minutes=9, subject="Heat"), post("e", "x", "c", "a", minutes=8))
    assert rows.totals() == (1, 5)
    say(db, event("split", 20, post=mid("c")))
    assert rows.totals() == (2, 5)
    assert names(row.mid for row in rows.posts(mid("a"))) == ["a", "b"]
    assert names(row.mid for row in rows.posts(mid("c"))) == ["c", "e", "d"]
    assert rows.marks(mid("a")).parted == (mid("c"),)
    assert rows.marks(mid("c")).origin == mid("a")
    put(db, post("f", "c", "a", minutes=30), post("g", "b", "a", minutes=31))
    assert [rows.topic(mid(name)).posts for name in "ac"] == [3, 4]  # type: ignore[union-attr]
    say(db, event("retitle", 40, on="c", title="Answers"), event("close", 41))
    part = rows.topic(mid("c"))
    assert part is not None
    assert (part.title, part.closed) == ("Answers", False)
    say(db, event("unsplit", 50, post=mid("c")))
    assert rows.totals() == (1, 7)
    assert rows.leads_to(mid("c")) == mid("a"), "the address was given out"
    assert mid("c") in rows.addresses()


def test_a_split_topic_can_be_merged_into_another(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", "a", minutes=1), post("h", minutes=5, subject="Heat"))
    say(db, event("split", 20, post=mid("b")), event("merge", 21, on="h", topic=mid("b")))
    assert names(row.mid for row in rows.posts(mid("a"))) == ["a"]
    assert names(row.mid for row in rows.posts(mid("b"))) == ["b", "h"]
    assert rows.leads_to(mid("h")) == mid("b")


def test_the_last_of_two_merges_counts(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, *(post(name, minutes=n, subject=name) for n, name in enumerate("abc")))
    say(db, event("merge", 20, on="b", topic=mid("c")), event("merge", 19, on="a", topic=mid("c")))
    assert rows.leads_to(mid("c")) == mid("b")
    assert rows.topic(mid("a")).posts == 1  # type: ignore[union-attr]


def test_who_may_not_has_no_effect(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", "a", minutes=1), post("c", subject="Heat"))
    files = [
        event("split", 20, by="p_else", post=mid("b")),
        event("pin", 20, by="p_else"),
        event("merge", 20, by="p_else", topic=mid("c")),
        event("move", 20, by="p_else", to="ice"),
        event("hide", 20, by="p_else", post=mid("a")),
    ]
    before = {name: found for name, found in everything(db).items() if name != "event"}
    ConferenceIndex(db, BAR, lambda event: event.by == "p_mod").apply([], files)
    assert {name: found for name, found in everything(db).items() if name != "event"} == before
    ConferenceIndex(db, BAR).apply([], [], refold=True)
    assert rows.totals() == (1, 1), "with other roles all is judged anew: b, and then c with a gone"


def test_a_moved_topic_is_in_no_list(db: sqlite3.Connection, rows: Lookup) -> None:
    put(db, post("a"), post("b", "a", minutes=1), post("c", minutes=2, subject="Heat"))
    touched = say(db, event("move", 9, to="ice"))
    assert rows.totals() == (1, 1)
    assert rows.topic(mid("a")) is None
    assert rows.moved_to(mid("a")) == "ice"
    assert rows.moved() == [(mid("a"), "ice")]
    assert [topic.tid for topic in rows.active_topics(9)] == [mid("c")]
    assert [found.mid for _, found in rows.newest_posts(9)] == [mid("c")]
    assert rows.months() == [("2026-03", 1)]
    assert touched.months
    put(db, post("d", "a", minutes=12))
    assert rows.totals() == (1, 1), "what comes here later is read there as well"
    put(db, "b")
    assert rows.months() == [("2026-03", 1)]
    say(db, event("move", 20, to=BAR))
    assert rows.totals() == (2, 3)
    assert rows.months() == [("2026-03", 3)]


def test_who_writes_by_subject_after_a_topic_moved_begins_another(
    db: sqlite3.Connection, rows: Lookup
) -> None:
    """With the old one the post would be shown nowhere; what came before it moved is of it."""
    put(db, post("a"), post("b", minutes=60, subject="Re: Water"))
    say(db, event("move", 90, to="ice"))
    assert rows.totals() == (0, 0)
    put(db, post("c", minutes=120, subject="Re: Water"))
    put(db, post("d", minutes=130, subject="Re: Water"))
    assert rows.totals() == (1, 2)
    assert rows.leads_to(mid("d")) == mid("c")
    say(db, event("move", 200, to=BAR))
    assert rows.totals() == (1, 4)


def test_touched_survives_being_noted(db: sqlite3.Connection) -> None:
    touched = put(db, post("a"), post("b", minutes=60 * 24 * 40))
    state.note_pending(db, "conference:bar", touched.as_dict())
    state.note_pending(db, "conference:bar", put(db, post("c", minutes=5)).as_dict())
    noted = state.pending(db)["conference:bar"]
    assert noted is not None
    again = Touched.of_dict(noted)
    assert {mid("a"), mid("b"), mid("c")} <= again.tids
    assert again.months["2026-03"] == int(after(0).timestamp())
    state.note_pending(db, "conference:bar", None)
    state.note_pending(db, "conference:bar", touched.as_dict())
    assert state.pending(db) == {"conference:bar": None}, "everything stays everything"


def test_a_state_of_another_version_or_damaged_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "state" / "pages.sqlite"
    db = state.connect(path)
    put(db, post("a"))
    db.execute("UPDATE meta SET value='0' WHERE key='version'")
    db.close()
    db = state.connect(path)
    assert Lookup(db, BAR).totals() == (0, 0)
    db.close()
    path.write_bytes(b"this is no database" * 100)
    db = state.connect(path)
    assert Lookup(db, BAR).totals() == (0, 0)
    db.close()


def test_the_words_under_a_mid_are_those_that_came_first(
    db: sqlite3.Connection, rows: Lookup
) -> None:
    first = post("a")
    put(db, first)
    before = everything(db)
    forged = first._replace(tid=TopicId("zz" + first.tid[2:]), blob="forged", subject="Sold out")
    for _ in range(2):
        assert not put(db, forged).starts
        assert everything(db) | {"double": []} == before
    put(db, forged._replace(blob="forged again"), Gone(forged.mid, forged.tid))
    assert everything(db) == before


def test_when_the_first_is_taken_away_the_next_is_shown(db: sqlite3.Connection) -> None:
    first = post("a")
    second, third = (
        first._replace(tid=TopicId(start + first.tid[2:]), blob=start, receipt=after(minutes))
        for start, minutes in (("zz", 5), ("yy", 9))
    )
    put(db, first, second, third, second._replace(blob="mended", receipt=after(20)))
    put(db, "a")
    assert _shown(db) == ("mended", int(after(5).timestamp()))
    put(db, "a")
    assert _shown(db) == ("yy", int(after(9).timestamp()))
    put(db, "a")
    assert not any(everything(db)[name] for name in ("post", "topic", "mention", "double"))


def _shown(db: sqlite3.Connection) -> tuple[str, int]:
    (row,) = db.execute("SELECT blob, receipt FROM post").fetchall()
    return tuple(row)
