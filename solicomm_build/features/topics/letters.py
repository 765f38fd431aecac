"""Answers to moderators' commands about topics: what was done and how to undo it, or why not; the
words are in `letters/`, but for sentences that pages say, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter
from solicomm_build.features.topics import unheeded
from solicomm_build.features.topics.commands import Order, Wrong
from solicomm_build.features.topics.orders import Outcome, order_of
from solicomm_build.features.topics.unheeded import Unheeded
from solicomm_build.features.topics.words import shown
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.foundation.types import PostId
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.people.grant import HOSTS
from solicomm_build.post.event import UNKNOWN, TopicEvent

_LONGEST = 60
_SHOWN = (
    "pin",
    "close",
    "retitle",
    "label",
    "move",
    "merge",
    "split",
    "hide",
    "unhide",
    "summary",
    "answer",
    "translation",
    "lang",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a moderator acts: the conference, the topic and what it is called, the moderator's
    language and address, the link of a post for examples (or the topic's), another conference."""

    office: Office
    conference: str
    tid: str
    title: str
    lang: str
    to: str
    sample: str = ""
    elsewhere: str = ""

    def topic(self, tid: str = "", conference: str = "") -> str:
        """The link of a topic."""
        url = self.office.config.url
        return f"{url}/conferences/{conference or self.conference}/t/{tid or self.tid}/"

    def post(self, mid: str) -> str:
        """The link of a post, as it can be written in a command."""
        return f"{self.topic()}#{mid}"

    def written(self, order: Order) -> str:
        """An order as a moderator writes it in this language: with ids in place of links, so that
        no mail program breaks the line."""
        about = order.about
        if about and order.act not in ("merge", "unmerge", "move"):
            about = f"#{about}"
        return " ".join(filter(None, (shown(order.act, self.lang), about, *order.words)))


def done(scene: Scene, outcomes: Sequence[Outcome], *, kind: str = "") -> Letter:
    """What came of commands that were understood."""
    undo = [scene.written(one.undo) for one in reversed(outcomes) if one.undo and one.placed]
    return _answer(
        scene,
        "topics/done",
        kind,
        did=any(one.placed for one in outcomes),
        title=_short(scene.title),
        page=scene.topic(),
        acts=[_outcome(scene, one) for one in outcomes],
        undo=undo,
    )


def misread(scene: Scene, wrong: Sequence[Wrong], *, kind: str = "") -> Letter:
    """Some lines are no commands, or not whole ones: nothing was done, nothing was posted."""
    unknown = any(one.fault == "unknown" for one in wrong)
    rows = [
        {
            "said": gettext(scene.lang, _WRONG[one.fault]),
            "line": one.line,
            "example": _example(scene, one.act) if one.act else "",
        }
        for one in wrong
    ]
    known = [_example(scene, act) for act in _SHOWN] if unknown else []
    return _answer(scene, "topics/misread", kind, wrong=rows, known=known)


def refused(scene: Scene, outcomes: Sequence[Outcome], *, kind: str = "") -> Letter:
    """Something that commands name is not there, or may not be: nothing was done."""
    faults = [_fault(scene, one) for one in outcomes if one.fault]
    return _answer(scene, "topics/refused", kind, faults=faults)


def not_yours(scene: Scene) -> Letter:
    """Somebody who may not wrote commands."""
    return _answer(scene, "topics/not-yours", "")


def _answer(scene: Scene, name: str, kind: str, **facts: Any) -> Letter:
    return letter(
        scene.office,
        name,
        scene.to,
        scene.lang,
        conference=scene.conference,
        reply_to=local_part(scene.conference, Purpose.TOPIC, scene.tid),
        kind=kind,
        topic=_short(scene.title) or scene.office.title(scene.conference, scene.lang),
        **facts,
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


# -- what was done ------------------------------------------------------------------------------

_DONE = {
    "pin": N_("The topic stays at the top of the conference now."),
    "unpin": N_("The topic does not stay at the top any more."),
    "close": N_("The topic is closed now."),
    "reopen": N_("The topic is open again."),
    "retitle": N_("The topic is called now:"),
    "label": N_("The labels of the topic are changed:"),
    "move": N_("The topic is now here:"),
    "merge": N_("This other topic is now part of it:"),
    "unmerge": N_("This other topic is by itself again:"),
    "split": N_("This post and the answers to it are now a topic of their own:"),
    "unsplit": N_("This post and the answers to it are no longer a topic of their own:"),
    "hide": N_("This post is hidden from readers, and goes out to nobody else:"),
    "unhide": N_("This post is shown again:"),
    "summary": N_("Your summary goes to everybody, and is shown at the top of the topic:"),
    "unsummary": N_("This post is no longer shown as a summary:"),
    "answer": N_("This post is shown as the answer:"),
    "unanswer": N_("This post is no longer shown as the answer:"),
    "translation": N_(
        "Your translation goes to everybody, and is shown beside what it translates:"
    ),
    "untranslation": N_("This post is no longer shown as a translation:"),
    "lang": N_("It is noted in which language this post is:"),
}


def _outcome(scene: Scene, one: Outcome) -> dict[str, Any]:
    before = one.before
    return {
        "already": one.already,
        "said": gettext(scene.lang, _DONE[one.order.act]),
        "rows": _what(scene, one),
        "order": scene.written(one.order),
        "before": _event(scene, before) if before else None,
        "other": before and one.placed and before.by != one.placed.event.by,
    }


def _event(scene: Scene, event: TopicEvent) -> dict[str, Any]:
    """Who wrote an event and when, and the line that makes it."""
    who = name(scene.office, scene.lang, event.by)
    return {"who": who, "at": event.at, "order": scene.written(order_of(event))}


def _what(scene: Scene, one: Outcome) -> list[str]:
    """What an act is about, as lines that stay as they are."""
    order = one.order
    match order.act:
        case "retitle" | "label":
            return [" ".join(order.words)]
        case "move":
            return [scene.topic(conference=order.about)]
        case "merge" | "unmerge":
            return [scene.topic(order.about)]
        case "split":
            return [scene.topic(one.post or order.about)]
        case "pin" | "unpin" | "close" | "reopen":
            return []
    rows = [scene.post(one.post)] if one.post else []
    if order.act == "lang" and order.words == (UNKNOWN,):
        return [*rows, gettext(scene.lang, "no language is noted any more")]
    return [*rows, *order.words] if order.act in ("lang", "hide") else rows


def name(office: Office, lang: str, by: str) -> str:
    """Who wrote an event, as other moderators may read it: a name, never an address."""
    number = office.roster().persons.number(by)
    member = office.roster().members.get(number) if number is not None else None
    if member is not None and member.name:
        return member.name
    if by == "operator":
        return gettext(lang, "The people who run this place")
    if by in HOSTS:
        return gettext(lang, "The program itself")
    return by.removeprefix("t_") if by.startswith("t_") else gettext(lang, "Another moderator")


# -- what was not ---------------------------------------------------------------------------------

_WRONG = {
    "unknown": N_("This line is no command:"),
    "more": N_("There is something after the word that does not belong there:"),
    "title": N_("The new title is missing:"),
    "text": N_("The text is missing; write it below the word:"),
    "labels": N_("Write the labels after it, each in one word, with - before those to take away:"),
    "place": N_("Write one conference after it:"),
    "topic": N_("Write the link of one topic after it:"),
    "post": N_("Write the link of one post after it:"),
    "lang": N_("Write at its end one language:"),
}

_FAULTS = {
    "no-topic": N_("There is no such topic in this conference:"),
    "no-post": N_("There is no such post in this conference:"),
    "many-posts": N_("Several posts begin like this; write the whole link:"),
    "no-such-topic": N_("There is no such topic in this conference:"),
    "same-topic": N_("A topic cannot become a part of itself:"),
    "same-post": N_("A post is no translation of itself:"),
    "no-conference": N_("There is no such conference here:"),
    "same-conference": N_("The topic is in this conference already:"),
    "more-open": N_(
        "What members write among themselves is not moved to where others can read it:"
    ),
    "not-there": N_(
        "Whoever moves a topic must look after both conferences. You do not look after:"
    ),
    "nothing-hidden": N_("No post of this topic is hidden."),
    "many-hidden": N_("Several posts of this topic are hidden. Write the link of one of them:"),
    "no-lang": N_("Write in which language it is, for example:"),
    "not-so": N_("There is nothing to take back here:"),
}


def why_not(lang: str, fault: str) -> str:
    """Why an order was not carried out, as a sentence without what it is about."""
    return gettext(lang, _FAULTS[fault]).rstrip(":.") + "."


def done_words(lang: str, act: str) -> str:
    """What was done, as a sentence without what it is about."""
    return gettext(lang, _DONE[act]).rstrip(":.") + "."


def _fault(scene: Scene, one: Outcome) -> tuple[str, list[str]]:
    said = gettext(scene.lang, _FAULTS[one.fault])
    if one.fault == "many-hidden":
        return said, [scene.written(Order("unhide", mid)) for mid in one.name.split()]
    if one.fault == "no-lang":
        return said, [_example(scene, "translation")]
    if one.fault in ("not-so", "many-posts", "no-post"):
        return said, [one.order.line or scene.written(one.order)]
    return said, [one.name] if one.fault != "nothing-hidden" else []


def _example(scene: Scene, act: str) -> str:
    """A whole command of this kind, as it could be written about this topic."""
    lang = scene.lang
    sample = scene.sample or scene.post(PostId(scene.tid))
    match act:
        case "retitle":
            order = Order(act, words=(gettext(lang, "A better title"),))
        case "label":
            order = Order(act, words=tuple(gettext(lang, "+wages -draft").split()))
        case "move":
            order = Order(act, scene.elsewhere or scene.conference)
        case "merge" | "unmerge":
            return f"{shown(act, lang)} {scene.topic('…')}"
        case "pin" | "unpin" | "close" | "reopen" | "summary":
            order = Order(act)
        case "translation":
            return f"{shown(act, lang)} {sample} {lang}"
        case "lang":
            return f"{shown(act, lang)} {sample} {lang}"
        case "hide":
            return f"{shown(act, lang)} {sample} " + gettext(lang, "and the reason")
        case _:
            return f"{shown(act, lang)} {sample}"
    return scene.written(order)


# -- what has no effect ---------------------------------------------------------------------------

_WHY = {
    unheeded.NOT_ALLOWED: N_("Who wrote it did not look after the conference at that time."),
    unheeded.NOT_SOUND: N_("It lacks something that it needs."),
    unheeded.NOT_READ: N_("It cannot be read."),
    unheeded.EARLY: N_("It is dated in the future."),
}


def without_effect(scene: Scene, those: Sequence[Unheeded]) -> Letter:
    """Somebody wrote events into the repository that change nothing."""
    return letter(
        scene.office,
        "topics/without-effect",
        scene.to,
        scene.lang,
        conference=scene.conference,
        notice=True,
        lost=[_lost(scene, one) for one in those],
    )


def _lost(scene: Scene, one: Unheeded) -> dict[str, Any]:
    here = replace(scene, tid=one.tid)
    to = local_part(one.conference, Purpose.TOPIC, one.tid)
    event = _event(here, one.event) if one.event is not None else {"order": ""}
    why = gettext(scene.lang, _WHY[one.why])
    return event | {"why": why, "address": scene.office.address(to)}
