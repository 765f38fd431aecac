"""A moderator's orders about a topic, as the events they make. Looks only; who calls it writes.

The desk (by mail) and `solicomm moderate` use it alike. An order that was carried out by somebody
else before makes no event, and says who that was. Where an event lies: docs/formats/topic-event.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from solicomm_build.config import Config
from solicomm_build.errors import SoliCommError
from solicomm_build.model import conference as settings
from solicomm_build.model import event as events
from solicomm_build.model import post as posts
from solicomm_build.model import topicstate
from solicomm_build.model.event import TopicEvent
from solicomm_build.model.grant import Grants
from solicomm_build.model.topiccommands import Order
from solicomm_build.store.poststore import topic_events
from solicomm_build.store.reader import Entry, Reader
from solicomm_build.store.repo import MAIN, open_repo
from solicomm_build.types import PostId, TopicId, post_id

_OPEN = {"public": 0, "unlisted": 1, "members": 2, "encrypted": 3}
_SHORTEST = 6
"""Characters of an id that name a post."""

_PAIRS = {
    "pin": "unpin", "unpin": "pin", "close": "reopen", "reopen": "close", "merge": "unmerge",
    "unmerge": "merge", "split": "unsplit", "unsplit": "split", "hide": "unhide",
    "unhide": "hide", "summary": "unsummary", "answer": "unanswer", "unanswer": "answer",
    "translation": "untranslation",
}  # fmt: skip
"""What takes an act back."""

_GROUPS = {
    act: {"close", "reopen"} if act in ("close", "reopen") else {name, f"un{name}"}
    for act in events.FORMS
    for name in [act.removeprefix("un")]
}
"""Acts that say something of the same thing."""

_WHOLE = frozenset({"pin", "unpin", "close", "reopen", "retitle", "label", "move", "merge"})
"""Acts on a topic as such: their events lie in its folder."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An event and the stored topic whose folder it lies in."""

    tid: TopicId
    event: TopicEvent

    @property
    def path(self) -> str:
        """Its file."""
        return events.path(self.tid, self.event)

    @property
    def text(self) -> str:
        """What is in it."""
        return events.encode(self.event).decode("utf-8")


@dataclass(frozen=True, slots=True)
class Moving:
    """A topic that shall be copied from one conference into another (topicmove.py)."""

    source: str
    to: str
    tid: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order leads to: an event, or that it is so `already`, or a `fault` (a word of
    `FAULTS`). `before` is what somebody said last of the same thing; `undo` takes it back; `post`
    is the post it is about, `name` what a fault is about. A move has `others`, events in other
    conferences."""

    order: Order
    placed: Placed | None = None
    already: bool = False
    before: TopicEvent | None = None
    undo: Order | None = None
    fault: str = ""
    name: str = ""
    post: PostId | None = None
    move: Moving | None = None
    others: tuple[tuple[str, Placed], ...] = ()


FAULTS = (
    "no-topic", "no-post", "many-posts", "no-such-topic", "same-topic", "no-conference",
    "same-conference", "more-open", "not-there", "nothing-hidden", "many-hidden", "no-lang",
    "not-so",
)  # fmt: skip
"""Why an order cannot be carried out."""


@dataclass(frozen=True, slots=True)
class Written:
    """A post that an order brings with it (a summary, a translation): its id and its language."""

    mid: PostId
    lang: str = ""
    answers: str = ""
    """The Message-ID that it answers."""


class Topics:
    """The topics of one conference, looked at once. Close it. Not for several threads."""

    def __init__(self, config: Config, conference: str, grants: Grants) -> None:
        self.config, self.conference, self.grants = config, conference, grants
        self._reader = Reader(open_repo(config.conference_repo(conference)))

    def close(self) -> None:
        """Ends the reading process."""
        self._reader.close()

    # -- what is there ----------------------------------------------------------------------

    @cached_property
    def _files(self) -> Sequence[Entry]:
        return [
            replace(entry, path=f"topics/{entry.path}")
            for entry in self._reader.tree(MAIN, "topics", recursive=True)
        ]

    @cached_property
    def posts(self) -> Mapping[PostId, TopicId]:
        """Every post with the stored topic it lies in."""
        found = (posts.parse_path(entry.path) for entry in self._files)
        return {ids[1]: ids[0] for ids in found if ids is not None}

    @cached_property
    def events(self) -> Sequence[Placed]:
        """Every event that can be read, in the order in which they count."""
        named = [(events.parse_path(entry.path), entry) for entry in self._files]
        those = [(ids, entry) for ids, entry in named if ids is not None]
        found: list[Placed] = []
        blobs = self._reader.blobs(entry.oid for _, entry in those)
        for (ids, entry), blob in zip(those, blobs, strict=True):
            try:
                found.append(Placed(ids[0], events.decode(blob, eid=ids[1], file=entry.path)))
            except SoliCommError:
                continue
        return sorted(found, key=lambda one: one.event.order)

    @cached_property
    def _bonds(self) -> topicstate.Bonds:
        return topicstate.bonds(((one.tid, one.event) for one in self.events), self.may)

    def may(self, event: TopicEvent) -> bool:
        """Whether the author of an event had the role for it."""
        return self.grants.may(event.by, self.conference, event.since)

    def home(self, tid: str, chain: Iterable[str] = ()) -> TopicId:
        """The topic that readers see: of a stored one, or of a post that answers `chain` (mids, the
        nearest last): after a split, and where it was merged into another."""
        found = TopicId(tid)
        for mid in reversed(list(chain)):
            if PostId(mid) in self._bonds.splits:
                found = TopicId(mid)
                break
        for _ in range(len(self._bonds.merged)):
            found = self._bonds.merged.get(found, found)
        return found

    def threads(self, home: TopicId) -> set[TopicId]:
        """The stored topics that are read as one."""
        return {home} | {tid for tid in self._bonds.merged if self.home(tid) == home}

    def exists(self, tid: str) -> bool:
        """Whether there is such a topic: a stored one, or one that a split began."""
        return TopicId(tid) in self.posts.values() or PostId(tid) in self._bonds.splits

    def title(self, home: TopicId) -> str:
        """What a topic is called now."""
        last = self._last(home, "retitle", "")
        if last is not None:
            return str(last.data.get("title", ""))
        path = posts.path(self.posts.get(PostId(home), home), PostId(home))
        blob = self._reader.at(MAIN, path)
        if blob is None:  # its first post is not here: the earliest one that is
            first = min((m for m, t in self.posts.items() if t in self.threads(home)), default=None)
            blob = self._reader.at(MAIN, posts.path(self.posts[first], first)) if first else None
        try:
            return posts.decode(blob).subject if blob else ""
        except SoliCommError:
            return ""

    def place(self, word: str) -> tuple[PostId | None, str]:
        """The post that a word names: an id, its beginning, or a Message-ID; else why not."""
        start = str(post_id(word)) if "@" in word else word.lower()
        if PostId(start) in self.posts:
            return PostId(start), ""
        found = [mid for mid in self.posts if mid.startswith(start)]
        if len(start) < _SHORTEST or not found:
            return None, "no-post"
        return (found[0], "") if len(found) == 1 else (None, "many-posts")

    def belongings(self, home: TopicId) -> list[PostId]:
        """The posts that readers see in a topic."""
        folders = self.threads(home) | {self.posts.get(PostId(home), home)}
        own = [(mid, tid) for mid, tid in self.posts.items() if tid in folders]
        blobs = self.blobs(posts.path(tid, mid) for mid, tid in own)
        parents: dict[PostId, PostId] = {}
        for (mid, _), blob in zip(own, blobs, strict=True):
            try:
                above = posts.decode(blob).in_reply_to
            except SoliCommError:
                above = None
            if above:
                parents[mid] = post_id(above)
        return [mid for mid, tid in own if self.home(tid, _chain(mid, parents)) == home]

    def blobs(self, paths: Iterable[str]) -> Iterator[bytes]:
        """The octets of files that are there."""
        by_path = {entry.path: entry.oid for entry in self._files}
        return self._reader.blobs(by_path[path] for path in paths)

    def at(self, path: str) -> bytes | None:
        """Any file of the conference."""
        return self._reader.at(MAIN, path)

    # -- orders -----------------------------------------------------------------------------

    def act(
        self, order: Order, tid: TopicId, *, by: str, now: datetime,
        written: Written | None = None, earlier: Sequence[Placed] = (),
    ) -> Outcome:  # fmt: skip
        """What an order about the topic `tid` leads to, after the `earlier` ones of one mail."""
        kind = order.act
        if not self.exists(tid):
            return Outcome(order, fault="no-topic", name=tid)
        if kind == "move":
            return self._move(order, tid, by, now)
        wanted = self._wanted(order, tid, written)
        if isinstance(wanted, Outcome):
            return wanted
        folder, data = wanted
        subject = data.get("post") or data.get("topic") or ""
        before = self._last(tid, kind, str(subject))
        post = PostId(str(data["post"])) if "post" in data else None
        if self._is_so(before, kind, data):
            return Outcome(order, already=True, before=before, post=post)
        if before is None and (kind.startswith("un") or kind == "reopen"):
            return Outcome(order, fault="not-so", name=str(subject), post=post)
        at = self._moment(folder, now, [one.event for one in earlier])
        made = events.make(kind, at=at, by=by, data=data)
        undo = self._undo(order, tid, before, data)
        placed = Placed(folder, made)
        others: tuple[tuple[str, Placed], ...] = ()
        if kind in ("hide", "unhide") and post is not None:
            others = tuple(elsewhere(self.config, self.conference, placed, post, self.grants))
        return Outcome(order, placed, before=before, undo=undo, post=post, others=others)

    def _wanted(
        self, order: Order, tid: TopicId, written: Written | None
    ) -> tuple[TopicId, dict[str, str | tuple[str, ...]]] | Outcome:
        """Where the event of an order lies, and its facts."""
        match order.act:
            case "retitle":
                return tid, {"title": order.words[0]}
            case "label":
                return tid, _labels(order.words)
            case "merge" | "unmerge":
                return self._merge(order, tid)
            case "pin" | "unpin" | "close" | "reopen":
                return tid, {}
            case "summary" | "translation":
                return self._texted(order, tid, written)
            case "unhide" if not order.about:
                return self._hidden(order, tid)
        mid, fault = self.place(order.about)
        if mid is None:
            return Outcome(order, fault=fault, name=order.about)
        data: dict[str, str | tuple[str, ...]] = {"post": mid}
        if order.act == "lang":
            data["lang"] = order.words[0]
        if order.act in ("hide", "unhide") and order.words:
            data["reason"] = order.words[0]
        return self.posts[mid], data

    def _texted(
        self, order: Order, tid: TopicId, written: Written | None
    ) -> tuple[TopicId, dict[str, str | tuple[str, ...]]] | Outcome:
        if written is None:
            return Outcome(order, fault="no-post", name=order.about)
        if order.act == "summary":
            return tid, {"post": written.mid}
        word = order.about or written.answers or tid
        of, fault = self.place(word)
        if of is None:
            return Outcome(order, fault=fault, name=word)
        lang = order.words[0] if order.words else written.lang
        if not lang:
            return Outcome(order, fault="no-lang")
        return self.posts[of], {"post": written.mid, "of": of, "lang": lang}

    def _hidden(
        self, order: Order, tid: TopicId
    ) -> tuple[TopicId, dict[str, str | tuple[str, ...]]] | Outcome:
        """The one post of the topic that is hidden."""
        threads = self.threads(tid)
        state = topicstate.fold((p.event for p in self.events if p.tid in threads), self.may)
        if len(state.hidden) != 1:
            fault = "many-hidden" if state.hidden else "nothing-hidden"
            return Outcome(order, fault=fault, name=" ".join(sorted(state.hidden)))
        mid = next(iter(state.hidden))
        return self.posts.get(mid, tid), {"post": mid}

    def _merge(
        self, order: Order, tid: TopicId
    ) -> tuple[TopicId, dict[str, str | tuple[str, ...]]] | Outcome:
        other = TopicId(order.about)
        if not self.exists(other):
            return Outcome(order, fault="no-such-topic", name=order.about)
        if order.act == "merge" and (other == tid or self.home(tid) == other):
            return Outcome(order, fault="same-topic", name=order.about)
        return tid, {"topic": other}

    def _move(self, order: Order, tid: TopicId, by: str, now: datetime) -> Outcome:
        """A move: from where the topic is now, which may be elsewhere, to where it shall be. Who
        does not look after a conference of members only is told that there is none."""
        to, at = order.about, self.location(tid)
        before = self._last(tid, "move", "")
        if to == at:
            if before is None:
                return Outcome(order, fault="same-conference", name=to)
            return Outcome(order, already=True, before=before)
        if visibility(self.config, to) is None:
            return Outcome(order, fault="no-conference", name=to)
        if reveals(self.config, at, to):
            return Outcome(order, fault="more-open", name=to)
        for place in (at, to):
            if not self.grants.may(by, place, now):
                is_secret = visibility(self.config, place) in ("members", "encrypted")
                return Outcome(
                    order, fault="no-conference" if is_secret else "not-there", name=place
                )
        made = Placed(tid, self._moving(to, tid, by, now))
        others = [(self.conference, replace(made, tid=t)) for t in self.threads(tid) if t != tid]
        if at != self.conference:
            others.append((at, made))
        if to != self.conference and _moved(self.config, to, tid, self.grants) not in ("", to):
            others.append((to, made))
        return Outcome(
            order, made, before=before, undo=Order("move", at), move=Moving(at, to, tid),
            others=tuple(others),
        )  # fmt: skip

    def _moving(self, to: str, tid: TopicId, by: str, now: datetime) -> TopicEvent:
        return events.make("move", at=self._moment(tid, now, ()), by=by, data={"to": to})

    def location(self, tid: TopicId) -> str:
        """The conference where a topic is read now."""
        at, seen = self.conference, {self.conference}
        while True:
            to = _moved(self.config, at, tid, self.grants)
            if to in ("", *seen) or visibility(self.config, to) is None:
                return at
            seen.add(to)
            at = to

    # -- what was said before -----------------------------------------------------------------

    def _last(self, tid: TopicId, act: str, subject: str) -> TopicEvent | None:
        """What was last said of the same thing by somebody who might."""
        group = _GROUPS[act]
        threads, last = self.threads(tid), None
        for one in self.events:
            event = one.event
            if event.type not in group or (act in _WHOLE and one.tid not in threads):
                continue
            about = event.subject
            if act in ("answer", "unanswer"):
                if one.tid not in threads and about != subject:
                    continue
            elif subject and about != subject:
                continue
            if events.sound(event) and self.may(event):
                last = event
        return last

    def _is_so(
        self, before: TopicEvent | None, act: str, data: Mapping[str, str | tuple[str, ...]]
    ) -> bool:
        """Whether what was said last is what shall be said now."""
        if act == "label" or before is None:
            return False
        if act in ("hide", "unhide", "close", "reopen"):
            return before.type == act
        return before.type == act and dict(before.data) == dict(data)

    def _moment(self, tid: TopicId, now: datetime, more: Iterable[TopicEvent]) -> datetime:
        """Now, or a second after the last event of this topic that is not over yet: what is said
        last shall count, also within a second."""
        now = now.replace(microsecond=0)
        soon = now + timedelta(minutes=1)
        there = [one.event for one in self.events if one.tid == tid]
        times = [one.at for one in (*there, *more) if now <= one.at <= soon]
        return max(times) + timedelta(seconds=1) if times else now

    def _undo(
        self, order: Order, tid: TopicId, before: TopicEvent | None,
        data: Mapping[str, str | tuple[str, ...]],
    ) -> Order | None:  # fmt: skip
        act, about = order.act, str(data.get("post") or data.get("topic") or "")
        if act == "retitle":
            title = self.title(tid)
            return Order("retitle", words=(title,)) if title else None
        if act == "label":
            taken = [f"+{word}" for word in data.get("remove", ())]
            return Order("label", words=(*taken, *(f"-{word}" for word in data.get("add", ()))))
        if act == "lang":
            known = str(before.data.get("lang", "")) if before else ""
            return Order("lang", about, (known,)) if known else None
        return Order(_PAIRS[act], about) if act in _PAIRS else None


def _chain(mid: PostId, parents: Mapping[PostId, PostId]) -> list[PostId]:
    """A post and those that it answers, the post itself last."""
    chain = [mid]
    while (above := parents.get(chain[-1])) is not None and above not in chain:
        chain.append(above)
    return chain[::-1]


def visibility(config: Config, conference: str) -> str | None:
    """Who may read a conference; None when there is none of that name."""
    path = config.conference_repo(conference)
    if not path.exists():
        return None
    with Reader(open_repo(path)) as reader:
        blob = reader.at(MAIN, settings.FILE)
    try:
        return settings.decode(blob).visibility if blob else None
    except SoliCommError:
        return None


def places(config: Config, conference: str, tid: TopicId, grants: Grants) -> list[str]:
    """The conferences that a stored topic was moved through, the one that is asked about first."""
    ways: dict[str, set[str]] = {}
    for path in sorted(config.conferences.glob("*.git")):
        with Reader(open_repo(path)) as reader:
            for event in topic_events(reader, tid):
                to = event.data.get("to")
                if event.type != "move" or not isinstance(to, str) or to == path.stem:
                    continue
                if grants.may(event.by, path.stem, event.since):
                    ways.setdefault(path.stem, set()).add(to)
                    ways.setdefault(to, set()).add(path.stem)
    found, todo = [conference], list(ways.get(conference, ()))
    while todo:
        one = todo.pop()
        if one not in found and config.conference_repo(one).exists():
            found.append(one)
            todo += ways.get(one, ())
    return found


def elsewhere(
    config: Config, conference: str, placed: Placed, post: PostId, grants: Grants
) -> Iterator[tuple[str, Placed]]:
    """The same said of the copies of a post in the conferences that its topic was moved through; in
    the hub's name where its author is nobody."""
    for place in places(config, conference, placed.tid, grants)[1:]:
        with Reader(open_repo(config.conference_repo(place))) as reader:
            there = reader.oid_at(MAIN, posts.path(placed.tid, post)) is not None
        event = placed.event
        if there and not grants.may(event.by, place, event.since):
            event = events.make(event.type, at=event.at, by="hub", data=event.data)
        if there:
            yield place, replace(placed, event=event)


def reveals(config: Config, source: str, to: str) -> bool:
    """Whether a topic that moves from `source` into `to` would be seen by people who were not to
    see it. What cannot be read is taken for what it should not be."""
    here, there = visibility(config, source), visibility(config, to)
    if here is None or there is None:
        return True
    return _OPEN[here] > 1 and _OPEN[there] < _OPEN[here]


def _moved(config: Config, conference: str, tid: TopicId, grants: Grants) -> str:
    """Where the events of a stored topic say that it is now; empty when they do not say."""
    path = config.conference_repo(conference)
    if not path.exists():
        return ""
    with Reader(open_repo(path)) as reader:
        return moved(reader, conference, tid, grants)


def moved(reader: Reader, conference: str, tid: TopicId, grants: Grants) -> str:
    """The conference that moderators of this one moved a stored topic to; empty when it is here.
    Costs one look at a folder when nobody ever did anything to the topic."""
    those = topic_events(reader, tid)
    if not those:
        return ""
    state = topicstate.fold(those, lambda event: grants.may(event.by, conference, event.since))
    return "" if state.moved == conference else state.moved


def _labels(words: Sequence[str]) -> dict[str, str | tuple[str, ...]]:
    """`water +wages -old`: what is added and what is taken away."""
    remove = tuple(dict.fromkeys(word[1:] for word in words if word.startswith("-")))
    add = tuple(dict.fromkeys(word.removeprefix("+") for word in words if word[0] != "-"))
    data: dict[str, str | tuple[str, ...]] = {}
    if add:
        data["add"] = add
    if remove:
        data["remove"] = remove
    return data


def order_of(event: TopicEvent) -> Order:
    """An event as the order that would make it, to show what somebody did."""
    said = event.data
    if event.type == "retitle":
        return Order("retitle", words=(str(said.get("title", "")),))
    if event.type == "label":
        add, remove = said.get("add", ()), said.get("remove", ())
        plus = (add,) if isinstance(add, str) else add
        minus = (remove,) if isinstance(remove, str) else remove
        return Order("label", words=(*(f"+{w}" for w in plus), *(f"-{w}" for w in minus)))
    if event.type == "move":
        return Order("move", str(said.get("to", "")))
    lang = said.get("lang", "")
    words = (lang,) if event.type in ("lang", "translation") and isinstance(lang, str) else ()
    reason = said.get("reason", "")
    if event.type == "hide" and isinstance(reason, str) and reason:
        words = (reason,)
    return Order(event.type, event.subject, words)
