"""Ranking: BM25F over all segments of all indexes (docs/formats/search.md, section 9).

A word's occurrences in title, author and text are added, each with its field's boost and by the
field's length, before they are worth less and less: a word in the title and in the text is not
counted as two words (Robertson, Zaragoza and Taylor 2004, "Simple BM25 extension to multiple
weighted fields"). What a query finds is the same as with one index of all documents.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from solicomm_build.features.search.engine.analyser import (
    bigrams,
    fold,
    is_stop_word,
    language_of,
    stem,
)
from solicomm_build.features.search.engine.narrowed import has_tiers, is_left, kinds_of
from solicomm_build.features.search.engine.query import Clause, Piece, Presence, Query
from solicomm_build.features.search.engine.reader import OpenIndex, Segment
from solicomm_build.features.search.engine.respelling import respelled
from solicomm_build.features.search.engine.shard import Entry

RARE = 200
"""A language of fewer than one document in so many is looked up for its own readers only."""

Occurrence = tuple[int, int, int]
"""A document (numbered over all segments), how often, and the field's length there."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something that is weighed as one term: the terms in it, its live occurrences by field."""

    terms: frozenset[str]
    fields: tuple[Sequence[Occurrence], ...]

    @property
    def df(self) -> int:
        """Documents that have it."""
        return len(self.documents(range(len(self.fields))))

    def documents(self, fields: Iterable[int]) -> set[int]:
        """Documents that have it in one of these fields."""
        return {occurrence[0] for f in fields for occurrence in self.fields[f]}


@dataclass(frozen=True, slots=True)
class Asked:
    """A clause with what the indexes have of it: for each token its dimensions."""

    clause: Clause
    presence: Presence
    tokens: tuple[tuple[Dimension, ...], ...]
    missing: tuple[str, ...]  # pieces that no document has

    def all_of(self) -> set[int]:
        """Documents that have every token."""
        found = [self._token(token) for token in self.tokens]
        return set.intersection(*found) if found else set()

    def _token(self, token: Sequence[Dimension]) -> set[int]:
        return set().union(*(d.documents(self.clause.fields) for d in token))


@dataclass
class Collection:
    """All segments of all indexes as one set of documents."""

    indexes: Sequence[OpenIndex]
    segments: list[tuple[int, Segment]] = field(default_factory=list)  # first number, segment
    _tiered: set[int] = field(default_factory=set)  # first numbers of those of a large index

    def __post_init__(self) -> None:
        first = 0
        for index in reversed(self.indexes):  # later numbers win ties, and the own hub is first
            for segment in index.segments:
                self.segments.append((first, segment))
                if has_tiers(index):
                    self._tiered.add(first)
                first += segment.documents
        self.total = sum(index.manifest["documents"] for index in self.indexes)
        sums = [
            sum(column)
            for column in zip(*(i.manifest["lengths"] for i in self.indexes), strict=True)
        ]
        self.averages = [total / self.total if self.total else 0.0 for total in sums]
        manifest = self.indexes[0].manifest
        self.k1, self.b = manifest["k1"], manifest["b"]
        self.boosts: Sequence[float] = manifest["boosts"]
        counts: dict[str, int] = defaultdict(int)
        for index in self.indexes:
            for lang, count in index.manifest["languages"].items():
                counts[lang] += count
        self._counts, self._all = counts, self.total

    def narrow(self, query: Query) -> None:
        """Leaves out the segments of a large index of which the filters leave nothing: they are not
        read, and their documents do not count. Those of others do, however they were divided."""
        kinds = self.kinds()
        kept = [
            (first, one)
            for first, one in self.segments
            if first not in self._tiered or is_left(one.entry, query, kinds)
        ]
        if len(kept) < len(self.segments):
            self.segments = kept
            self.total = sum(one.documents - len(one.dead) for _, one in kept)

    def languages(self, own: str) -> list[str]:
        """The languages a word is looked up in, for a reader whose language is `own`."""
        common = (lang for lang, n in self._counts.items() if n * RARE >= self._all)
        return sorted({*common, *({own, ""} & self._counts.keys())})

    def kinds(self) -> dict[str, str]:
        """The kind of each place; where indexes differ, the first one is right."""
        return kinds_of(self.indexes)

    def place(self, document: int) -> tuple[Segment, int]:
        """The segment and the local id of a document."""
        for first, segment in reversed(self.segments):
            if document >= first:
                return segment, document - first
        raise IndexError(document)

    def dimension(self, terms: Sequence[str]) -> Dimension | None:
        """These terms as one; None when no live document has any."""
        entries = [
            (first, segment, entry)
            for first, segment in self.segments
            for term in terms
            if (entry := segment.term(term)) is not None
        ]
        return self._joined(entries)

    def prefix(self, start: str) -> Dimension | None:
        """All terms that begin so, as one; None when no live document has any."""
        entries = [
            (first, segment, entry)
            for first, segment in self.segments
            for entry in segment.prefix(start)
        ]
        return self._joined(entries)

    def _joined(self, entries: Sequence[tuple[int, Segment, Entry]]) -> Dimension | None:
        fields = []
        for f in range(len(self.boosts)):
            seen: dict[int, tuple[int, int]] = {}
            for first, segment, (_, postings) in entries:
                dead, posting = segment.dead, postings[f]
                for local, tf, length in zip(
                    posting.documents, posting.tf, posting.lengths, strict=True
                ):
                    if local not in dead:
                        before = seen.get(first + local, (0, 0))[0]
                        seen[first + local] = (before + tf, length)
            fields.append([(document, *value) for document, value in seen.items()])
        made = Dimension(frozenset(term for _, _, (term, _) in entries), tuple(fields))
        return made if made.df else None


def ask(collection: Collection, query: Query, latin_language: str) -> list[Asked]:
    """The clauses of a query that have a token left, with what the indexes have of them."""
    asked = []
    languages = collection.languages(latin_language)
    signed = any(clause.presence is Presence.REQUIRED for clause in query.clauses)
    for clause in query.clauses:
        tokens: list[tuple[Dimension, ...]] = []
        missing: list[str] = []
        weak = False
        for piece in clause.pieces:
            for words, optional in _tokens(piece, latin_language, languages):
                weak |= optional
                tokens.append(tuple(_dimensions(collection, piece, words)))
                if not tokens[-1] and not piece.prefix:
                    missing.append(piece.text)
        if not tokens:
            continue
        presence = clause.presence
        if presence is Presence.DEFAULT and not signed and not weak:
            presence = Presence.REQUIRED
        asked.append(Asked(clause, presence, tuple(tokens), tuple(dict.fromkeys(missing))))
    return asked


def _tokens(
    piece: Piece, latin_language: str, languages: Sequence[str]
) -> Iterable[tuple[tuple[str, ...], bool]]:
    """(variants, whether it is only a stop word elsewhere) for each token of a piece."""
    if piece.cjk:
        for term in bigrams(piece.text):
            yield (term,), False
        return
    script = language_of(piece.text, "")
    if script:
        if piece.prefix or not is_stop_word(piece.text, script):
            yield tuple(sorted(_spelled(piece.text, script))), False
        return
    if not piece.prefix and is_stop_word(piece.text, latin_language):
        return
    stopped = [lang for lang in languages if is_stop_word(piece.text, lang)]
    asked = [lang for lang in languages if lang not in stopped]
    variants = {term for lang in asked for term in _spelled(piece.text, lang)}
    if variants or piece.prefix:
        yield tuple(sorted(variants)), bool(stopped) and not piece.prefix


def _spelled(text: str, lang: str) -> set[str]:
    """The terms that a piece may be indexed as in a language."""
    return {stem(word, lang) for word in (text, *respelled(text, lang))}


def _dimensions(
    collection: Collection, piece: Piece, variants: Sequence[str]
) -> Iterable[Dimension]:
    if piece.prefix:
        begun = collection.prefix(fold(piece.text))
        if begun is not None:
            yield begun
            return
    whole = collection.dimension(variants)
    if whole is not None:
        yield whole


def scores(
    collection: Collection, asked: Sequence[Asked], allowed: set[int] | None
) -> dict[int, float]:
    """The score of every document that has something of the clauses that are not prohibited;
    `allowed` None means all."""
    found: dict[int, float] = defaultdict(float)
    for clause in asked:
        if clause.presence in {Presence.PROHIBITED, Presence.FILTER}:
            continue
        for dimension in (d for token in clause.tokens for d in token):
            worth = clause.clause.boost * _rarity(collection, dimension.df)
            occurring = _occurring(collection, dimension, clause.clause.fields)
            for document, weight in occurring.items():
                if allowed is None or document in allowed:
                    k1 = collection.k1
                    found[document] += worth * (k1 + 1) * weight / (k1 + weight)
    return found


def _rarity(collection: Collection, df: int) -> float:
    """How much it says that a document has something that `df` documents have."""
    return math.log(1 + abs((collection.total - df + 0.5) / (df + 0.5)))


def _occurring(
    collection: Collection, dimension: Dimension, fields: Iterable[int]
) -> dict[int, float]:
    """How much of it each document has in these fields, by boost and length."""
    found: dict[int, float] = defaultdict(float)
    b = collection.b
    for f in fields:
        boost, average = collection.boosts[f], collection.averages[f]
        for document, tf, length in dimension.fields[f]:
            found[document] += boost * tf / (1 - b + b * (length / average))
    return found
