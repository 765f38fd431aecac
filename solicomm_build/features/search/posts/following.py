"""Brings what is kept of the posts up to date: those that changed are looked at, and no others.

    changes since the last time ─→ posts, and those after them in a long topic ─→ their blocks

What comes in or goes far from the end moves all that came later; then, or with another frame, or
when it is not known what changed, every post is listed anew, a block at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from solicomm_build.builder.conferences import changes
from solicomm_build.builder.conferences.changes import Change
from solicomm_build.features.search.posts.documents import Item, Mids, Posts
from solicomm_build.features.search.posts.shelf import BLOCK, Shelf

_MOST = 20_000
"""Changes that are followed one by one."""
_MOVED = 64
"""Blocks at the end that are put together anew."""
Order = tuple[int, str, str]


class _Far(Exception):
    """Too much moves."""


def bring(shelf: Shelf, posts: Posts) -> None:
    """Lists the posts as they are now. Blocking."""
    began = not posts.db.in_transaction
    if began:
        posts.db.execute("BEGIN")  # all is seen as it is at one moment
    try:
        shelf.begin()
        _bring(shelf, posts)
    finally:
        shelf.give_up()
        if began:
            posts.db.execute("COMMIT")


def _bring(shelf: Shelf, posts: Posts) -> None:
    frame, mark = shelf.as_of()
    now = changes.newest(posts.db)
    if frame == posts.frame and mark == now is not None:
        return
    found = changes.since(posts.db, mark) if frame == posts.frame else None
    try:
        if found is None or len(found) > _MOST:
            raise _Far
        shown = set(posts.conferences)
        _follow(shelf, posts, [one for one in found if one.conf in shown])
    except _Far:
        _anew(shelf, posts)
    shelf.end(posts.frame, now)


def _anew(shelf: Shelf, posts: Posts) -> None:
    beyond, order, number = posts.beyond(), posts.in_order(), 0
    while some := list(islice(order, BLOCK)):
        shelf.put(number, [*_items(posts, [(conf, mid) for _, conf, mid in some], beyond)])
        number += 1
    shelf.cut(number)


def _items(posts: Posts, wanted: Sequence[Mids], pages: dict[Mids, int]) -> Iterator[Item]:
    """What is to be listed of these, in their order; some are not there."""
    by_conference: dict[str, list[str]] = {}
    for conf, mid in wanted:
        by_conference.setdefault(conf, []).append(mid)
    rows = {conf: posts.rows(conf, mids) for conf, mids in by_conference.items()}
    for conf, mid in wanted:
        if mid in rows[conf]:
            yield posts.item(conf, mid, rows[conf][mid], pages.get((conf, mid), 1))


def _follow(shelf: Shelf, posts: Posts, found: Sequence[Change]) -> None:
    edit = _Edit(shelf)
    before: dict[Mids, set[int]] = {}
    for one in found:
        before.setdefault((one.conf, one.mid), set()).add(one.receipt)
    items = {item.order[1:]: item for item in _touched(posts, found)}
    for at, receipts in before.items():
        item = items.pop(at, None)
        for receipt in receipts:
            if item is None or item.order[0] != receipt:
                edit.drop((receipt, *at))
        if item:
            edit.put(item)
    for item in items.values():
        edit.put(item)
    edit.write()


def _touched(posts: Posts, found: Iterable[Change]) -> Iterator[Item]:
    """What is to be listed of the posts that changed, and of those that may stand on another page
    since: the ones after them in a long topic, or all of a topic that lost some."""
    changed: dict[str, set[str]] = {}
    for one in found:
        changed.setdefault(one.conf, set()).add(one.mid)
    for conf, mids in changed.items():
        rows = posts.rows(conf, sorted(mids))
        starts: dict[str, tuple[int, str] | None] = {}
        for mid, post in rows.items():
            starts[post.topic] = min(starts.get(post.topic) or (post.time, mid), (post.time, mid))
        for one in found:
            row = rows.get(one.mid)
            if one.conf == conf and one.topic and (one.gone or not row or row.topic != one.topic):
                starts[one.topic] = None
        pages: dict[Mids, int] = {}
        for topic, start in starts.items():
            of_topic = posts.pages(conf, topic)
            if start is None or max(of_topic.values(), default=1) > 1:
                order = [*of_topic]
                later = order[order.index(start[1]) :] if start else order
                pages |= {(conf, mid): of_topic[mid] for mid in later}
        wanted = {*pages, *((conf, mid) for mid in rows)}
        yield from _items(posts, sorted(wanted), pages)


class _Edit:
    """Changes of some blocks, written when all are known."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._fences = shelf.fences()
        self._blocks: dict[int, list[Item]] = {}
        self._changed: set[int] = set()
        self._moved: int | None = None

    def put(self, item: Item) -> None:
        """Lists a post, where it is or where it has to be."""
        number, at, there = self._at(item.order)
        block = self._blocks[number]
        if not there:
            block.insert(at, item)
            self._moves(number)
        elif block[at] != item:
            block[at] = item
            self._changed.add(number)

    def drop(self, order: Order) -> None:
        """Lists a post no more."""
        number, at, there = self._at(order)
        if there:
            del self._blocks[number][at]
            self._moves(number)

    def write(self) -> None:
        """Raises _Far, with nothing written, when too many blocks move."""
        end = len(self._fences)
        moved = end if self._moved is None else self._moved
        if end - moved > _MOVED:
            raise _Far
        for number in sorted(self._changed):
            if number < moved:
                self._shelf.put(number, self._blocks[number])
        if self._moved is None:
            return
        rest = [item for number in range(moved, max(end, 1)) for item in self._block(number)]
        for low in range(0, len(rest), BLOCK):
            self._shelf.put(moved + low // BLOCK, rest[low : low + BLOCK])
        self._shelf.cut(moved + -(-len(rest) // BLOCK))

    def _moves(self, number: int) -> None:
        self._moved = number if self._moved is None else min(number, self._moved)

    def _at(self, order: Order) -> tuple[int, int, bool]:
        """In which block, and where in it, a post is or has to be, and whether it is there."""
        number = max(bisect_right(self._fences, order) - 1, 0)
        block = self._block(number)
        at = bisect_left(block, order, key=lambda item: item.order)
        return number, at, at < len(block) and block[at].order == order

    def _block(self, number: int) -> list[Item]:
        if number not in self._blocks:
            is_there = number < len(self._fences)
            self._blocks[number] = self._shelf.block(number) if is_there else []
        return self._blocks[number]
