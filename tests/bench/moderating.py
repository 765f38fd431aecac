"""Topics after many events: the fold alone, and one more post or event in a topic that has them."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from solicomm_build.builder.conferences import state
from solicomm_build.builder.conferences.index import ConferenceIndex, EventFile
from solicomm_build.builder.conferences.indexedpost import IndexedPost
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.post import event as events
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.topicstate import BINDING, fold
from solicomm_build.testing.hubs import after, mid
from tests.bench.result import Result

_EVENTS, _POSTS = 2_000, 300


def measure() -> Iterator[Result]:
    """Milliseconds of processor time, the median of several."""
    chance = random.Random(1)
    made = [_event(chance, number) for number in range(_EVENTS)]
    yield Result(
        f"fold {_EVENTS:,} events",
        _median(lambda: fold(made)),
        "ms",
        more_is_better=False,
        goal="≤ 20",
    )
    with tempfile.TemporaryDirectory(prefix="moderating-") as folder:
        yield from _indexing(made, Path(folder))


def _indexing(made: list[TopicEvent], folder: Path) -> Iterator[Result]:
    for count in (0, _EVENTS):
        db = _index(made[:count], folder)
        number = iter(range(_POSTS, _POSTS * 9))
        value = _median(
            lambda db=db, number=number: ConferenceIndex(db, "bar").apply([_post(next(number))])  # type: ignore[misc]
        )
        db.close()
        yield Result(
            f"index a post, topic of {_POSTS}, {count:,} events", value, "ms", more_is_better=False
        )


def _median(work: Callable[[], object], times: int = 15) -> float:
    taken = []
    for _ in range(times):
        started = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - started))
    return sorted(taken)[times // 2]


def _post(number: int) -> IndexedPost:
    parents = (mid(f"p{number - 1}"), mid("p0")) if number else ()
    return IndexedPost(
        PostId(mid(f"p{number}")),
        TopicId(mid("p0")),
        f"{number:040x}",
        after(number),
        after(number),
        "Re: Water" if number else "Water",
        "Ana",
        "",
        parents,
    )


def _event(chance: random.Random, number: int) -> TopicEvent:
    """Of any kind but those that make other topics."""
    kind = chance.choice([name for name in events.FORMS if name not in {"move", *BINDING}])
    facts = {
        "post": mid(f"p{chance.randrange(_POSTS)}"),
        "topic": mid(f"t{chance.randrange(50)}"),
        "of": mid("p0"),
        "lang": "sw",
        "title": f"Title {number}",
        "add": f"label {number % 15}",
        "reason": "Asked for",
        "blob": "0" * 40,
    }
    data = {key: facts[key] for key in events.FORMS[kind] if key in facts}
    at = after(chance.randrange(100_000))
    return events.make(kind, at=at, by="operator", data=data)


def _index(made: list[TopicEvent], folder: Path) -> sqlite3.Connection:
    """A conference with one long topic and these events in it."""
    state.connect(folder / f"{len(made)}.sqlite").close()
    db = state.connect(folder / f"{len(made)}.sqlite")
    db.execute("PRAGMA synchronous=OFF")
    tid = TopicId(mid("p0"))
    files: list[EventFile] = [
        (tid, events.path(tid, each), events.encode(each), each.at + timedelta(seconds=1))
        for each in made
    ]
    ConferenceIndex(db, "bar").apply(map(_post, range(_POSTS)), files)
    return db
