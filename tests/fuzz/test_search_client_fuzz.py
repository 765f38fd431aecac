"""The search in the browser, fed with damaged and hostile indexes: an answer, or that it is broken.

Run in node, as tests/js/search.mjs has it. Nothing may end the script, hang it, or bring an address
or a text into it that is none; the kept inputs are queries, and files of an index are torn here.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.testing import searching
from solicomm_build.testing.browsersearch import Client, client
from solicomm_build.testing.budget import examples
from tests.fuzz import kept

PATIENCE = 60.0
INDEX = searching.files_of(
    [searching.document(f"water strike number {n} among dockers", "Water") for n in range(40)],
    [searching.document("older words about heat", "Heat"), None],
)
NAMES = sorted(INDEX)
NUMBERS = st.sampled_from([0, 1, 127, 128, 2**14, 2**31, 2**53, 2**60])


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture(scope="module")
def good(node: Client) -> str:
    return node.publish(INDEX, "good")


def ask(node: Client, **request: Any) -> Any:
    """One request; the script is ended, and the test with it, when it does not answer."""
    watch = threading.Timer(PATIENCE, node._process.kill)
    watch.start()
    try:
        return node.ask(**request)
    finally:
        watch.cancel()


def search(node: Client, files: dict[str, bytes], good: str, text: str = "water dockers") -> None:
    """A search over a damaged index and a good one: the good one's documents are found."""
    root = node.publish(files, "damaged")
    for word in (text, "wat*", "heat"):
        alone = ask(node, search=word, lang="en", roots=[root], rows=5)
        assert isinstance(alone, dict)
        for row in alone.get("rows") or []:
            assert row is None or isinstance(row, dict)
    both = ask(node, search="water dockers", lang="en", roots=[good, root], rows=5)
    assert both["total"] >= 40


def unpacked(data: bytes) -> bytes | None:
    """The octets in a file of the index; None for one that is not packed."""
    text = data.decode()
    value = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    with contextlib.suppress(ValueError, TypeError, OSError):
        return gzip.decompress(base64.b64decode(value, validate=True))
    return None


def packed(path: str, octets: bytes) -> bytes:
    """A file of the index that holds these octets, well-formed outside."""
    value = base64.b64encode(gzip.compress(octets)).decode()
    return f"solicommSearch({json.dumps(path)},{json.dumps(value)})".encode()


BINARY = [name for name in NAMES if unpacked(INDEX[name]) is not None]


def numbers(values: list[int]) -> bytes:
    """Unsigned LEB128."""
    found = bytearray()
    for value in values:
        left = value
        while left > 127:
            found.append(left & 127 | 128)
            left >>= 7
        found.append(left)
    return bytes(found)


def test_a_sound_index_is_searched(node: Client, good: str) -> None:
    assert BINARY
    assert ask(node, search="water", lang="en", roots=[good], rows=5)["total"] == 40
    search(node, dict(INDEX), good)


@settings(max_examples=examples(25))
@given(st.sampled_from(NAMES), st.integers(0, 2**16), st.binary(max_size=6), st.integers(0, 40))
def test_damaged_files(
    node: Client, good: str, name: str, place: int, octets: bytes, cut: int
) -> None:
    data = INDEX[name]
    at = place % (len(data) + 1)
    search(node, INDEX | {name: data[:at] + octets + data[at + cut :]}, good)


@settings(max_examples=examples(40))
@given(st.sampled_from(BINARY), st.integers(0, 2**16), st.binary(max_size=4), st.integers(0, 8))
def test_damaged_shards(
    node: Client, good: str, name: str, place: int, octets: bytes, cut: int
) -> None:
    data = unpacked(INDEX[name]) or b""
    at = place % (len(data) + 1)
    search(node, INDEX | {name: packed(name, data[:at] + octets + data[at + cut :])}, good)


@settings(max_examples=examples(25))
@given(st.sampled_from(BINARY), st.lists(NUMBERS, max_size=30))
def test_shards_of_wild_numbers(node: Client, good: str, name: str, values: list[int]) -> None:
    search(node, INDEX | {name: packed(name, numbers(values))}, good)


def test_terms_that_share_a_long_beginning_take_no_memory(node: Client, good: str) -> None:
    """Each is as long as the first, which they all begin with."""
    count, long = 20_000, 18_000
    octets = numbers([count, 0] + [long] * (count - 1) + [long] + [0] * (count - 1))
    name = next(name for name in BINARY if name.rpartition("/")[2] == "0.js")
    shard = packed(name, octets + b"w" * long + numbers([0] * (3 * count)))
    search(node, INDEX | {name: shard}, good)
    status = Path(f"/proc/{node._process.pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 400 * 1024


def test_numbers_that_are_none_move_no_other_result(node: Client, good: str) -> None:
    """Documents of another hub have a word 2^1407 times."""
    endless = b"\xff" * 200 + b"\x7f"
    octets = numbers([1, 0, 5]) + b"water" + numbers([0, 0, 9, *[2] * 9])
    mixed = searching.files_of(
        [searching.document("water " * (1 + n % 7) + f"number {n}") for n in range(40)]
    )
    own = node.publish(mixed, "mixed")
    alone = ask(node, search="water", lang="en", roots=[own], hits=99)
    expected = [found for found, _ in alone["hits"]]
    made = searching.files_of([searching.document("water") for _ in range(40)])
    (name,) = (name for name in made if name.endswith("/0.js") and not name.startswith("d/"))
    root = node.publish(made | {name: packed(name, octets + endless * 9)}, "endless")
    both = ask(node, search="water", lang="en", roots=[own, root], hits=99)
    first = max(found for found, _ in both["hits"]) - max(expected)
    assert [found - first for found, _ in both["hits"] if found >= first] == expected
    assert both["partial"]


def test_a_shard_that_unpacks_to_a_gigabyte_takes_no_memory(node: Client, good: str) -> None:
    """A megabyte from another hub must not end the reader's browser."""
    packer, piece = zlib.compressobj(9, wbits=31), bytes(1 << 24)
    bomb = b"".join(packer.compress(piece) for _ in range(64)) + packer.flush()
    value = base64.b64encode(bomb).decode()
    name = next(name for name in BINARY if name.rpartition("/")[2] == "0.js")
    made = f"solicommSearch({json.dumps(name)},{json.dumps(value)})".encode()
    search(node, INDEX | {name: made}, good)
    status = Path(f"/proc/{node._process.pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0])  # KiB
    assert peak < 700_000


@settings(max_examples=examples(25))
@given(st.data())
def test_manifests_that_say_anything(node: Client, good: str, data: st.DataObject) -> None:
    text = INDEX["manifest.js"].decode()
    facts = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    wild = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    )
    key = data.draw(st.sampled_from(sorted(facts)))
    if key == "segments" and data.draw(st.booleans()):
        part = data.draw(st.sampled_from(sorted(facts["segments"][0])))
        facts["segments"][0][part] = data.draw(wild)
    else:
        facts[key] = data.draw(wild)
    made = f'solicommSearch("manifest.js",{json.dumps(facts)})'.encode()
    search(node, INDEX | {"manifest.js": made}, good)


@pytest.mark.parametrize("path", kept.paths("queries"), ids=lambda path: path.name)
def test_kept_queries(node: Client, good: str, path: Path) -> None:
    text = path.read_text("utf-8")
    assert isinstance(ask(node, parse=text), dict | list)
    assert isinstance(ask(node, search=text, lang="en", roots=[good], rows=3), dict)


QUERY = st.lists(
    st.sampled_from(
        [
            '"',
            "-",
            "*",
            "(",
            ")",
            ":",
            "author:",
            "title:",
            "in:",
            "before:2026",
            "after:",
            "OR",
            "water",
            "strike",
            " ",
            "  ",
            "\u00a0",
            "\u202e",
            "中",
            "ё",
            "\ud83d\ude00",
            "__proto__",
            "constructor",
            "toString",
            "+",
            "~",
            "\\",
            "\n",
            "x" * 70,
        ]
    )
    | st.text(max_size=4),
    max_size=20,
).map("".join)


@settings(max_examples=examples(60))
@given(QUERY, st.sampled_from(["en", "ru", "ar", "", "xx"]))
def test_queries(node: Client, good: str, text: str, lang: str) -> None:
    assert isinstance(ask(node, parse=text), dict | list)
    assert isinstance(ask(node, search=text, lang=lang, roots=[good], rows=3), dict)


def test_bounds_that_are_no_words_cost_their_index_only(node: Client, good: str) -> None:
    text = INDEX["manifest.js"].decode()
    facts = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    for part in facts["segments"]:
        part["bounds"] = [None]
    made = f'solicommSearch("manifest.js",{json.dumps(facts)})'.encode()
    search(node, INDEX | {"manifest.js": made}, good)
    root = node.publish(INDEX | {"manifest.js": made}, "damaged")
    assert ask(node, search="wat*", lang="en", roots=[good, root], rows=5)["partial"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"boosts": {}},
        {"boosts": "abc"},
        {"k1": None},
        {"chunk": 0},
        {"documents": "5"},
        {"lengths": [1, 2]},
        {"languages": {"en": "many"}},
        {"languages": None},
        {"places": 1},
        {"segments": {}},
        {"segments": [None]},
        {"segments": [{"first": 0, "documents": 1e15}]},
    ],
    ids=str,
)
def test_a_manifest_that_is_not_sound_is_left_out(
    node: Client, good: str, wrong: dict[str, Any]
) -> None:
    """`boosts` that were no list ended the search in our own index as well."""
    text = INDEX["manifest.js"].decode()
    facts = json.loads(text[text.index(",") + 1 : text.rindex(")")]) | wrong
    made = f'solicommSearch("manifest.js",{json.dumps(facts)})'.encode()
    search(node, INDEX | {"manifest.js": made}, good)
    root = node.publish(INDEX | {"manifest.js": made}, "damaged")
    assert "total" not in ask(node, search="water", lang="en", roots=[root], rows=5)
