"""The pages of a topic: its posts, a hundred a page, and the ways that lead to it.

The reader's topic joins stored threads (threads.py); each of their addresses leads to the one that
holds the earliest post.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from solicomm_build.builder.conferences.heard import heard
from solicomm_build.builder.conferences.lookup import POSTS_A_PAGE, Lookup, PostRow, moment
from solicomm_build.builder.conferences.parse import HIDDEN, PARSER_VERSION, Parsed
from solicomm_build.builder.conferences.remarks import NONE as BARE
from solicomm_build.builder.conferences.remarks import remarks
from solicomm_build.builder.conferences.threads import base_subject
from solicomm_build.builder.slug import slug
from solicomm_build.builder.sources import LazyFacts, Planned, Sources, digest
from solicomm_build.extraction.media import SHOWN, SMALL_OCTETS, SMALL_SIDE, measure
from solicomm_build.foundation.types import Oid
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
from solicomm_build.post.topicmarks import NONE

FEED_POSTS = 20
"""So many of the newest posts are in a feed."""


def _nothing(tid: str) -> tuple[tuple[str, str], ...]:
    del tid
    return ()


@dataclass(frozen=True, slots=True)
class TopicPages:
    """Plans the topic pages of one conference; `env` is part of every key. `neighbours` are the
    conferences whose pages are for the same readers: only to these do topics lead that moved.
    `said` tells what else stands on top of a topic: words, and where they lead."""

    sources: Sources
    repo: Path
    facts: ConferenceFacts
    env: str
    neighbours: frozenset[str] = frozenset()
    said: Callable[[str], tuple[tuple[str, str], ...]] = _nothing

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
        topic = self._rows.topic(tid)
        pages = (topic.posts - 1) // POSTS_A_PAGE + 1 if topic else 0
        if topic:
            for number in range(1, pages + 1):
                address = url if number == 1 else f"{url}page/{number}/"
                yield Planned(
                    address, self.section, 0, partial(self._topic_page, tid, number, address)
                )
            yield Planned(f"{url}feed.xml", self.section, 0, partial(self._feed, tid, url))
        else:
            yield f"{url}feed.xml"
            target = self._rows.leads_to(tid)
            away = self._rows.moved_to(target) if target else None
            if away in self.neighbours:
                yield Planned(url, self.section, 1, partial(self._moved, url, f"{away}/t/{tid}/"))
            elif target and away is None:
                yield Planned(url, self.section, 1, partial(self._redirect, url, target))
            else:
                yield url
        yield from leftover(self.sources.root, url, max(pages, 1))

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

    def _topic_page(self, tid: str, number: int, url: str) -> Page:
        rows = self._rows
        topic = rows.topic(tid)
        assert topic is not None  # planned from the same state  # noqa: S101
        posts = rows.posts(tid)
        low = (number - 1) * POSTS_A_PAGE
        shown = posts[low : low + POSTS_A_PAGE]
        places = Placed(posts)
        pager = _pager(f"{self.facts.url}t/{tid}/", number, len(posts), POSTS_A_PAGE)
        names = tuple(dict.fromkeys(post.name for post in posts if not post.hidden))
        marks = rows.marks(tid)
        found = remarks(rows, self.facts.url, marks, posts, POSTS_A_PAGE) if marks != NONE else BARE
        if number > 1:
            found = replace(found, summary=None, earlier=(), joined=(), parted=(), origin=None)
        state = (topic.title, topic.closed, topic.pinned, marks.close_reason)
        head = (topic, names) if number == 1 else state
        lines = [_line(post, places) for post in shown]
        said = asdict(found) if marks != NONE else ""
        notices = self.said(tid) if number == 1 else ()
        made_of = (head, low, lines, pager, self._files(tid), said)
        told = (notices,) if notices else ()
        key = digest(self.env, PARSER_VERSION, "topic", *made_of, *told)

        def facts() -> Mapping[str, Any]:
            blobs = [post.blob for post in shown if not post.hidden]
            texts = self.sources.texts(self.repo)
            parsed = texts.many([*blobs, found.summary_blob] if found.summary else blobs)
            return {
                "conference": self.facts,
                "topic": topic,
                "names": names,
                "first_page": number == 1,
                "posts": [
                    self._post(
                        post, places, parsed.get(post.blob, HIDDEN), found.notes.get(post.mid, ())
                    )
                    for post in shown
                ],
                "remarks": found,
                "summary": parsed[found.summary_blob].html if found.summary else "",
                "close_reason": marks.close_reason,
                "labels": [
                    Place(name, f"{self.facts.url}labels/{label_slug(name)}/")
                    for name in topic.labels
                ],
                "pager": pager,
                "page_size": POSTS_A_PAGE,
                "places": places,
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
            own_feed=(topic.title, f"{self.facts.url}t/{tid}/feed.xml"),
        )

    def _files(self, tid: str) -> list[object]:
        """What a page shows of the files of a topic, and whether there is a small picture."""
        oid_at = self.sources.reader(self.repo).oid_at
        named = self._rows.attachments(tid)
        return [(self._file(sha256), oid_at(MAIN, small_path(sha256))) for sha256 in named]

    def _feed(self, tid: str, place: str) -> Page:
        topic = self._rows.topic(tid)
        assert topic is not None  # planned from the same state  # noqa: S101
        posts = self._rows.posts(tid)
        pages = {post.mid: number // POSTS_A_PAGE + 1 for number, post in enumerate(posts)}
        shown = [post for post in posts if not post.hidden][: -FEED_POSTS - 1 : -1]
        lines = [(post.mid, post.blob, pages[post.mid]) for post in shown]
        key = digest(self.env, PARSER_VERSION, "topic_feed", self.facts, topic.title, lines)

        def facts() -> Mapping[str, Any]:
            parsed = self.sources.texts(self.repo).many(post.blob for post in shown)
            return {
                "conference": self.facts,
                "place": place,
                "entries": [
                    feed_entry(
                        post, f"{page_url(place, pages[post.mid])}#{post.mid}", parsed[post.blob]
                    )
                    for post in shown
                ],
            }

        return Page(
            f"{place}feed.xml",
            "topic_feed",
            self.section,
            self.facts.lang,
            topic.title,
            key,
            LazyFacts(facts),
        )

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
        facts = facts or self._rows.topic(topic)
        url = f"{self.facts.url}t/{topic}/"
        if facts is not None and facts.posts > POSTS_A_PAGE:
            number = (self._rows.position(topic, mid) - 1) // POSTS_A_PAGE + 1
            url = page_url(url, number)
        return f"{url}#{mid}"


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


def _line(post: PostRow, places: Placed) -> tuple[object, ...]:
    """What a page shows of a post beside its text, for the page's key."""
    parent = places.parent(post)
    name = places.name.get(parent or "")
    return post.mid, post.blob, parent, name, post.hidden, post.lang, places.turns(post)


class Placed:
    """Where each post of a topic stands: its number, whom it answers, how deep."""

    def __init__(self, posts: Sequence[PostRow]) -> None:
        self.number = {post.mid: number for number, post in enumerate(posts, 1)}
        self.name = {post.mid: post.name for post in posts}
        self._subject = {post.mid: base_subject(post.subject) for post in posts}
        self._first = posts[0].mid if posts else ""
        self._parent: dict[str, str | None] = {}
        self._depth: dict[str, int] = {}
        for post in posts:  # oldest first, so a parent is placed before its answers
            parent = self._parent[post.mid] = self._find(post)
            self._depth[post.mid] = self._depth[parent] + 1 if parent else 0

    def _find(self, post: PostRow) -> str | None:
        named = (*post.parents, *((post.fallback,) if post.fallback else ()))
        return next((mid for mid in named if mid in self._depth), None)

    def parent(self, post: PostRow) -> str | None:
        """The mid of the nearest earlier post it answers that is in the topic."""
        return self._parent[post.mid]

    def turns(self, post: PostRow) -> bool:
        """Whether a post begins a subject: it is the topic's first, or has neither the subject of
        that one nor that of the post it answers."""
        before = {self._first, self.parent(post) or self._first}
        same = {self._subject[mid] for mid in before}
        return post.mid == self._first or self._subject[post.mid] not in same

    def depth(self, post: PostRow) -> int:
        """How many answers lie above it."""
        return self._depth[post.mid]


def label_slug(label: str) -> str:
    """A label as a part of an address; capitals make no other one."""
    return slug(label.casefold())


def page_url(first: str, number: int) -> str:
    """The address of page `number` of what begins at `first`."""
    return first if number == 1 else f"{first}page/{number}/"


def leftover(public: Path, url: str, last: int) -> Iterator[str]:
    """Numbered pages after page `last` that are left from a time when there were more."""
    folder = public / url.strip("/") / "page"
    number = last + 1
    while (folder / str(number)).is_dir():
        yield f"{url}page/{number}/"
        number += 1


def _pager(first: str, number: int, items: int, size: int) -> dict[str, Any]:
    last = (items - 1) // size + 1
    return {
        "number": number,
        "prev": page_url(first, number - 1) if number > 1 else None,
        "next": page_url(first, number + 1) if number < last else None,
        "last": page_url(first, last) if number == 1 and last > 1 else None,
    }
