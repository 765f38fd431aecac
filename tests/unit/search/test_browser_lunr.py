"""The script of the page finds what lunr.js 2.3.9 finds: the same documents, on one segment and on
three. How they are ranked is our own (test_ranking.py).

lunr.js says which terms its stock English pipeline makes; the index is built of those, and the
script's English stemmer is replaced by a table of them, so that all of the script but the stemmer
is compared, from the typed query to the documents.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.search.engine.document import FIELDS, Row
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.testing import lunrjs, searching
from solicomm_build.testing.browsersearch import Client, client

_ORACLE = Path(__file__).with_name("lunr_oracle.js")
_ROOTS = "organ strik work pay agree member union water night shift contract safe wage hous fund"
_ENDINGS = ("", "s", "ed", "ing", "er", "ers", "ment", "ation", "able", "ly", "ness", "ize", "y")


@dataclass(frozen=True)
class Part:
    """One part of a query."""

    sign: str
    text: str


def _parts(chance: random.Random, words: list[str]) -> list[Part]:
    found = []
    for _ in range(chance.randint(1, 4)):
        word = chance.choice(words) if chance.random() < 0.9 else "zzz"
        word = word[:4] + "*" if chance.random() < 0.15 and len(word) > 4 else word
        field = f"{chance.choice(FIELDS)}:" if chance.random() < 0.2 else ""
        boost = chance.choice(("", "", "", "^2", "^7"))
        found.append(Part(chance.choice(("", "", "", "+", "-")), f"{field}{word}{boost}"))
    return found


@dataclass(frozen=True)
class Case:
    """What lunr.js said: terms of each document, answers by query, and a client with its stems."""

    terms: list[list[list[str]]]
    answers: dict[str, Any]
    queries: list[list[Part]]
    node: Client


def _lunr_query(parts: list[Part], strict: bool) -> str:
    """What lunr.js is asked: with `strict`, what has no sign is required."""
    return " ".join((part.sign or ("+" if strict else "")) + part.text for part in parts)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("lunr")
    chance = random.Random(76)
    words = sorted(root + end for root in _ROOTS.split() for end in _ENDINGS)
    weights = [1 / (rank + 3) for rank in range(len(words))]
    chance.shuffle(words)

    def text(low: int, high: int) -> str:
        return " ".join(chance.choices(words, weights, k=chance.randint(low, high)))

    documents = [
        {"title": text(0, 6), "author": text(1, 2), "body": text(0, 60)} for _ in range(240)
    ]
    queries = [parts for _ in range(700) if (parts := _parts(chance, words))]
    asked = [_lunr_query(parts, strict) for parts in queries for strict in (True, False)]
    file = folder / "asked.json"
    file.write_text(json.dumps({"documents": documents, "queries": asked, "words": words}))
    done = subprocess.run(
        [lunrjs.node(), _ORACLE, file, lunrjs.lunr()], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    stems = json.dumps({word: made[0] for word, made in said["words"]})
    script = f'solicommStem("en","",m=>()=>{{m.w={stems}[m.w]||m.w}});'
    with client(folder, {"en": script}) as node:
        yield Case(said["terms"], dict(zip(asked, said["answers"], strict=True)), queries, node)


def _publish(case: Case, cuts: tuple[int, ...]) -> str:
    parts = []
    for low, high in zip((0, *cuts), (*cuts, len(case.terms)), strict=True):
        inverted = Inverted()
        for fields in case.terms[low:high]:
            inverted.add_terms(fields)
        inverted.languages["en"] = high - low
        rows = [Row(place="conferences/bar", url=str(n)) for n in range(low, high)]
        parts.append((inverted, rows))
    return case.node.publish(searching.index_files(parts), f"lunr{len(cuts)}")


@pytest.mark.parametrize("cuts", [(), (150, 220)], ids=["one segment", "three segments"])
def test_same_documents_as_lunr_js(case: Case, cuts: tuple[int, ...]) -> None:
    root = _publish(case, cuts)
    compared = with_hits = relaxed = 0
    for parts in case.queries:
        signs = {part.sign for part in parts}
        if signs == {"-"}:
            continue  # lunr.js lists the whole archive; here such a query is refused
        answers = [case.answers[_lunr_query(parts, strict)] for strict in (True, False)]
        expected = answers[1] if "+" in signs else answers[0] or answers[1]
        if any(isinstance(answer, str) for answer in answers):
            assert all("_index" in answer for answer in answers if isinstance(answer, str))
            continue  # the token set of lunr.js lost a term
        asked = _lunr_query(parts, strict=False)
        found = case.node.search(asked, root, rows=1000, hits=0, again=True)
        numbers = [int(row["url"].rpartition("/")[2]) for row in found["rows"]]
        whole = found["whole"] or len(numbers)  # the others have most of the words
        assert set(numbers[:whole]) == {document for document, _ in expected}, parts
        compared += 1
        with_hits += bool(expected)
        relaxed += found["relaxed"]
    assert compared >= 500
    assert with_hits >= 400
    assert relaxed >= 30
