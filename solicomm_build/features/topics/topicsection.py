"""A topic with its posts and a moderator's buttons: `/members/topic/<conference>/<tid>/`.

    GET           the topic's tools, then each post of a page with its own
    GET  ?post=   the topic's tools, and those of one post or (empty) none
    POST          a button → the command that a mail would hold (commands.py) → the desk, as the
                  moderator's

The script of a topic's page (mine.js) fetches the topic's tools and, when somebody opens them,
those of a post, and puts each piece that has `data-tools` in its place; without scripts this page
is used as it is. Where a topic was before it was moved, or became a part of another, the page says
where it is now, with the way back. Who does not look after the conference gets
what there is at any address where nothing is. How it looks: topictools.py.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from solicomm_build.features.topics import commands, letters, topictools
from solicomm_build.features.topics import orders as topicorders
from solicomm_build.features.topics.commands import TEXTED, Order
from solicomm_build.features.topics.knowntopics import KnownTopics
from solicomm_build.features.topics.orders import Written
from solicomm_build.features.topics.topictools import Gone, Row, Shown
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import webhost
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.people import grants
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.post import post as posts
from solicomm_build.post import topicstate
from solicomm_build.post.conference import Conference
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.store import topicplaces
from solicomm_build.post.store.conferencetopics import Topics
from solicomm_build.post.store.readers import Readers
from solicomm_build.post.topicstate import TopicState
from solicomm_build.web.mine.section import NOTHING, Change, Said, Section, Visit
from solicomm_build.web.signedin import MemberSessions

PAGE_POSTS = 100
"""As on the pages of topics (docs/formats/pages.md)."""
_OF = "FROM post WHERE conf=? AND topic=?"
_REST = re.compile(r"([a-z0-9][a-z0-9-]{0,27})/([a-z2-7]{32})/")
_EXCERPT = 280  # characters
_LONGEST = 200  # characters of a reason, a title, labels, a link
_COMING = PostId("a" * 32)
"""Stands for the post that brings a text, which has no id before it is sent."""
_RECENT = timedelta(minutes=15)
_OF_TOPIC = frozenset({"pin", "unpin", "close", "reopen"})
_OF_POST = frozenset(
    {"unhide", "answer", "unanswer", "split", "unsplit", "untranslation", "unsummary"}
)


class TopicTools(Section):
    """What a moderator does with a topic, as buttons."""

    name, rank = "topic", 95

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._kept = KnownTopics(config)

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Look after a topic")

    def short(self, visit: Visit) -> str:
        """Nothing on the front page: a topic's own page leads here."""
        return ""

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The tools, if the member looks after the conference and the topic is read there, or the
        way back from where it is now."""
        with self._topic(visit, rest) as found:
            if found is None:
                return None
            if found.is_gone:
                gone = self._gone(visit, found)
                return gone.title or "–", topictools.gone(visit, gone)
            shown = self._shown(visit, found.conference, found.topics, found.tid)
        return shown.title or "–", topictools.html(visit, shown)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """The command of a button, as a mail to the topic."""
        with self._topic(visit, rest) as found:
            if found is None:
                return None
            conference, topics, tid = found.conference, found.topics, found.tid
            line, text = _command(sent)
            if not line or (found.is_gone and line != self._gone(visit, found).order):
                return NOTHING
            why = one_line(sent.get("why", ""), _LONGEST).strip()
            line = f"why: {why}\n{line}" if why else line
            script = commands.read_typed(f"{line}\n\n{text}" if text else line)
            if not script.is_whole:
                said = gettext(
                    visit.lang,
                    "Something is missing. Please go back and fill in the field above the button.",
                )
                return Change(wrong=said)
            if wrong := self._fault(visit, topics, tid, script.orders[0]):
                return Change(wrong=wrong)
        local = local_part(conference.id, Purpose.TOPIC, tid)
        back = webhost.own_path(sent.get("back", "")).partition("?")[0]
        stays = back.startswith(f"/conferences/{conference.id}/") and sent.get("do") != "move"
        own = back if stays else ""
        return Change((Said(local, f"{line}\n{text}" if text else f"{line}\n"),), place=own)

    # -- what there is --------------------------------------------------------------------------

    @contextmanager
    def _topic(self, visit: Visit, rest: str) -> Iterator[_Found | None]:
        """A topic that is in a conference that the member looks after, or was; None for any other
        address."""
        asked = _REST.fullmatch(rest)
        own = asked is not None and visit.own.looks_after(asked[1])
        found = self.readers.settings().get(asked[1]) if asked and own else None
        if asked is None or found is None or not found.has_pages:
            yield None
            return
        tid = TopicId(asked[2])
        with closing(self._kept.topics(found.id, grants.read(self.config, settled=True))) as all_:
            at = topicplaces.location(self.config, found.id, tid, all_.grants)
            yield _Found(found, all_, tid, at) if all_.exists(tid) else None

    def _gone(self, visit: Visit, found: _Found) -> Gone:
        """Where it is now. What the member may not know of is not named, nor called back."""
        here, topics, home = found.conference, found.topics, found.topics.home(found.tid)
        if found.at != here.id:
            to = self.readers.settings().get(found.at)
            own = to is not None and visit.own.looks_after(found.at)
            is_known = to is not None and (own or to.visibility == "public")
            name = to.title_in(visit.lang) if to is not None and is_known else ""
            back = f"move {here.id}" if own and home == found.tid else ""
            return Gone(here, found.tid, topics.title(home), found.at, home, name, back)
        title = topics.title(home)
        return Gone(here, found.tid, title, here.id, home, title, f"unmerge {found.tid}")

    def _fault(self, visit: Visit, topics: Topics, tid: TopicId, order: Order) -> str:
        """Why an order cannot be carried out, before anything is sent; the desk asks again."""
        lang = order.words[0] if order.words else ""
        written = Written(_COMING, lang) if order.act in TEXTED else None
        by = self.readers.person(visit.number) or ""
        one = topicorders.act(topics, order, tid, by=by, now=clock.now(), written=written)
        return letters.why_not(visit.lang, one.fault) if one.fault else ""

    def _shown(self, visit: Visit, conference: Conference, topics: Topics, tid: TopicId) -> Shown:
        threads = topics.threads(tid)
        state = _state(topics, tid, threads)
        number, post = visit.asked.get("page", "1"), visit.asked.get("post")
        page = int(number) if re.fullmatch(r"[1-9]\d{0,4}", number) else 1
        with self._known(conference) as known:
            count = known.count(tid)
            rows = known.page(tid, page) if post is None else known.named(tid, [post])
            hidden = known.named(tid, sorted(state.hidden))
        latest = self._latest(visit, topics, threads | {topics.posts.get(PostId(tid), tid)})
        return Shown(
            conference,
            tid,
            topics.title(tid),
            state,
            rows,
            hidden,
            page,
            -(-count // PAGE_POSTS) if post is None else 1,
            tuple((one, topics.title(one)) for one in sorted(threads - {tid})),
            tuple(_parted(topics, tid, threads)),
            PostId(tid) in topics.splits,
            latest,
            topicorders.back(latest, topics, tid) if latest is not None else None,
            self._elsewhere(visit, conference),
        )

    def _elsewhere(self, visit: Visit, conference: Conference) -> dict[str, str]:
        """Where the member could move a topic to: other conferences that he looks after."""
        return {
            name: one.title_in(visit.lang)
            for name, one in sorted(self.readers.settings().items())
            if name != conference.id and one.has_pages and visit.own.looks_after(name)
        }

    def _latest(self, visit: Visit, topics: Topics, threads: set[TopicId]) -> TopicEvent | None:
        """What this member did here last, if that was a moment ago."""
        by, since = self.readers.person(visit.number), clock.now() - _RECENT
        own = [p.event for p in topics.events if p.tid in threads and p.event.by == by]
        last = own[-1] if own else None
        return last if last is not None and last.at >= since else None

    @contextmanager
    def _known(self, conference: Conference) -> Iterator[_Known]:
        folder = self.config.members if conference.visibility == "members" else self.config.state
        with (
            Reader(open_repo(self.config.conference_repo(conference.id))) as reader,
            closing(_index(folder / "pages.sqlite")) as db,
        ):
            yield _Known(db, reader, conference.id)


def _index(path: Path) -> sqlite3.Connection:
    """What the builder knows; an empty one where nothing was built yet, or it is made anew."""
    with suppress(sqlite3.Error):
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)
        try:
            db.execute("SELECT blob FROM post LIMIT 1")
            return db
        except sqlite3.Error:
            db.close()
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE post (conf, mid, topic, time, name, blob)")
    return db


@dataclass(frozen=True, slots=True)
class _Found:
    """A topic of a conference; `at` is where it is read now."""

    conference: Conference
    topics: Topics
    tid: TopicId
    at: str

    @property
    def is_gone(self) -> bool:
        """Whether it is read elsewhere, or as a part of another."""
        return self.at != self.conference.id or self.topics.home(self.tid) != self.tid


class _Known:
    """The posts of a conference as the builder knows them, hidden ones too."""

    def __init__(self, db: sqlite3.Connection, reader: Reader, conference: str) -> None:
        self._db, self._reader, self._conference = db, reader, conference

    def count(self, tid: TopicId) -> int:
        """How many a topic has."""
        (found,) = self._db.execute(f"SELECT COUNT(*) {_OF}", (self._conference, tid)).fetchone()
        return int(found)

    def page(self, tid: TopicId, page: int) -> list[Row]:
        """Those of one page of a topic."""
        what = f"SELECT mid, name, time, blob {_OF} ORDER BY time, mid LIMIT ? OFFSET ?"
        return self._rows(what, tid, PAGE_POSTS, (page - 1) * PAGE_POSTS)

    def named(self, tid: TopicId, mids: Iterable[str]) -> list[Row]:
        """Those of these ids that are in a topic."""
        what = f"SELECT mid, name, time, blob {_OF} AND mid=?"
        return [row for mid in mids for row in self._rows(what, tid, mid)]

    def _rows(self, what: str, tid: TopicId, *values: str | int) -> list[Row]:
        found = self._db.execute(what, (self._conference, tid, *values)).fetchall()
        texts = map(_excerpt, self._reader.blobs(Oid(row[3]) for row in found))
        return [
            Row(PostId(mid), name, moment, text)
            for (mid, name, moment, _), text in zip(found, texts, strict=True)
        ]


def _parted(topics: Topics, tid: TopicId, threads: set[TopicId]) -> Iterator[tuple[TopicId, str]]:
    """The topics that were made of posts of this one, with their titles."""
    for mid in sorted(topics.splits):
        own = TopicId(mid)
        if own != tid and topics.posts.get(mid) in threads and topics.home(own) == own:
            yield own, topics.title(own)


def _state(topics: Topics, tid: TopicId, threads: set[TopicId]) -> TopicState:
    """What a topic is. What was said of a post that begins a topic of its own, or of an answer to
    it, lies where the post does."""
    state = topicstate.fold((p.event for p in topics.events if p.tid in threads), topics.may)
    if PostId(tid) in topics.splits:
        folder = topics.posts.get(PostId(tid), tid)
        there = topicstate.fold((p.event for p in topics.events if p.tid == folder), topics.may)
        own = set(topics.belongings(tid))
        state.hidden |= {mid: why for mid, why in there.hidden.items() if mid in own}
        state.translations |= there.translations
        state.langs |= there.langs
        state.answer = state.answer or (there.answer if there.answer in own else None)
    return state


def _excerpt(blob: bytes) -> str:
    try:
        body = " ".join(posts.decode(blob).body.split())
    except SoliCommError:
        return ""
    return body if len(body) <= _EXCERPT else body[:_EXCERPT].rsplit(" ", 1)[0] + " …"


def _command(sent: Mapping[str, str]) -> tuple[str, str]:
    """The line of a command that a button stands for, in English, and the text after it."""

    def field(name: str) -> str:
        return one_line(sent.get(name, ""), _LONGEST)

    do, post = sent.get("do", ""), field("post").partition(" ")[0]
    if do in _OF_TOPIC:
        return do, ""
    if do in _OF_POST:
        return f"{do} {post}", ""
    match do:
        case "hide":
            return f"hide {post}", ""
        case "retitle" | "label":
            return f"{do} {field('words')}".rstrip(), ""
        case "merge" | "unmerge":
            return f"{do} {field('topic')}".rstrip(), ""
        case "lang":
            return f"lang {post} {field('lang')}", ""
        case "move":
            return f"move {field('to')}", ""
        case "summary":
            return "summary", sent.get("text", "").strip()
        case "translation":
            return f"translation {post} {field('lang')}", sent.get("text", "").strip()
    return "", ""
