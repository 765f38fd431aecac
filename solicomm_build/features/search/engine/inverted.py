"""From documents to postings: the index of one segment in memory, before it is cut into files."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from solicomm_build.features.search.engine.analyser import (
    MAX_BODY,
    MAX_LINE,
    Analyser,
    normalise,
    pieces,
    words,
)
from solicomm_build.features.search.engine.document import FIELDS, Document
from solicomm_build.features.search.engine.shard import Entry, Posting, sort_key

MIN_WORD, MAX_WORD = 4, 24
"""Letters of a word that "did you mean" may offer."""

_NONE = Posting((), (), ())
_TF_BITS = 24
"""A posting is one number: the document's local id, and below it how often a term occurs there,
which is less than `MAX_BODY`."""
_TF = (1 << _TF_BITS) - 1


def _column() -> array[int]:
    return array("Q")


class Inverted:
    """Postings of documents that are added in the order of their local ids, from `first` on."""

    def __init__(self, fields: int = len(FIELDS), *, first: int = 0) -> None:
        self._fields = fields
        self._first = first
        self._postings: list[defaultdict[str, array[int]]] = [
            defaultdict(_column) for _ in range(fields)
        ]
        self._analysers: dict[str, Analyser] = {}
        self.documents = 0
        self.lengths = [0] * fields
        self.field_lengths: list[array[int]] = [array("I") for _ in range(fields)]
        self.languages: Counter[str] = Counter()
        self.live: list[bool] = []
        self.words: Counter[str] = Counter()

    def add(self, document: Document | None, *, with_words: bool = True) -> None:
        """Takes the next document in; None keeps its number for one that is gone."""
        if document is None:
            self.add_terms([()] * self._fields, live=False)
            return
        analyser = self._analysers.setdefault(document.latin, Analyser(document.latin))
        body = words(normalise(document.body[:MAX_BODY]))
        title = words(normalise(document.row.title[:MAX_LINE]))
        author = words(normalise(document.row.author[:MAX_LINE]))
        self.languages[document.latin] += 1
        self._take([analyser.counted(found) for found in (title, author, body)], live=True)
        if with_words:
            self.words.update({*body, *title})

    def add_terms(self, fields: Sequence[Sequence[str]], *, live: bool = True) -> None:
        """Takes the next document's terms in. An empty term counts for the field's length and is
        not indexed, as in lunr.js."""
        self._take([Counter(terms) for terms in fields], live=live)

    def _take(self, fields: Sequence[Mapping[str, int]], *, live: bool) -> None:
        local = self._first + self.documents
        self.documents += 1
        self.live.append(live)
        for number, terms in enumerate(fields):
            length = sum(terms.values())
            self.lengths[number] += length
            self.field_lengths[number].append(length)
            known, document = self._postings[number], local << _TF_BITS
            for term, tf in terms.items():
                known[term].append(document | tf)
            known.pop("", None)

    def absorb(self, later: Inverted) -> None:
        """Takes in what was made apart of the documents that come next: its `first` is the number
        of those here, when this one begins at 0. The result is as if all had been added here."""
        for known, more in zip(self._postings, later._postings, strict=True):
            for term, postings in more.items():
                if term in known:
                    known[term].extend(postings)
                else:
                    known[term] = postings
        for lengths, of_field in zip(self.field_lengths, later.field_lengths, strict=True):
            lengths.extend(of_field)
        self.lengths = [a + b for a, b in zip(self.lengths, later.lengths, strict=True)]
        self.documents += later.documents
        self.live += later.live
        self.languages.update(later.languages)
        self.words.update(later.words)

    def __getstate__(self) -> dict[str, Any]:
        """For another process: all but what is remembered of words, with the postings of all terms
        in one array, since an array of its own takes longer to send than what most terms have."""
        return {**self.__dict__, "_analysers": {}, "_postings": [*map(_sent, self._postings)]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _postings=[*map(_received, state["_postings"])])

    def by_length(self) -> list[int]:
        """The documents in the order of their bodies' length, then as they were added. With local
        ids in this order the lengths in a posting list rise slowly, which takes a third off an
        index."""
        body = self.field_lengths[-1]
        return sorted(range(self.documents), key=lambda local: (body[local], local))

    def sizes(self) -> Iterator[tuple[str, int]]:
        """All terms in order, with how many postings they have in all fields together."""
        for term in sorted(set().union(*self._postings), key=sort_key):
            found = [known[term] for known in self._postings if term in known]
            yield term, sum(map(len, found))

    def entries(self, terms: Iterable[str], order: Sequence[int] | None = None) -> Iterator[Entry]:
        """Terms with their postings, of documents from 0 on; with `order`, its n-th document has
        the id n."""
        ranks: Sequence[int] = range(self.documents)
        if order is not None:
            ranks = [0] * self.documents
            for new, old in enumerate(order):
                ranks[old] = new
        fields = [
            (known, [lengths[old] for old in order] if order else lengths)
            for known, lengths in zip(self._postings, self.field_lengths, strict=True)
        ]
        for term in terms:
            yield (
                term,
                tuple(
                    _posting(known[term], ranks, lengths) if term in known else _NONE
                    for known, lengths in fields
                ),
            )

    def spellings(self, least: int = 2, most: int = 2000) -> dict[str, list[tuple[str, int]]]:
        """By first letter, the words that several documents have, with how many."""
        letters: dict[str, list[tuple[str, int]]] = {}
        for word, count in self.words.items():
            if count < least or not MIN_WORD <= len(word) <= MAX_WORD or not word.isalpha():
                continue
            if word.isascii() or not any(cjk for _, cjk in pieces(word)):
                letters.setdefault(word[0], []).append((word, count))
        for letter, found in letters.items():
            found.sort(key=lambda item: (-item[1], sort_key(item[0])))
            letters[letter] = sorted(found[:most], key=lambda item: sort_key(item[0]))
        return dict(sorted(letters.items(), key=lambda item: sort_key(item[0])))


def _sent(known: Mapping[str, array[int]]) -> tuple[list[str], array[int], array[int]]:
    """The terms, how many postings each has, and those of all."""
    postings = _column()
    for one in known.values():
        postings.extend(one)
    return [*known], array("I", map(len, known.values())), postings


def _received(
    sent: tuple[list[str], array[int], array[int]],
) -> defaultdict[str, array[int]]:
    """What `_sent` was given."""
    terms, counts, postings = sent
    ends = [*accumulate(counts)]
    parts = map(postings.__getitem__, map(slice, [0, *ends], ends))
    return defaultdict(_column, zip(terms, parts, strict=True))


def _posting(found: array[int], ranks: Sequence[int], lengths: Sequence[int]) -> Posting:
    """What a term has in one field: documents by rank; `lengths` are the field's, by rank."""
    rows = [ranks[one >> _TF_BITS] << _TF_BITS | one & _TF for one in found]
    rows.sort()
    documents = [row >> _TF_BITS for row in rows]
    return Posting(documents, [row & _TF for row in rows], [lengths[at] for at in documents])
