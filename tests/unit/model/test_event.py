"""Topic events: files that read back, and the facts that each type must bring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.post import event as events
from solicomm_build.post.event import TopicEvent, decode, encode, make

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
        ("schema: solicomm/event@1\ntype: pin\nby: p\n", "`at` is missing"),
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


def test_every_type_has_a_sound_event() -> None:
    facts = {
        "reason": "Asked for",
        "title": "New",
        "add": ("wages",),
        "remove": "water",
        "to": "organising",
        "topic": TID,
        "post": MID,
        "covers": "March",
        "of": TID,
        "lang": "sw",
        "blob": "0" * 40,
    }
    for kind, form in events.FORMS.items():
        event = make(kind, at=AT, by="p_1", data={key: facts[key] for key in form})
        assert events.sound(event), kind
        assert events.faults(event, "e.yaml") == [], kind


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("summry", {}, "`type: summry` is not known"),
        ("pin", {"post": MID}, "`post` means nothing here"),
        ("retitle", {}, "`title` is missing"),
        ("hide", {"post": "../x"}, "`post` is '../x'"),
        ("merge", {"topic": ("a",)}, "`topic` is"),
        ("move", {"to": "Not a conference"}, "`to` is"),
        ("label", {}, "no label is named"),
        ("label", {"add": ("a/b",)}, "`add` is"),
        ("label", {"add": "!!"}, "`add` is"),
        ("label", {"add": "x" * 41}, "`add` is"),
        ("label", {"add": tuple(f"l{n}" for n in range(21))}, "`add` is"),
        ("translation", {"post": MID, "of": TID, "lang": "Swahili"}, "`lang` is"),
        ("translation", {"post": MID, "of": MID, "lang": "fr"}, "no translation of itself"),
        ("alias", {"post": MID, "blob": "beef"}, "`blob` is"),
    ],
)
def test_faults_name_file_and_remedy(
    kind: str, data: dict[str, str | tuple[str, ...]], words: str
) -> None:
    event = TopicEvent(kind, AT, "p_1", data)
    (fault,) = events.faults(event, "topics/e.yaml")
    assert words in str(fault)
    assert fault.file == "topics/e.yaml"
    assert fault.remedy


def test_what_an_event_is_about() -> None:
    assert _event("hide", post=MID).subject == MID
    assert _event("merge", topic=TID).subject == TID
    assert _event("pin").subject == ""
    assert _event("hide", post="../x").subject == ""
    assert _event("nonsense", post=MID).subject == ""


def test_an_event_counts_when_it_is_here() -> None:
    came = AT - timedelta(minutes=30)
    event = decode(encode(_event("pin")), came=came)
    assert (event.since, event.early) == (came, True)
    late = decode(encode(_event("pin")), came=AT + timedelta(days=9))
    assert (late.since, late.early) == (AT, False)
    assert decode(encode(_event("pin"))).since == AT
