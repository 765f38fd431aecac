"""The pages of a topic: its posts, as many a page as come in a moment
(post/reading/topicpages.py), and the ways that lead to it.

The reader's topic joins stored threads (threads.py); each of their addresses leads to the one that
holds the earliest post.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from solicomm_build.builder.conferences import leftover
from solicomm_build.builder.conferences.citing import cited, cites_of
from solicomm_build.builder.conferences.heard import heard
from solicomm_build.builder.conferences.lookup import Lookup, PostRow, moment
from solicomm_build.builder.conferences.parse import HIDDEN, PARSER_VERSION, Parsed
from solicomm_build.builder.conferences.placed import Placed, line
from solicomm_build.builder.conferences.remarks import NONE as BARE
from solicomm_build.builder.conferences.remarks import Remarks, remarks
from solicomm_build.builder.slug import slug
from solicomm_build.builder.sources import LazyFacts, Planned, Sources, digest
from solicomm_build.extraction.media import SHOWN, SMALL_OCTETS, SMALL_SIDE, measure
from solicomm_build.foundation.types import Oid, TopicId
from solicomm_build.git.repo import MAIN
from solicomm_build.post import sounds
from solicomm_build.post.pages import (
    AttachmentFacts,
    ConferenceFacts,
    Page,
    Place,
    PostFacts,
    SmallPicture,
    TopicFacts,
)
from solicomm_build.post.post import attachment_path, small_path
from solicomm_build.post.reading.topicpages import page_url
from solicomm_build.post.store import localevents
from solicomm_build.post.topicmarks import NONE, TopicMarks

FEED_POSTS = 20
"""So many of the newest posts are in a feed."""
WAYS = 40
"""So many of its first posts can be reached from a topic's first page, each by its own anchor:
mails name that page and the post. Scripts ask for others (web/redirects.py): each way costs 25
octets of the first view."""


def _nothing(tid: str) -> tuple[tuple[str, str], ...]:
    del tid
    return ()


def _nowhere(hub: str) -> Place | None:
    del hub
    return None


@dataclass(frozen=True, slots=True)
class TopicPages:
    """Plans the topic pages of one conference; `env` is part of every key. `neighbours` are the
    conferences whose pages are for the same readers: only to these do topics lead that moved.
    `said` tells what else stands on top of a topic: words, and where they lead; `hub` what another
    hub is called, and where one reads of it."""

    sources: Sources
    repo: Path
    facts: ConferenceFacts
    env: str
    neighbours: frozenset[str] = frozenset()
    said: Callable[[str], tuple[tuple[str, str], ...]] = _nothing
    hub: Callable[[str], Place | None] = _nowhere
    _later: dict[str, dict[str, int]] = field(default_factory=dict, compare=False, repr=False)
    """The pages of the posts beyond the first page of their topic, of topics that were asked for:
    nobody keeps this for longer than a plan."""

    @property
    def section(self) -> str:
        """Who owns the files."""
        return f"conference:{self.facts.id}"

    @property
    def _rows(self) -> Lookup:
        return Lookup(self.sources.db, self.facts.id)

    def stored_thread(self, tid: str) -> Iterator[Planned | str]:
        """Whatever `/t/<tid>/` is now: a topic, the way to one, or nothing."""
        url = f"{self.facts.url}t/{tid}/"
        rows = self._rows
        pages = max(rows.pages(tid).values(), default=1) if rows.topic(tid) else 0
        if pages:
            whole = Whole(self, tid)
            for number in range(1, pages + 1):
                address = page_url(url, number)
                yield Planned(
                    address, self.section, 0, partial(self._topic_page, whole, number, address)
                )
        else:
            target = self._rows.leads_to(tid)
            away = self._rows.moved_to(target) if target else None
            away = self.sources.called(away) if away else None
            if target and away in self.neighbours and self._is_meant(away, target):
                yield Planned(url, self.section, 1, partial(self._moved, url, f"{away}/t/{tid}/"))
            elif target and away is None:
                yield Planned(url, self.section, 1, partial(self._redirect, url, target))
            else:
                yield url
        yield from leftover.pages(self.sources.db, url, max(pages, 1))

    def _is_meant(self, away: str, topic: str) -> bool:
        """Whether a conference is the one that a topic moved to, and not another of that name."""
        threads = map(TopicId, self._rows.stored_threads(topic))
        return localevents.is_meant(self.sources.config, self.facts.id, away, threads)

    def _redirect(self, url: str, target: str) -> Page:
        topic = self._rows.topic(target)
        title = topic.title if topic else self.facts.title
        place = f"{self.facts.url}t/{target}/"
        key = digest(self.env, "redirect", place, title)
        facts = {"target": place}
        return Page(url, "redirect", self.section, self.facts.lang, title, key, facts)

    def _moved(self, url: str, place: str) -> Page:
        """The way to a topic that is read in another conference: to the same stored thread."""
        target = f"{self.facts.url.removesuffix(f'{self.facts.id}/')}{place}"
        key = digest(self.env, "redirect", target)
        facts = {"target": target}
        return Page(
            url,
            "redirect",
            self.section,
            self.facts.lang,
            self.facts.title,
            key,
            facts,
            indexed=False,
        )

    def _topic_page(self, whole: Whole, number: int, url: str) -> Page:
        now = whole.now()
        topic, posts, places, marks, found = now.topic, now.posts, now.places, now.marks, now.found
        low = now.begins[number - 1]
        high = now.begins[number] if number < len(now.begins) else len(posts)
        shown = posts[low:high]
        pager = _pager(f"{self.facts.url}t/{topic.tid}/", number, len(now.begins))
        if number > 1:
            found = replace(found, summary=None, summary_blob="", answer_blob="", earlier=())
            found = replace(found, joined=(), parted=(), origin=None)
        state = (topic.title, topic.closed, topic.pinned, marks.close_reason)
        begun = (topic, now.names, now.begins, _later(posts, high))
        head = begun if number == 1 else state
        lines = [line(post, places) for post in shown]
        said = asdict(found) if marks != NONE else ""
        notices = self.said(topic.tid) if number == 1 else ()
        made_of = (head, low, now.before[number - 1], lines, pager, now.files, said)
        told: tuple[object, ...] = (notices,) if notices else ()
        hubs = {one.hub: self.hub(one.hub) for one in shown if one.hub and not one.hidden}
        told += tuple(
            (one.mid, hubs[one.hub]) for one in shown if one.hub in hubs and not one.hidden
        )
        cites = {post.mid: now.cites[post.mid] for post in shown if post.mid in now.cites}
        named = cited(self.sources, dict.fromkeys(chain.from_iterable(cites.values())))
        told += tuple(named.items())
        key = digest(self.env, PARSER_VERSION, "topic", *made_of, *told)

        def one(post: PostRow, parsed: Parsed) -> PostFacts:
            made = self._post(post, places, parsed, found.notes.get(post.mid, ()))
            names = tuple((name, named[name]) for name in cites.get(post.mid, ()))
            return replace(made, hub=None if post.hidden else hubs.get(post.hub), cites=names)

        def facts() -> Mapping[str, Any]:
            blobs = [post.blob for post in shown if not post.hidden]
            texts = self.sources.texts(self.repo)
            above = [blob for blob in (found.summary_blob, found.answer_blob) if blob]
            parsed = texts.many([*blobs, *above])
            return {
                "conference": self.facts,
                "topic": topic,
                "names": now.names,
                "first_page": number == 1,
                "low": low,
                "begins": now.begins if number == 1 else (),
                "later": _later(posts, high) if number == 1 else (),
                "posts": [one(post, parsed.get(post.blob, HIDDEN)) for post in shown],
                "remarks": found,
                "summary": parsed[found.summary_blob].html if found.summary else "",
                "answer": parsed[found.answer_blob].html if found.answer_blob else "",
                "close_reason": marks.close_reason,
                "labels": list(map(self._label, topic.labels)),
                "pager": pager,
                "places": places,
                "mids": [post.mid for post in posts[:high]],
                "notices": notices,
            }

        return Page(
            url,
            "topic",
            self.section,
            self.facts.lang,
            topic.title,
            key,
            LazyFacts(facts),
            feed=(self.facts.title, self.facts.feed),
            indexed=self.facts.indexed,
            own_feed=(topic.title, f"{self.facts.url}t/{topic.tid}/feed.xml"),
        )

    def whole(self, tid: str) -> Now:
        """A topic as its pages show it."""
        rows = self._rows
        topic = rows.topic(tid)
        assert topic is not None  # planned from the same state  # noqa: S101
        posts, marks = rows.posts(tid), rows.marks(tid)
        places = Placed(posts)
        found = remarks(rows, self.facts.url, marks, posts, places.page) if marks != NONE else BARE
        names = tuple(dict.fromkeys(post.name for post in posts if not post.hidden))
        begins, files, cites = (
            tuple(places.begins),
            self._files(tid),
            cites_of(self.sources.db, self.facts.id, tid),
        )
        return Now(topic, posts, marks, places, found, names, begins, places.before, files, cites)

    def _label(self, name: str) -> Place:
        return Place(name, f"{self.facts.url}labels/{label_slug(name)}/")

    def _files(self, tid: str) -> list[object]:
        """What a page shows of the files of a topic, and whether there is a small picture."""
        oid_at = self.sources.reader(self.repo).oid_at
        named = self._rows.attachments(tid)
        return [(self._file(sha256), oid_at(MAIN, small_path(sha256))) for sha256 in named]

    def _post(
        self, row: PostRow, places: Placed, parsed: Parsed, notes: tuple[str, ...] = ()
    ) -> PostFacts:
        return PostFacts(
            mid=row.mid,
            message_id=parsed.message_id,
            number=places.number[row.mid],
            name=row.name,
            date=moment(row.time),
            subject=row.subject if places.turns(row) and not row.hidden else "",
            lang="" if row.hidden else row.lang,
            html=parsed.html,
            parent=places.parent(row),
            depth=places.depth(row),
            attachments=tuple(self._attachment(*file) for file in parsed.attachments),
            notes=(*parsed.notes, *notes),
        )

    def _attachment(self, sha256: str, name: str, kind: str, size: int) -> AttachmentFacts:
        oid = self._file(sha256)
        if oid is None:
            return AttachmentFacts(name, kind, size, None)
        folder = f"{self.facts.url}files/{sha256}/"
        url = f"{folder}{quote(name)}"
        reader = self.sources.reader(self.repo)
        now = reader.size(oid)
        if sounds.is_sound(name, kind):
            played = heard(reader, sha256, name, oid, url)
            return AttachmentFacts(name, kind, now, url, oid, sound=played)
        return AttachmentFacts(
            name, kind, now, url, oid, self._small(sha256, oid, now, url, folder)
        )

    def _small(
        self, sha256: str, oid: Oid, size: int, url: str, folder: str
    ) -> SmallPicture | None:
        """The small picture of a picture, which is itself where it is small."""
        reader = self.sources.reader(self.repo)
        found = reader.oid_at(MAIN, small_path(sha256))
        if found is None and (size > SMALL_OCTETS or not url.lower().endswith(SHOWN)):
            return None
        drawn = measure(reader.blob(found or oid))
        if drawn is None or max(drawn.width, drawn.height) > 2 * SMALL_SIDE:
            return None
        place = f"{folder}small.jpg" if found else url
        return SmallPicture(place, found or oid, drawn.width, drawn.height)

    def _file(self, sha256: str) -> Oid | None:
        """The blob of an attachment; None when the conference does not keep its octets."""
        return self.sources.reader(self.repo).oid_at(MAIN, attachment_path(sha256))

    def post_url(self, topic: str, mid: str, facts: TopicFacts | None = None) -> str:
        """Where a post is read: its topic's page and the post's anchor. `facts` are those of the
        topic, where they are known already."""
        if topic not in self._later:
            pages = {} if facts and facts.posts == 1 else self._rows.pages(topic)
            self._later[topic] = {name: page for name, page in pages.items() if page > 1}
        number = self._later[topic].get(mid, 1)
        return f"{page_url(f'{self.facts.url}t/{topic}/', number)}#{mid}"


@dataclass(frozen=True, slots=True)
class Now:
    """A topic as all of its pages show it: `begins` are the places of the posts that begin a page,
    `before` what stands before each, which its posts may name by number, as a digest; `files` what
    there is of its posts' files, `cites` what posts name of other parts of the hub, by mid."""

    topic: TopicFacts
    posts: list[PostRow]
    marks: TopicMarks
    places: Placed
    found: Remarks
    names: tuple[str, ...]
    begins: tuple[int, ...]
    before: tuple[str, ...]
    files: list[object]
    cites: Mapping[str, tuple[str, ...]]


class Whole:
    """What the pages of one topic are made of, looked up when the first of them is made. Only the
    topic that was looked up last is kept."""

    _last: ClassVar[tuple[object, Now] | None] = None

    def __init__(self, pages: TopicPages, tid: str) -> None:
        self._pages, self._tid = pages, tid

    def now(self) -> Now:
        """The topic."""
        known = Whole._last
        if known is None or known[0] is not self:
            known = Whole._last = self, self._pages.whole(self._tid)
        return known[1]


def _later(posts: Sequence[PostRow], low: int) -> tuple[tuple[str, str], ...]:
    """(mid, name) of the posts from place `low` on to which the first page has a way."""
    return tuple((post.mid, post.name) for post in posts[low:WAYS])


def feed_entry(post: PostRow, url: str, parsed: Parsed) -> dict[str, Any]:
    """What a feed says of a post."""
    return {
        "mid": post.mid,
        "url": url,
        "title": post.subject,
        "name": post.name,
        "date": moment(post.time),
        "lang": parsed.lang,
        "html": parsed.html,
        "parents": post.parents,
    }


def label_slug(label: str) -> str:
    """A label as a part of an address; capitals make no other one."""
    return slug(label.casefold())


def _pager(first: str, number: int, last: int) -> dict[str, Any]:
    return {
        "number": number,
        "prev": page_url(first, number - 1) if number > 1 else None,
        "next": page_url(first, number + 1) if number < last else None,
        "last": page_url(first, last) if number == 1 and last > 1 else None,
    }
