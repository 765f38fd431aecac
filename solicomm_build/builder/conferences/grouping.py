"""Which posts are read as one topic, and at which address: references, subjects, moderators. Pure.

Three steps, each a function of the set of posts and of the moderators' bonds:

1. Posts that mention a common Message-ID, or follow one another by subject, are one *component*.
2. A split cuts a component: a post belongs to the first split post that its chain of answers leads
   to. Ids that never arrived are links of that chain like others. What is cut out, and what is
   left, are *pieces*.
3. Merges join pieces to topics. A stored topic that is named is the piece that its address shows:
   a split's own, else what is left of the component that its posts are in.

A topic's address is the tid that holds its earliest post, or the mid of the split post, if its
earliest post was cut out; so both stay when others come. A *family* is all that hangs together
before anybody split it: it is grouped as a whole or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from solicomm_build.builder.conferences.threads import Node, number
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.post.topicstate import Bonds

Piece: TypeAlias = tuple[Hashable, str]
"""A component and the split post that the piece begins with, empty for what is left."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """`topic` is the address of each post's topic; `owner` the topic that the events of a stored
    thread are about; `families` the addresses that hang together; `joined` the first posts of what
    was merged into a topic, and `parted` the addresses of what was split from it."""

    topic: Mapping[PostId, TopicId]
    owner: Mapping[str, TopicId]
    families: Sequence[Sequence[TopicId]]
    joined: Mapping[TopicId, Sequence[PostId]] = field(default_factory=dict)
    parted: Mapping[TopicId, Sequence[TopicId]] = field(default_factory=dict)


class _Joined:
    """Union-find over whatever can be hashed."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def find(self, item: Hashable) -> Hashable:
        parent, root = self._parent, item
        while (above := parent.setdefault(root, root)) != root:
            root = above
        while parent[item] != root:
            parent[item], item = root, parent[item]
        return root

    def join(self, one: Hashable, other: Hashable) -> None:
        self._parent[self.find(one)] = self.find(other)


def group(nodes: Iterable[Node], bonds: Bonds = Bonds()) -> Grouping:  # noqa: B008 - frozen
    """Groups posts; whoever leaves posts out leaves out whole families."""
    nodes = sorted(nodes, key=lambda node: node.order)
    components = _components(nodes)
    root = {node.mid: components.find(number(node.mid)) for node in nodes}
    if not bonds.merged and not bonds.splits:
        return _unbound(nodes, root)
    sides = _sides(nodes, bonds.splits)
    pieces = {node.mid: (root[node.mid], sides.get(node.mid, "")) for node in nodes}
    return _Binding(nodes, pieces, bonds, sides).grouping()


def _components(nodes: Iterable[Node]) -> _Joined:
    joined = _Joined()
    for node in nodes:
        own = number(node.mid)
        for mention in (*node.mentions, number(node.tid)):
            joined.join(mention, own)
        if node.fallback is not None:
            joined.join(number(node.fallback), own)
    return joined


def _unbound(nodes: Sequence[Node], root: Mapping[PostId, Hashable]) -> Grouping:
    """The usual case: every component is a topic."""
    first: dict[Hashable, TopicId] = {}
    for node in nodes:
        first.setdefault(root[node.mid], node.tid)
    return Grouping(
        {node.mid: first[root[node.mid]] for node in nodes},
        {node.tid: first[root[node.mid]] for node in nodes},
        [(topic,) for topic in first.values()],
    )


def _sides(nodes: Sequence[Node], splits: frozenset[PostId]) -> dict[str, str]:
    """For every id, arrived or not: the split post that its chain of answers leads to first, or "".

    A post answers the nearest id it names, else whom it follows by subject. An id that never
    arrived answers what the earliest post that names it names next. Chains that bite their own
    tail lead nowhere.
    """
    if not splits:
        return {}
    above: dict[str, str] = {}
    arrived = {node.mid for node in nodes}
    for node in nodes:
        named = [mid for mid in node.parents if mid != node.mid] or (
            [node.fallback] if node.fallback else []
        )
        if named:
            above[node.mid] = named[0]
        for mid, further in pairwise(named):
            if mid not in arrived:
                above.setdefault(mid, further)
    found: dict[str, str] = {}
    for start in above:
        chain: list[str] = []
        seen: set[str] = set()
        here: str | None = start
        while here is not None and here not in found and here not in splits and here not in seen:
            chain.append(here)
            seen.add(here)
            here = above.get(here)
        side = "" if here is None or here in seen else here if here in splits else found[here]
        found.update(dict.fromkeys(chain, side))
    return found | {split: split for split in splits}


class _Binding:
    """Steps 2 and 3, for posts (sorted) whose pieces are known."""

    def __init__(
        self,
        nodes: Sequence[Node],
        pieces: Mapping[PostId, Piece],
        bonds: Bonds,
        sides: Mapping[str, str],
    ) -> None:
        self._nodes, self._pieces, self._bonds, self._sides = nodes, pieces, bonds, sides
        self._cut = {str(mid) for mid in bonds.splits}
        self._first: dict[Piece, Node] = {}
        self._place: dict[str, Piece] = {}  # by address: what it shows before anything is merged
        for node in nodes:
            piece = pieces[node.mid]
            self._first.setdefault(piece, node)
            if piece[1]:
                self._place.setdefault(piece[1], piece)
        for rest in (True, False):
            for node in nodes:
                piece = pieces[node.mid]
                if rest != bool(piece[1]) and node.tid not in self._cut:
                    self._place.setdefault(node.tid, piece)

    def grouping(self) -> Grouping:
        merged, families = _Joined(), _Joined()
        for target, into in self._bonds.merged.items():
            one, other = self._place.get(target), self._place.get(into)
            merged.join(one or target, other or into)
            families.join(one[0] if one else target, other[0] if other else into)
        topics: dict[Hashable, TopicId] = {}
        for node in self._nodes:  # the earliest first
            piece = self._pieces[node.mid]
            address = piece[1] or (node.tid if node.tid not in self._cut else "")
            if address:
                topics.setdefault(merged.find(piece), TopicId(address))
        for node in self._nodes:
            topics.setdefault(merged.find(self._pieces[node.mid]), TopicId(node.mid))
        of_piece = {piece: topics[merged.find(piece)] for piece in self._first}
        kin: dict[Hashable, dict[TopicId, None]] = defaultdict(dict)
        for piece, topic in of_piece.items():
            kin[families.find(piece[0])][topic] = None
        owner = {str(topic): topic for topic in of_piece.values()}
        owner |= {tid: of_piece[piece] for tid, piece in self._place.items()}
        return Grouping(
            {node.mid: of_piece[self._pieces[node.mid]] for node in self._nodes},
            owner,
            [tuple(topics) for topics in kin.values()],
            self._joined(of_piece),
            self._parted(of_piece),
        )

    def _joined(self, of_piece: Mapping[Piece, TopicId]) -> dict[TopicId, list[PostId]]:
        """The first posts of all pieces of a topic but the one it begins with."""
        found: dict[TopicId, list[PostId]] = {}
        for piece, node in self._first.items():  # in the order of their first posts
            topic = of_piece[piece]
            if topic in found:
                found[topic].append(node.mid)
            else:
                found[topic] = []
        return {topic: mids for topic, mids in found.items() if mids}

    def _parted(self, of_piece: Mapping[Piece, TopicId]) -> dict[TopicId, list[TopicId]]:
        """For every split post that is there: which topic it was in, and which it begins now."""
        found: dict[TopicId, list[TopicId]] = defaultdict(list)
        above = {
            node.mid: (node.parents or (node.fallback or "",))[0]
            for node in self._nodes
            if node.mid in self._bonds.splits
        }
        for piece in self._first:
            if not piece[1]:
                continue
            side = self._sides.get(above.get(PostId(piece[1]), ""), "")
            origin = of_piece.get((piece[0], side)) or of_piece.get((piece[0], ""))
            topic = of_piece[piece]
            if origin is not None and origin != topic and topic not in found[origin]:
                found[origin].append(topic)
        return {topic: parts for topic, parts in found.items() if parts}
