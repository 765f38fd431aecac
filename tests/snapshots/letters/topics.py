"""Answers to moderators' commands about topics: every act, every fault, as lines of few letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from solicomm_build.features.topics import letters, unheeded
from solicomm_build.features.topics.commands import Order, Wrong
from solicomm_build.features.topics.letters import Scene
from solicomm_build.features.topics.orders import Outcome
from solicomm_build.features.topics.unheeded import Unheeded
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.post import event as events
from solicomm_build.post.store.conferencetopics import Placed
from solicomm_build.testing.deskhub import NOW
from tests.snapshots.kept import Mail
from tests.snapshots.stage import MOD, Stage

TID, OTHER = TopicId(post_id("root@union.example")), TopicId(post_id("other@union.example"))
MID = PostId(post_id("reply@union.example"))
ACTS: dict[str, dict[str, object]] = {
    "pin": {},
    "unpin": {},
    "close": {},
    "reopen": {},
    "retitle": {"words": ("Water", "now")},
    "label": {"words": ("+pay", "-old")},
    "move": {"about": "board"},
    "merge": {"about": OTHER},
    "unmerge": {"about": OTHER},
    "split": {"about": MID},
    "unsplit": {"about": MID},
    "hide": {"about": MID, "words": ("a", "name")},
    "unhide": {"about": MID},
    "summary": {},
    "unsummary": {"about": MID},
    "answer": {"about": MID},
    "unanswer": {"about": MID},
    "translation": {"about": MID, "words": ("fr",)},
    "untranslation": {"about": MID},
    "lang": {"about": MID, "words": ("fr",)},
}
WRONG = ("unknown", "more", "title", "text", "labels", "place", "topic", "post", "lang")
FAULTS = (
    "no-topic",
    "no-post",
    "many-posts",
    "no-such-topic",
    "same-topic",
    "same-post",
    "no-conference",
    "same-conference",
    "more-open",
    "not-there",
    "nothing-hidden",
    "many-hidden",
    "no-lang",
    "not-so",
)
WRITERS = ("m_abcdefghij", "operator", "solicomm", "t_gate", "")


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each letter under its name."""
    scene = Scene(
        stage.office,
        "water",
        TID,
        "Water",
        stage.lang,
        MOD,
        sample=f"http://hub.example/conferences/water/t/{TID}/#{MID}",
        elsewhere="talk",
    )
    orders = {act: Order(act, **how) for act, how in ACTS.items()}  # type: ignore[arg-type]
    yield "done", letters.done(scene, [_outcome(one) for one in orders.values()], kind="x")
    before = [
        Outcome(orders["close"], _placed("close", "operator"), before=_event("close", by))
        for by in WRITERS
    ]
    yield "done, after others", letters.done(scene, before)
    already = [Outcome(one, already=True) for one in orders.values()]
    already += [Outcome(orders["pin"], already=True, before=_event("pin", by)) for by in WRITERS]
    yield "done already", letters.done(scene, already)
    acts = list(ACTS)
    wrong = [Wrong("a line", fault) for fault in WRONG]  # type: ignore[arg-type]
    wrong += [Wrong(act, "more", act) for act in acts]
    yield "misread", letters.misread(scene, wrong)
    faulty = [
        Outcome(orders["hide"], fault=fault, name=f"{MID} {OTHER}", post=MID) for fault in FAULTS
    ]
    yield "refused", letters.refused(scene, faulty, kind="x")
    yield "not yours", letters.not_yours(scene)
    lost = [
        Unheeded("water", "p", TID, "e", why, _event("pin", by))
        for why, by in zip(
            (unheeded.NOT_ALLOWED, unheeded.NOT_SOUND, unheeded.EARLY), WRITERS, strict=False
        )
    ]
    lost.append(Unheeded("water", "p", TID, "e", unheeded.NOT_READ))
    yield "without effect", letters.without_effect(scene, lost)


def _outcome(order: Order) -> Outcome:
    post = None if order.act in ("merge", "unmerge", "move", "pin", "unpin", "close") else MID
    undo = Order("un" + order.act, order.about) if f"un{order.act}" in ACTS else None
    return Outcome(order, _placed(order.act, "operator"), undo=undo, post=post)


def _placed(act: str, by: str) -> Placed:
    return Placed(TID, _event(act, by))


def _event(act: str, by: str) -> events.TopicEvent:
    return events.make(act, at=NOW - timedelta(days=1), by=by)
