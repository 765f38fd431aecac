"""A large index in tiers: the newest is searched first, older ones when that is asked for, all of
them where the index lies; by the browser's search as by ours."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import pytest

from solicomm_build.features.search.engine import files, tiers
from solicomm_build.features.search.engine.document import Document
from solicomm_build.features.search.engine.finding import Found, Reach, find
from solicomm_build.features.search.engine.reader import OpenIndex, open_index
from solicomm_build.testing import searching
from solicomm_build.testing.browsersearch import Client, client
from solicomm_build.testing.searching import document

WORDS = ("strike", "fund", "meeting", "wages", "night", "shift", "bus", "water")
DAY = 86_400
PLACE = "conferences/bar"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client(tmp_path_factory.mktemp("node")) as running:
        yield running


def _segments(count: int, size: int, seed: int = 1, *, mixed: bool = False) -> list[list[Document]]:
    """Segments of documents, a day each; the first alone has `rarest`. The second is in a place of
    its own; `mixed`: some of the others are there, too."""
    chance, found, number = random.Random(seed), list[list[Document]](), 0
    for at in range(count):
        found.append([])
        for _ in range(size):
            body = " ".join(chance.choices(WORDS, k=chance.randint(2, 12)))
            found[-1].append(
                document(
                    body + " rarest" * (at == 0),
                    chance.choice(WORDS),
                    chance.choice(("Ana", "Ben")),
                    lang=chance.choice(("en", "fr")) if at % 2 else "en",
                    place="conferences/ice" if at == 1 or (mixed and number % 7 == 3) else PLACE,
                    time=number * DAY,
                    url=f"t/{number}/",
                )
            )
            number += 1
    return found


def _asked(index: OpenIndex, text: str, start: int, limit: int = 1000) -> Found:
    return tiers.find_from([index], text, start, lambda some: find(some, text, "en", limit))


def test_only_the_newest_tier_is_searched_first() -> None:
    index = searching.open_files(searching.files_of(*_segments(5, 20), older=(2, 1)))
    found = _asked(index, "strike", 0)
    assert found.reach == Reach(0, 1, 40, 100, 1)
    assert {hit.row.time // DAY for hit in found.hits} <= {*range(60, 100)}


def test_older_ones_are_read_one_after_the_other() -> None:
    index = searching.open_files(searching.files_of(*_segments(5, 20), older=(2, 1)))
    second, third = _asked(index, "strike", 1), _asked(index, "strike", 2)
    assert second.reach == Reach(1, 41, 60, 100, 2)
    assert third.reach == Reach(2, 61, 100, 100, 0)
    assert {hit.row.time // DAY for hit in second.hits} <= {*range(40, 60)}
    assert {hit.row.time // DAY for hit in third.hits} <= {*range(40)}


def test_what_is_nowhere_newer_is_looked_for_until_it_is_found() -> None:
    index = searching.open_files(searching.files_of(*_segments(6, 10), older=(1, 1, 1, 1)))
    assert _asked(index, "rarest", 0).total == 0
    found = _asked(index, "rarest", 1)
    assert found.total == 10
    assert found.reach == Reach(4, 51, 60, 60, 0)


def test_nobody_waits_for_more_than_so_many_tiers_at_once() -> None:
    count = tiers.MOST + 3
    index = searching.open_files(searching.files_of(*_segments(count, 2), older=(1,) * (count - 1)))
    found = _asked(index, "rarest", 1)
    assert found.total == 0
    assert found.reach == Reach(tiers.MOST, 3, 2 * tiers.MOST + 2, 2 * count, tiers.MOST + 1)
    assert _asked(index, "rarest", tiers.MOST + 1).total == 2


def test_tiers_that_the_filters_leave_nothing_of_are_passed_over() -> None:
    made = searching.files_of(*_segments(5, 20), older=(1, 1, 1))
    read: list[str] = []

    def reading(path: str) -> bytes | None:
        read.append(path)
        return made.get(path)

    index = open_index(reading)
    early = _asked(index, "strike before:1970-01-15", 0)
    assert early.reach == Reach(0, 1, 40, 100, 3)  # by their days, which the manifest says
    assert len([path for path in read if path.endswith(tiers.NAME)]) == 0
    placed = _asked(index, "strike in:ice", 0)
    assert placed.reach
    assert placed.reach.number == 2  # by their places: nothing newer has any of it
    assert {hit.row.place for hit in placed.hits} == {"conferences/ice"}


def test_all_tiers_together_find_what_one_index_finds() -> None:
    segments = _segments(5, 20)
    whole = searching.index_of(*segments)
    index = tiers.whole(searching.open_files(searching.files_of(*segments, older=(2, 1))))
    for text in ("strike", "strike fund", "+night -bus", "stri*", "rarest water", "in:ice wages"):
        assert find([index], text, "en", 1000) == find([whole], text, "en", 1000)


def test_an_index_that_is_not_large_says_nothing_of_tiers() -> None:
    index = searching.index_of(*_segments(3, 5))
    assert "older" not in index.manifest
    assert _asked(index, "strike", 7).reach is None
    assert tiers.whole(index) is index


def test_an_index_that_is_not_large_counts_all_however_it_is_divided(node: Client) -> None:
    """And one that is large leaves out the segments of which a filter leaves nothing."""
    text, parts = "strike in:ice", _segments(4, 12)
    some, together = searching.files_of(*parts), searching.files_of([*chain(*parts)])
    whole = find([searching.open_files(together)], text, "en", 1000)
    assert len(whole.hits) > 1
    scores = {hit.row.address: round(hit.score, 9) for hit in whole.hits}
    found = find([searching.open_files(some)], text, "en", 1000)
    assert {hit.row.address: round(hit.score, 9) for hit in found.hits} == scores
    for number, made in enumerate((some, together)):
        told = node.search(text, node.publish(made, f"divided {number}"), hits=1000)
        assert sorted(round(score, 9) for _, score in told["hits"]) == sorted(scores.values())
    large = searching.open_files(searching.files_of(*_segments(5, 12), older=(1,)))
    assert _asked(large, text, 0).hits[0].score != whole.hits[0].score


def test_a_tier_that_is_lost_holds_nothing_and_that_is_said() -> None:
    made = searching.files_of(*_segments(4, 10), older=(1, 1))
    index = searching.open_files({p: d for p, d in made.items() if not p.endswith(tiers.NAME)})
    found = _asked(index, "strike", 1)
    assert (found.total, found.incomplete) == (0, True)
    assert not _asked(searching.open_files(made), "strike", 0).incomplete


QUERIES = (
    "strike",
    "strike fund",
    "+night -bus",
    "stri*",
    "rarest",
    "wages in:ice",
    "in:ice rarest",
    "water lang:fr",
    "fund kind:list",
    "after:1970-01-20 before:1970-02-15 meeting",
    "before:1969 meeting",
    "author:ana shift",
    "",
    "nowhere in:nowhere",
)


@pytest.mark.parametrize("text", QUERIES)
def test_the_browser_searches_tiers_alike(node: Client, text: str) -> None:
    made = searching.files_of(*_segments(7, 12, seed=4, mixed=True), older=(2, 1, 1, 1))
    other = searching.files_of(*_segments(3, 9, seed=5), older=(1, 1))
    roots = [node.publish(made, "mine"), node.publish(other, "theirs")]
    indexes = [searching.open_files(made), searching.open_files(other)]
    for start in range(7):
        mine = tiers.find_from(indexes, text, start, lambda some: find(some, text, "en", 1000))
        told = node.search(text, *roots, older=start, hits=1000)
        assert told["total"] == mine.total
        assert told["whole"] == (mine.whole if mine.total else 0)
        assert [round(score, 9) for _, score in told["hits"]] == [
            round(hit.score, 9) for hit in mine.hits
        ]
        reach = mine.reach
        assert reach
        assert told["reach"] == {
            "first": reach.first,
            "last": reach.last,
            "total": reach.total,
            "onward": reach.onward,
        }


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (b'"days":[', b'"days":5,"x":['),
        (b'"older":[', b'"older":7,"x":['),
        (b'"older":[{"id":"', b'"older":[{"id":"../'),
        (b'"older":[', b'"older":[' + b'{"id":"0123456789abcdef","documents":1},' * 2000),
        (b'"tongues":[', b'"tongues":3,"x":['),
    ],
)
def test_tiers_of_another_hub_that_cannot_be_are_left_out(
    node: Client, where: bytes, said: bytes
) -> None:
    """And ours are searched as if it had said nothing."""
    ours = searching.files_of(*_segments(3, 5), older=(1,))
    theirs = searching.files_of(*_segments(3, 5, seed=2), older=(1,))
    assert where in theirs["manifest.js"]
    theirs["manifest.js"] = theirs["manifest.js"].replace(where, said)
    root, other = node.publish(ours, "ours"), node.publish(theirs, "hostile")
    told = node.search("strike lang:en", root, other, older=1)
    assert told["absent"] == [other]
    assert told["hits"] == node.search("strike lang:en", root, older=1)["hits"]


def test_a_tier_of_another_hub_that_cannot_be_holds_nothing(node: Client) -> None:
    ours = searching.files_of(*_segments(3, 5), older=(1,))
    theirs = searching.files_of(*_segments(3, 5, seed=2), older=(1,))
    (path,) = (path for path in theirs if path.endswith(tiers.NAME))
    root = node.publish(ours, "ours too")
    alone = node.search("strike", root, older=1)["hits"]
    said = ("[]", "{}", '{"segments":7}', "{", '{"documents":1,"lengths":[1,1,1],"segments":[]}')
    real = files.unwrap_binary(theirs[path]).decode()
    more = real.replace('"documents":5', '"documents":999999', 1)  # than the manifest says
    assert more != real
    for number, text in enumerate((*said, more)):
        theirs[path] = files.wrap_binary(path, text.encode())
        other = node.publish(theirs, f"hostile {number}")
        told = node.search("strike", root, other, older=1)
        assert told["hits"] == alone
        assert told["partial"]


GOLDEN = Path(__file__).parents[2] / "data" / "search" / "tiers.json"


def test_the_golden_tiers_are_read_and_written_alike(node: Client) -> None:
    """What is in tests/data stays readable, and is what we write."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    made = {path: text.encode() for path, text in golden["files"].items()}
    written = searching.files_of(*_segments(4, 3, mixed=True), older=(2, 1))
    assert _unpacked(written) == _unpacked(made)
    root = node.publish(made, "golden")
    index = searching.open_files(made)
    for asked in golden["asked"]:
        found = _asked(index, asked["query"], asked["older"])
        assert found.reach
        assert asdict(found.reach) == asked["reach"]
        assert [hit.row.address for hit in found.hits] == asked["addresses"]
        assert [round(hit.score, 9) for hit in found.hits] == asked["scores"]
        told = node.search(asked["query"], root, older=asked["older"])
        assert [round(score, 9) for _, score in told["hits"]] == asked["scores"]
        assert told["reach"].items() <= asked["reach"].items()


def _unpacked(made: Mapping[str, bytes]) -> dict[str, object]:
    """What the files say; compressed octets may differ from one zlib to the next."""
    found: dict[str, object] = {}
    for path, data in made.items():
        value = files.unwrap(data)
        found[path] = files.unwrap_binary(data) if isinstance(value, str) else value
    return found
