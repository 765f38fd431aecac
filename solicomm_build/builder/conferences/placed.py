"""Where the posts of a topic stand: their numbers and pages, whom each answers, how deep."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from solicomm_build.builder.conferences.lookup import PostRow
from solicomm_build.builder.conferences.threads import base_subject
from solicomm_build.post.reading.topicpages import breaks, page_at


class Placed:
    """Where each post of a topic stands: its number, its page, whom it answers, how deep; and for
    each page a digest of what stands before it."""

    def __init__(self, posts: Sequence[PostRow]) -> None:
        self.number = {post.mid: number for number, post in enumerate(posts, 1)}
        self.name = {post.mid: post.name for post in posts}
        self._subject = {post.mid: base_subject(post.subject) for post in posts}
        self.begins = breaks(post.weight for post in posts)
        self.page = {post.mid: page_at(self.begins, at) for at, post in enumerate(posts)}
        self.before = _before(posts, self.begins)
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


def _before(posts: Sequence[PostRow], begins: Sequence[int]) -> tuple[str, ...]:
    """For each page a digest of the posts before it: their order, and who wrote them."""
    running, found = hashlib.blake2b(digest_size=8), []
    for low, high in zip(begins, [*begins[1:], len(posts)], strict=True):
        found.append(running.hexdigest())
        for post in posts[low:high]:
            running.update(f"{post.mid} {post.name}\n".encode("utf-8", "surrogatepass"))
    return tuple(found)


def line(post: PostRow, places: Placed) -> tuple[object, ...]:
    """What a page shows of a post beside its text, for the page's key."""
    parent = places.parent(post)
    name = places.name.get(parent or "")
    page = places.page.get(parent or "")
    return post.mid, post.blob, parent, page, name, post.hidden, post.lang, places.turns(post)
