"""What is found is what lunr.js 2.3.9 finds: the same documents, on one segment and three. How they
are ranked is our own (test_ranking.py).

lunr.js analyses English with its stock pipeline; the terms it made are what our index is built of,
so that nothing but the matching is compared.
"""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.search.engine import finding
from solicomm_build.features.search.engine.document import FIELDS, Row
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.features.search.engine.query import Clause, Piece, Presence, Query, parse
from solicomm_build.features.search.engine.scorer import Asked, Collection
from solicomm_build.testing import lunrjs, searching

_SYLLABLES = ("ka", "lo", "min", "ter", "sha", "pro", "dus", "ing", "ed", "ness", "ra", "ve")
_STOP = ("the", "and", "of", "to", "in", "is", "which", "it")


@dataclass(frozen=True)
class Part:
    """One part of a query, and the word in it."""

    word: str
    sign: str = ""
    field: str = ""
    star: bool = False
    boost: int = 1

    def __str__(self) -> str:
        field = f"{self.field}:" if self.field else ""
        boost = f"^{self.boost}" if self.boost > 1 else ""
        return f"{self.sign}{field}{self.word}{'*' if self.star else ''}{boost}"


def _vocabulary(chance: random.Random) -> list[str]:
    words = {"".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(900)}
    return sorted(words)


def _documents(chance: random.Random, words: list[str]) -> list[dict[str, str]]:
    weights = [1 / (rank + 2) for rank in range(len(words))]

    def text(low: int, high: int) -> str:
        picked = chance.choices(words, weights, k=chance.randint(low, high))
        mixed = [w if chance.random() < 0.7 else chance.choice(_STOP) for w in picked]
        return " ".join(w + chance.choice(("", "", "", ",", ".", " --", " ...")) for w in mixed)

    return [{"title": text(0, 6), "author": text(1, 2), "body": text(0, 80)} for _ in range(260)]


def _queries(chance: random.Random, words: list[str]) -> list[tuple[Part, ...]]:
    def part(sign: str = "") -> Part:
        word = chance.choice(words[:300]) if chance.random() < 0.9 else "zzz"
        star = chance.random() < 0.15 and len(word) > 3
        return Part(
            word[:-1] if star else word,
            sign or chance.choice(("", "", "", "+", "-")),
            chance.choice(FIELDS) if chance.random() < 0.2 else "",
            star,
            chance.choice((1, 1, 1, 2, 7)),
        )

    return [
        (part(chance.choice(("", "+"))), *(part() for _ in range(chance.randint(0, 3))))
        for _ in range(620)
    ]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[tuple[Part, ...]]]:
    script = lunrjs.lunr()
    chance = random.Random(239)
    words = _vocabulary(chance)
    queries = _queries(chance, words)
    file = tmp_path_factory.mktemp("oracle") / "asked.json"
    asked = {
        "documents": _documents(chance, words),
        "queries": [" ".join(map(str, query)) for query in queries],
        "words": [part.word for query in queries for part in query],
    }
    file.write_text(json.dumps(asked))
    oracle = Path(__file__).with_name("lunr_oracle.js")
    done = subprocess.run(
        [lunrjs.node(), oracle, file, script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout), queries


def _collection(terms: list[list[list[str]]], cuts: tuple[int, ...]) -> Collection:
    parts = []
    for low, high in zip((0, *cuts), (*cuts, len(terms)), strict=True):
        inverted = Inverted()
        for fields in terms[low:high]:
            inverted.add_terms(fields)
        rows = [Row(place="conferences/bar", url=str(number)) for number in range(low, high)]
        parts.append((inverted, rows))
    return Collection([searching.open_files(searching.index_files(parts))])


def _asked(collection: Collection, parts: tuple[Part, ...], stems: dict[str, str]) -> list[Asked]:
    found = []
    for part in parts:
        fields = (FIELDS.index(part.field),) if part.field else (0, 1, 2)
        clause = Clause(
            (Piece(part.word, prefix=part.star),), Presence(part.sign), fields, part.boost
        )
        if part.star:
            whole = collection.prefix(part.word)
        else:
            whole = collection.dimension((stems[part.word],))
        dimensions = [whole] if whole else []
        found.append(Asked(clause, clause.presence, (tuple(dimensions),), ()))
    return found


@pytest.mark.parametrize("cuts", [(), (180, 230)], ids=["one segment", "three segments"])
def test_same_documents_as_lunr_js(case: Any, cuts: tuple[int, ...]) -> None:
    said, queries = case
    stems = {word: terms[0] for word, terms in said["words"]}
    collection = _collection(said["terms"], cuts)
    numbers = [
        int(segment.row(local).url)
        for _, segment in collection.segments
        for local in range(segment.documents)
    ]
    compared = with_hits = 0
    for parts, answer in zip(queries, said["answers"], strict=True):
        if all(part.sign == "-" for part in parts):
            continue  # lunr.js lists the whole archive; here such a query is refused
        if isinstance(answer, str):
            assert "_index" in answer, answer  # the token set of lunr.js lost a term
            continue
        ranked, _ = finding.rank(collection, Query(()), _asked(collection, parts, stems))
        mine = {numbers[document] for document, _ in ranked}
        assert mine == {document for document, _ in answer}, " ".join(map(str, parts))
        assert [s for _, s in ranked] == sorted((s for _, s in ranked), reverse=True)
        compared += 1
        with_hits += bool(mine)
    assert compared >= 500
    assert with_hits >= 350


def test_the_query_language_reads_what_lunr_js_reads(case: Any) -> None:
    _, queries = case
    for parts in queries:
        read = parse(" ".join(map(str, parts))).clauses
        assert [clause.presence.value for clause in read] == [part.sign for part in parts]
        assert [clause.boost for clause in read] == [part.boost for part in parts]
        assert [c.pieces[0].text for c in read] == [p.word.lower() for p in parts]
        assert [c.pieces[0].prefix for c in read] == [p.star for p in parts]
