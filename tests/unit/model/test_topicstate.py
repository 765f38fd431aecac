"""Topics as folds of events: the same in whatever order they come, and only what was allowed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.post.event import TopicEvent, make
from solicomm_build.post.topicstate import Bonds, Leave, Summary, bonds, fold, leaves

AT = datetime(2026, 3, 4, 6, 12, tzinfo=UTC)
MID, TID = post_id("m@x"), TopicId(post_id("t@x"))
OTHER, THIRD = TopicId(post_id("o@x")), TopicId(post_id("3@x"))


def _event(
    kind: str, minutes: int = 0, by: str = "p_1", **data: str | tuple[str, ...]
) -> TopicEvent:
    return make(kind, at=AT + timedelta(minutes=minutes), by=by, data=data)


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
            _event("summary", 9, post=MID, covers="March"),
            _event("answer", 10, post=MID),
            _event("move", 11, to="ice"),
            _event("lang", 12, post=MID, lang="sw"),
            _event("translation", 13, post=MID, of=TID, lang="fr"),
            _event("alias", 14, post=MID, blob="0" * 40),
            _event("from-tomorrow", 15),
        ]
    )
    assert state.pinned
    assert state.closed
    assert state.closed_at == AT + timedelta(minutes=1)
    assert state.title == "New"
    assert state.labels == {"wages", "law"}
    assert state.hidden == {MID: "spam"}
    assert (state.merged, state.splits, state.ignored) == ({TID}, {MID}, [])
    assert state.summaries == [Summary(MID, AT + timedelta(minutes=9), "March")]
    assert (state.answer, state.moved, state.langs) == (MID, "ice", {MID: "sw"})
    assert (state.translations[MID].of, state.translations[MID].lang) == (TID, "fr")
    assert state.aliases == {MID: {"0" * 40}}


def test_what_is_done_can_be_undone() -> None:
    state = fold(
        [
            _event("pin"),
            _event("unpin", 1),
            _event("close"),
            _event("reopen", 1),
            _event("hide", post=MID),
            _event("unhide", 1, post=MID),
            *(_event(kind, post=MID) for kind in ("summary", "answer", "split")),
            *(_event(f"un{kind}", 1, post=MID) for kind in ("summary", "answer", "split")),
            _event("translation", post=MID, of=TID, lang="fr"),
            _event("untranslation", 1, post=MID),
            _event("merge", topic=TID),
            _event("unmerge", 1, topic=TID),
        ]
    )
    assert state == fold([])
    assert not state.pinned
    assert not state.closed
    assert state.hidden == {}


def test_a_post_is_no_translation_of_itself() -> None:
    assert fold([_event("translation", post=MID, of=MID, lang="fr")]).translations == {}


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


def test_two_moderators_decide_at_once() -> None:
    """In the same second the event's id decides, on every hub alike."""
    one, two = _event("retitle", title="A", by="p_1"), _event("retitle", title="B", by="p_2")
    last = max((one, two), key=lambda event: event.eid)
    assert fold([one, two]).title == fold([two, one]).title == last.data["title"]
    first = _event("answer", post=MID)
    assert fold([_event("answer", 1, post=OTHER), first]).answer == OTHER
    assert fold([_event("unanswer", 2, post=MID), _event("answer", 1, post=OTHER)]).answer == OTHER


def test_an_event_from_the_future_decides_nothing_in_advance() -> None:
    """It counts from when it came, so what is decided after it counts more; moderators see it."""
    future = replace(_event("retitle", 60 * 24 * 365, title="For ever"), came=AT)
    now = replace(_event("retitle", 5, title="Now"), came=AT + timedelta(minutes=5))
    state = fold([now, future])
    assert state.title == "Now"
    assert state.early == [future]
    assert state.ignored == []
    closing = replace(_event("close", 60 * 24 * 365), came=AT)
    assert fold([closing]).closed_at == AT


def test_events_that_came_together_keep_the_order_of_their_dates() -> None:
    hide, show = (replace(_event(k, n, post=MID), came=AT) for k, n in (("hide", 1), ("unhide", 2)))
    assert fold([show, hide]).hidden == {}


def test_labels_differ_by_letters_not_by_capitals() -> None:
    state = fold([_event("label", add=("water", "Law")), _event("label", 1, add="Water")])
    assert state.labels == {"Water", "Law"}
    assert fold([_event("label", add="Law"), _event("label", 1, remove="LAW")]).labels == set()


def test_bonds_are_the_last_word_on_each_topic() -> None:
    """Two moderators put the same stored topic into two others: it belongs to one."""
    made = [
        (TID, _event("merge", 1, topic=OTHER)),
        (THIRD, _event("merge", 2, topic=OTHER)),
        (TID, _event("split", post=MID)),
        (THIRD, _event("unsplit", 9, post=MID)),
        (TID, _event("split", 3, post=PostId(THIRD))),
        (TID, _event("merge", topic="nothing")),
        (TID, _event("pin")),
    ]
    expected = Bonds({OTHER: THIRD}, frozenset({PostId(THIRD)}))
    for seed in range(5):
        assert bonds(random.Random(seed).sample(made, len(made))) == expected
    assert bonds([*made, (OTHER, _event("unmerge", 3, topic=OTHER))]).merged == {}
    assert bonds(made, may=lambda event: event.by != "p_1") == Bonds()


def test_topics_leave_by_moves_and_come_back() -> None:
    said = [
        (TID, _event("move", 1, to="ice")),
        (TID, _event("move", 2, to="coal")),
        (OTHER, _event("move", 3, to="ice")),
        (OTHER, _event("move", 4, to="formerly-dock")),
        (THIRD, _event("move", 5, by="p_2", to="ice")),
        (THIRD, _event("move", 6)),
    ]

    def is_here(name: str) -> bool:
        return name in ("dock", "formerly-dock")

    def allowed(event: TopicEvent) -> bool:
        return event.by == "p_1"

    for seed in range(5):
        left = leaves(random.Random(seed).sample(said, len(said)), is_here, allowed)
        assert left == {TID: Leave("coal", AT + timedelta(minutes=1))}
    assert leaves(said, is_here)[THIRD].to == "ice"
