"""Segments that are asked together: what a browser finds in their joined files is what it finds in
those of each, in few requests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from solicomm_build.features.search.engine import files, joined, shard
from solicomm_build.features.search.engine.document import FIELDS, Document
from solicomm_build.foundation.errors import ContentError
from solicomm_build.testing import searching
from solicomm_build.testing.browsersearch import Client, client
from solicomm_build.testing.searching import document

WORDS = (
    "strike",
    "fund",
    "meeting",
    "wages",
    "night",
    "shift",
    "réunion",
    "водоканал",
    "賃金",
    "🚋bus",
)
SAID = ("hits", "total", "whole", "rows", "relaxed", "partial", "suggestion", "problem", "reach")
QUERIES = (
    "strike",
    "strike fund",
    "+night -wages",
    "stri*",
    "word1*",
    "賃",
    "賃金 водоканал",
    "reunion in:ice",
    "author:ana shift",
    "lang:fr meeting",
    "after:1970-01-20 before:1970-02-15 night",
    "straike",
    "word7 word8",
    "nowhere",
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client(tmp_path_factory.mktemp("node")) as running:
        yield running


def _segments(*sizes: int) -> list[list[Document]]:
    chance, found, number = random.Random(7), list[list[Document]](), 0
    more = [f"word{n}" for n in range(400)]
    for size in sizes:
        found.append([])
        for _ in range(size):
            number += 1
            words = [*chance.choices(WORDS, k=3), *chance.choices(more, k=chance.randint(2, 30))]
            place = chance.choice(("conferences/bar", "conferences/ice"))
            found[-1].append(
                document(
                    " ".join(words),
                    " ".join(words[:2]) * chance.choice((1, 1, 1, 9)),
                    chance.choice(("Ana", "Ben")),
                    lang=chance.choice(("en", "fr")),
                    place=place,
                    time=number * 86_400,
                    url=f"t/{number}/",
                )
            )
    return found


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    shown = {name: told[name] for name in SAID}
    for row in shown["rows"]:
        row["url"] = row["url"].rpartition("/t/")[2]  # below the hub's own address
    return shown


@pytest.mark.parametrize("text", QUERIES)
def test_what_is_joined_finds_what_each_segment_finds(node: Client, text: str) -> None:
    made = searching.files_of(*_segments(60, 50, 20, 7))
    apart = node.publish(made, "apart")
    together = node.publish(searching.joined_files(made, 2, 2), "together")
    wanted = _shown(node.search(text, apart))
    told = node.search(text, together)
    assert _shown(told) == wanted
    assert len(told["requests"]) <= 12
    assert any("x.bin" in one for one in told["requests"]) or not told["total"]
    assert _shown(node.search(text, together, rangeless=True)) == wanted


def test_a_question_takes_three_waves_of_a_request_for_each_file(node: Client) -> None:
    made = searching.joined_files(searching.files_of(*_segments(60, 50, 20, 7)), 2, 2)
    told = node.search("strike fund", node.publish(made, "waves"))
    kinds = [one.split(" ")[0].rsplit("/", 1)[1] for one in told["requests"]]
    assert kinds[:3] == ["manifest.js", "x.bin", "x.bin"]
    assert 1 <= kinds[3:].count("r.bin") <= 2
    assert set(kinds[3:]) == {"r.bin"} or not any(len(r["title"]) < 60 for r in told["rows"])


def test_dead_documents_and_a_large_index_are_as_ever(node: Client) -> None:
    parts = _segments(30, 30, 20, 7)
    made = searching.files_of(*parts, older=(1,))
    apart = node.publish(made, "large apart")
    together = node.publish(searching.joined_files(made, 2, 1), "large together")
    for text in QUERIES:
        for older in (0, 1):
            wanted = _shown(node.search(text, apart, older=older))
            assert _shown(node.search(text, together, older=older)) == wanted


def test_what_is_joined_of_another_hub_is_not_read(node: Client) -> None:
    made = searching.files_of(*_segments(20, 10))
    ours = node.publish(made, "ours")
    theirs = node.publish(searching.joined_files(made, 2), "theirs")
    told = node.search("strike", ours, theirs)
    assert not any(".bin" in one for one in told["requests"])


def test_what_is_joined_and_missing_is_read_apart(node: Client) -> None:
    made = searching.files_of(*_segments(60, 50))
    lost = searching.joined_files(made, 2)
    wanted = _shown(node.search("strike fund", node.publish(made, "there")))
    for name in (joined.TERMS, joined.ROWS):
        some = {path: data for path, data in lost.items() if not path.endswith(name)}
        told = node.search("strike fund", node.publish(some, f"lost {name}"))
        assert _shown(told) == wanted


@pytest.fixture
def halved(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large is cut in two halves; these are so small."""
    monkeypatch.setattr(joined, "_HALVED", 20)


@pytest.mark.parametrize("sizes", [(60, 50, 20), (25,), (7, 3)])
def test_halves_have_the_terms_of_all(sizes: tuple[int, ...], monkeypatch: Any) -> None:
    made = searching.files_of(*_segments(*sizes))
    segments = files.unwrap(made["manifest.js"])["segments"]
    all_terms = _terms(joined.terms(made.get, segments))
    monkeypatch.setattr(joined, "_HALVED", 20)
    parts = joined.parts(made.get, segments)
    assert len(parts) == (2 if sum(sizes) >= 20 else 1)
    shards = [part() for part in parts]
    assert all(shards), "none is empty"
    halves = joined.whole(made.get, segments, shards)
    assert _terms(halves) == all_terms
    assert halves.bounds == sorted(halves.bounds, key=shard.sort_key)
    assert len(halves.sizes) == len(halves.bounds) + 1


def _terms(of: joined.Terms) -> list[shard.Packed]:
    unpacked = (shard.unpack(piece, len(FIELDS)) for piece in searching.pieces(of.octets)[1:])
    return [packed for of_shard in unpacked for packed in of_shard]


@pytest.mark.usefixtures("halved")
@pytest.mark.parametrize("text", QUERIES)
def test_halves_find_what_each_segment_finds(node: Client, text: str) -> None:
    made = searching.files_of(*_segments(60, 50, 20, 7))
    apart = node.publish(made, "apart")
    together = node.publish(searching.joined_files(made, 2, 2), "halves")
    assert _shown(node.search(text, together)) == _shown(node.search(text, apart))


def test_a_segment_that_is_damaged_is_not_joined() -> None:
    made = searching.files_of(*_segments(9))
    (path,) = (path for path in made if path.endswith("/l.js"))
    with pytest.raises(ContentError, match="missing"):
        searching.joined_files({p: d for p, d in made.items() if p != path}, 1)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\r\n--0\r\nContent-Range: bytes 100-0/900\r\n\r\nno octets\r\n--0--\r\n",
        "\r\n--0\r\nContent-Range: bytes 0-99999999999/9\r\n\r\ntoo few\r\n--0--\r\n",
        "\r\n--0\r\nContent-Range: bytes 0-3/900\r\n\r\nfour\r\n--0\r\nContent-Range: bytes",
    ],
)
def test_an_answer_that_holds_no_such_ranges_is_given_up(node: Client, answer: str) -> None:
    made = searching.files_of(*_segments(60, 50))
    wanted = _shown(node.search("strike fund", node.publish(made, "there")))
    together = node.publish(searching.joined_files(made, 2), "together")
    assert _shown(node.search("strike fund", together, rangeless=answer)) == wanted
