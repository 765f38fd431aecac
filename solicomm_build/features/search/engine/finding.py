"""One search from a query to the documents that are shown, for mail and for the tests; a page does
the same in the reader's browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from solicomm_build.features.search.engine import query as queries
from solicomm_build.features.search.engine.analyser import fold, latin
from solicomm_build.features.search.engine.document import Row
from solicomm_build.features.search.engine.narrowed import named
from solicomm_build.features.search.engine.narrowing import Narrower, narrower
from solicomm_build.features.search.engine.query import Presence, Query
from solicomm_build.features.search.engine.reader import OpenIndex
from solicomm_build.features.search.engine.scorer import Asked, Collection, Dimension, ask, scores
from solicomm_build.features.search.engine.shard import sort_key

_MOST = 16
"""Words that others are suggested for: each is compared with all that begin as it does."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found, best first."""

    row: Row
    score: float


@dataclass(frozen=True, slots=True)
class Reach:
    """What of a large index was searched (tiers.py): the tier of that number, 0 for the newest.
    Counted from the newest, these are the documents from `first` to `last` of `total`; `onward` is
    the tier to go on with, 0 when there is none."""

    number: int
    first: int
    last: int
    total: int
    onward: int


@dataclass(frozen=True, slots=True)
class Found:
    """The answer. `total` documents match, `hits` are the best; the first `whole` of all have all
    words of the query, the others most of them, and `every` says that there are some that have
    all. `state` is `done`, or why nothing can be found: `empty`, `stopwords` or `negated`.
    `suggestions` are (word, likelier word); `incomplete` says that files of the index could not be
    read. `terms` and `languages` are what to mark by (marking.py), `narrower` what to narrow by
    (narrowing.py), if that was asked for. `reach` says where it was looked, if not everywhere."""

    hits: tuple[Hit, ...]
    total: int
    every: bool = True
    whole: int = 0
    state: str = "done"
    suggestions: tuple[tuple[str, str], ...] = ()
    incomplete: bool = False
    terms: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()
    narrower: Narrower = field(default_factory=dict)
    reach: Reach | None = None


def find(
    indexes: Sequence[OpenIndex], text: str, tag: str, limit: int = 10, *, narrow: bool = False
) -> Found:
    """Answers a query; `tag` is the language of whoever asks, the own index comes first. `narrow`
    counts what the answer could be narrowed by."""
    query = queries.parse(text)
    if not query.clauses:
        return Found((), 0, state="empty")
    collection = Collection(indexes)
    collection.narrow(query)
    asked = ask(collection, query, latin(tag))
    if not asked:
        return Found((), 0, state="stopwords")
    if all(clause.presence is Presence.FILTER for clause in asked):
        return Found((), 0, state="empty")
    if all(clause.presence in {Presence.PROHIBITED, Presence.FILTER} for clause in asked):
        return Found((), 0, state="negated")
    ranked, whole = rank(collection, query, asked)
    hits = []
    for document, score in ranked[:limit]:
        segment, local = collection.place(document)
        hits.append(Hit(segment.row(local), score))
    missing = sorted({word for clause in asked for word in clause.missing})
    suggestions = tuple(
        (word, likely) for word in missing[:_MOST] if (likely := likelier(collection, word))
    )
    faults = any(index.faults for index in indexes)
    every = whole > 0 or query.nowhere
    return Found(
        tuple(hits),
        len(ranked),
        every,
        whole,
        "done",
        suggestions,
        faults,
        frozenset().union(*(d.terms for d in _dimensions(asked))),
        tuple(collection.languages(latin(tag))),
        narrower(collection, [document for document, _ in ranked]) if narrow else {},
    )


def _dimensions(asked: Sequence[Asked]) -> Iterator[Dimension]:
    """What was looked for and is to be marked."""
    for clause in asked:
        if clause.presence is not Presence.PROHIBITED:
            yield from (dimension for token in clause.tokens for dimension in token)


def rank(
    collection: Collection, query: Query, asked: Sequence[Asked]
) -> tuple[list[tuple[int, float]], int]:
    """(document, score) of all that match, best first, and how many of them have all words: they
    stand before those that have most. Where none has all, one that has any matches."""
    if query.nowhere:
        return [], 0
    allowed = _inside(collection, query) if query.filtered else None
    needed: list[set[int]] = []
    for clause in asked:
        said = clause.clause.presence
        if said is Presence.FILTER or (said is clause.presence is Presence.REQUIRED):
            allowed = clause.all_of() if allowed is None else allowed & clause.all_of()
        elif clause.presence is Presence.REQUIRED:
            needed.append(clause.all_of())
    found = scores(collection, asked, allowed)
    for clause in asked:
        if clause.presence is Presence.PROHIBITED:
            for document in clause.all_of():
                found.pop(document, None)
    met = {document: sum(document in some for some in needed) for document in found}
    whole = {document for document, count in met.items() if count == len(needed)}
    least = -(-2 * len(needed) // 3) if whole else 0
    share = len(needed) or 1
    weighed = (
        (document in whole, score * (max(met[document], 0.5) / share if needed else 1), document)
        for document, score in found.items()
        if met[document] >= least
    )
    order = sorted(weighed, key=lambda o: (o[0], round(o[1], 9), o[2]), reverse=True)
    return [(document, score) for _, score, document in order], len(whole)


def _inside(collection: Collection, query: Query) -> set[int]:
    """Documents that the filters leave."""
    kept: set[int] = set()
    dated = query.after is not None or query.before is not None
    kinds = collection.kinds()
    for first, segment in collection.segments:
        inside = set(range(segment.documents))
        if query.places is not None:
            inside &= segment.inside(partial(named, query.places))
        if query.kinds is not None:
            inside &= segment.inside(partial(_is_of, kinds, query.kinds))
        if query.tongues is not None:
            inside &= {i for i, tongue in enumerate(segment.tongues()) if tongue in query.tongues}
        if dated and inside:
            inside &= {i for i, day in enumerate(segment.days()) if _within(query, day)}
        kept |= {first + local for local in inside}
    return kept


def _is_of(kinds: Mapping[str, str], wanted: Sequence[str], place: str) -> bool:
    return kinds.get(place) in wanted


def _within(query: Query, day: int) -> bool:
    return (query.after is None or day >= query.after) and (
        query.before is None or day < query.before
    )


def likelier(collection: Collection, word: str) -> str | None:
    """A word of the indexes that is spelled nearly so, with the same first letter."""
    plain = fold(word)
    most = 0 if len(plain) < 4 else 1 if len(plain) < 8 else 2
    if not most:
        return None
    counts: dict[str, int] = {}
    for _, segment in collection.segments:
        for known, count in segment.spellings(word[0]).items():
            counts[known] = counts.get(known, 0) + count
    near = (
        (distance, -count, sort_key(known), known)
        for known, count in counts.items()
        if abs(len(known) - len(plain)) <= most
        and (distance := _distance(plain, fold(known), most)) <= most
    )
    best = min(near, default=None)
    return best[3] if best else None


def _distance(a: str, b: str, most: int) -> int:
    """Optimal string alignment; any number above `most` means further."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
