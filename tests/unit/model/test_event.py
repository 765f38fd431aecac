"""Topic events: files that read back, and a fold that does not depend on the order of arrival."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from solicomm_build.errors import ContentError
from solicomm_build.model import event as events
from solicomm_build.model.event import TopicEvent, decode, encode, fold, make
from solicomm_build.types import TopicId, post_id

AT = datetime(2026, 3, 4, 6, 12, tzinfo=UTC)
MID, TID = post_id("m@x"), TopicId(post_id("t@x"))


def _event(
    kind: str, minutes: int = 0, by: str = "p_1", **data: str | tuple[str, ...]
) -> TopicEvent:
    return make(kind, at=AT + timedelta(minutes=minutes), by=by, data=data)


def test_the_file_of_an_event() -> None:
    event = _event("retitle", title="Water: the new agreement")
    assert encode(event).decode() == (
        "schema: solicomm/event@1\ntype: retitle\nat: 2026-03-04T06:12:00Z\nby: p_1\n"
        'title: "Water: the new agreement"\n'
    )
    assert decode(encode(event), eid=event.eid) == event
    path = events.path(TID, event)
    assert path == f"topics/{TID[:2]}/{TID}/events/20260304T061200Z-{event.eid}.yaml"
    assert events.parse_path(path) == (TID, event.eid)


def test_the_same_event_twice_is_one_file() -> None:
    assert _event("pin").eid == _event("pin").eid != _event("unpin").eid


def test_paths_and_keys_are_checked() -> None:
    with pytest.raises(ValueError, match="no ids"):
        events.path(TID, TopicEvent("pin", AT, "p_1", {}, "../x"))
    with pytest.raises(ValueError, match="keys of an event"):
        encode(TopicEvent("pin", AT, "p_1", {"a\nby": "x"}))
    assert events.parse_path(f"topics/zz/{TID}/events/x.yaml") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("type: pin\n", "schema is not known"),
        ("schema: solicomm/event@1\n", "`type` is missing"),
        ("schema: solicomm/event@1\ntype: Pin It\nby: p\nat: x\n", "`type` is 'Pin It'"),
        ("schema: solicomm/event@1\ntype: pin\nby: a@b\nat: x\n", "`by` is 'a@b'"),
        ("schema: solicomm/event@1\ntype: pin\nby: p\nat: soon\n", "`at` is 'soon'"),
        ("schema: solicomm/event@1\ntype: pin\nby: p\nat: 2026-03-04T00:00:00\n", "`at` is"),
        ("schema: solicomm/event@1\ntype: pin\nby: p\n", "`at` is None"),
        ("a: &x b\n", "anchors"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_faults_of_a_file(text: str, words: str) -> None:
    with pytest.raises(ContentError, match=words):
        decode(text.encode("utf-8", "surrogateescape"), file="e.yaml")


def test_texts_of_an_event_are_made_safe() -> None:
    head = "schema: solicomm/event@1\ntype: retitle\nby: p_1\nat: 2026-03-04T06:12:00+00:00\n"
    event = decode((head + 'title: "a\\n\\u202Eb"\nadd: [x, {y: z}]\nnested: {a: b}\n').encode())
    assert event.data == {"title": "a b", "add": ("x",)}


def test_the_state_of_a_topic() -> None:
    state = fold(
        [
            _event("pin"),
            _event("close", 1),
            _event("close", 2),
            _event("retitle", 3, title="New"),
            _event("label", 4, add=("wages", "water"), remove=()),
            _event("label", 5, add="law", remove=("water",)),
            _event("hide", 6, post=MID, reason="spam"),
            _event("merge", 7, topic=TID),
            _event("split", 8, post=MID),
            _event("summary", 9),
        ]
    )
    assert state.pinned
    assert state.closed
    assert state.closed_at == AT + timedelta(minutes=1)
    assert state.title == "New"
    assert state.labels == {"wages", "law"}
    assert state.hidden == {MID: "spam"}
    assert (state.merged, state.splits, state.ignored) == ({TID}, {MID}, [])


def test_what_is_done_can_be_undone() -> None:
    state = fold(
        [
            _event("pin"),
            _event("unpin", 1),
            _event("close"),
            _event("reopen", 1),
            _event("hide", post=MID),
            _event("unhide", 1, post=MID),
        ]
    )
    assert not state.pinned
    assert not state.closed
    assert state.hidden == {}


def test_the_order_of_arrival_does_not_matter() -> None:
    made = [_event("retitle", minute, title=f"t{minute}") for minute in range(20)]
    made += [_event("retitle", 19, title="same minute"), _event("pin", 3), _event("unpin", 2)]
    expected = fold(made)
    for seed in range(5):
        shuffled = random.Random(seed).sample(made, len(made))
        assert fold(shuffled) == expected


def test_what_was_not_allowed_is_ignored_and_shown() -> None:
    good, bad = _event("pin", by="p_mod"), _event("close", by="p_else")
    state = fold([good, bad], may=lambda event: event.by == "p_mod")
    assert state.pinned
    assert not state.closed
    assert state.ignored == [bad]


@pytest.mark.parametrize("kind", ["retitle", "label", "hide", "unhide", "merge", "split"])
def test_events_without_what_they_need_are_ignored(kind: str) -> None:
    state = fold([_event(kind, post="../x", topic=("a",), title="")])
    assert len(state.ignored) == 1
