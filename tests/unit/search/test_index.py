"""An index as files: what was put in is found; what is damaged is left out and said."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.builder.apart import children
from solicomm_build.features.search.engine import files, segment, shard
from solicomm_build.features.search.engine.document import GONE, Document, Row, snippet
from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.engine.inverted import Inverted
from solicomm_build.features.search.engine.manifest import CHUNK
from solicomm_build.features.search.engine.reader import OpenIndex, open_index
from solicomm_build.features.search.engine.shard import Posting, sort_key
from solicomm_build.foundation.errors import ContentError
from solicomm_build.testing import searching
from solicomm_build.testing.searching import document

numbers = st.one_of(
    st.lists(st.integers(0, most), max_size=50) for most in (2**7 - 1, 2**14 - 1, 2**31)
)


@given(numbers)
def test_numbers_come_back(values: list[int]) -> None:
    assert shard.read_numbers(shard.numbers(values), len(values)) == values
    assert shard.read_differences(shard.differences(values), len(values)) == values


@given(numbers)
def test_numbers_with_one_more_or_less_are_damaged(values: list[int]) -> None:
    data, count = shard.numbers(values), len(values)
    for other, wanted in ((data, count + 1), (data + b"\x05", count), (data + b"\x85", count)):
        with pytest.raises(ContentError, match=r"cut short|too long"):
            shard.read_numbers(other, wanted)


postings = st.dictionaries(st.integers(0, 40), st.integers(1, 300), max_size=12)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.tuples(postings, postings), max_size=12))
def test_a_shard_comes_back(found: dict[str, tuple[dict[int, int], dict[int, int]]]) -> None:
    lengths = [3 * local for local in range(41)]
    entries = []
    for term in sorted(found, key=sort_key):
        title, body = found[term]
        entries.append(
            (
                term,
                (
                    Posting(sorted(title), [title[d] for d in sorted(title)], [7] * len(title)),
                    Posting(
                        sorted(body),
                        [body[d] for d in sorted(body)],
                        [lengths[d] for d in sorted(body)],
                    ),
                ),
            )
        )
    data = shard.encode(entries, 2)
    assert shard.decode(data, 2, lengths) == entries
    for cut in (data[:-1], data + b"\0"):
        with pytest.raises(ContentError):
            shard.decode(cut, 2, lengths)


def test_terms_are_ordered_as_javascript_does() -> None:
    assert sorted(["\uffee", "🎉", "a"], key=sort_key) == ["a", "🎉", "\uffee"]


def test_large_segments_have_a_directory_in_pages() -> None:
    texts = [
        document(" ".join(f"w{n * k:x}" for k in range(1, 90)), f"t{n}", latin="")
        for n in range(700)
    ]
    index = searching.index_of(texts)
    (only,) = index.segments
    assert only.entry["pages"][0] == ""
    for n in (0, 1, 350, 699):
        word = f"w{n * 89:x}"
        expected = {f"t{m}" for m in range(700) for k in range(1, 90) if m * k == n * 89}
        assert {h.row.title for h in find([index], word, "en", 999).hits} == expected
    entry = only.term("w59")
    assert entry is not None
    assert [e for e in only.prefix("w59") if e[0] == "w59"] == [entry]
    assert len(list(only.prefix("w"))) == len({n * k for n in range(700) for k in range(1, 90)})


def test_an_index_of_nothing() -> None:
    index = searching.index_of([])
    assert find([index], "strike", "en").total == 0
    assert find([searching.index_of()], "strike", "en").total == 0


def test_a_document_without_words() -> None:
    index = searching.index_of([document(""), document("strike")])
    assert find([index], "strike", "en").total == 1


def test_gone_documents_keep_their_number() -> None:
    index = searching.index_of([document("strike one", "A"), None, document("strike", "B")])
    assert index.manifest["documents"] == 2
    assert {hit.row.title for hit in find([index], "strike", "en").hits} == {"A", "B"}


def test_tombstones_are_as_if_the_document_had_never_been() -> None:
    texts = [document(f"strike {'water ' * n}", f"T{n}") for n in range(9)]
    inverted = Inverted()
    for each in texts:
        inverted.add(each)
    rows = [each.row for each in texts]
    buried = searching.open_files(searching.index_files([(inverted, rows)], {0: [2, 8]}))
    never = searching.index_of([each for n, each in enumerate(texts) if n not in (2, 8)])
    for query in ("strike", "water strike", "wat*", "-t8 water", "t8"):
        one, other = (find([index], query, "en", 99) for index in (buried, never))
        assert {h.row.title: h.score for h in one.hits} == {
            h.row.title: h.score for h in other.hits
        }


def _damaged(change: Callable[[dict[str, bytes]], None]) -> OpenIndex:
    texts = [document("strike water", "Water", time=86_400 * n) for n in range(CHUNK)]
    other = [document("strike heat", "Heat", place="conferences/ice") for _ in range(5)]
    made = searching.files_of(texts, other)
    change(made)
    return open_index(made.get)


def _segment_of(made: dict[str, bytes], number: int) -> str:
    manifest = files.unwrap(made["manifest.js"])
    return str(manifest["segments"][number]["id"])


@pytest.mark.parametrize("how", ["missing", "cut", "other bytes", "other gzip", "not base64"])
@pytest.mark.parametrize("name", ["0.js", "l.js"])
def test_a_shard_that_cannot_be_read_leaves_the_others(how: str, name: str) -> None:
    def change(made: dict[str, bytes]) -> None:
        path = f"{_segment_of(made, 0)}/{name}"
        if how == "missing":
            del made[path]
        elif how == "cut":
            made[path] = made[path][:-9]
        elif how == "other bytes":
            made[path] = b"\xff\xfe<html>"
        elif how == "other gzip":
            made[path] = files.wrap_binary(path, b"\x05\xff")
        else:
            made[path] = files.wrap(path, "%%%")

    found = find([_damaged(change)], "strike", "en")
    assert found.incomplete
    assert {hit.row.title for hit in found.hits} == {"Heat"}


def test_a_big_term_that_cannot_be_read_leaves_the_others_with_its_beginning() -> None:
    made = searching.files_of(
        [document("strike", "Water") for _ in range(800)], [document("strikes", "Heat")]
    )
    del made[f"{_segment_of(made, 0)}/b0.js"]
    found = find([open_index(made.get)], "stri*", "en")
    assert found.incomplete
    assert {hit.row.title for hit in found.hits} == {"Heat"}


def test_a_row_that_cannot_be_read_is_empty_and_said() -> None:
    def change(made: dict[str, bytes]) -> None:
        made["d/0.js"] = b"solicommSearch("

    found = find([_damaged(change)], "strike", "en", 99)
    assert found.incomplete
    assert sum(hit.row == GONE for hit in found.hits) == CHUNK


def test_the_manifest_of_a_newer_program() -> None:
    def change(made: dict[str, bytes]) -> None:
        manifest = files.unwrap(made["manifest.js"]) | {"version": 2}
        made["manifest.js"] = files.wrap("manifest.js", manifest)

    with pytest.raises(ContentError, match="version 2, this program reads 1"):
        _damaged(change)


@pytest.mark.parametrize("data", [None, b"", b"solicommSearch(", b'solicommSearch("m",3);\n'])
def test_no_manifest(data: bytes | None) -> None:
    with pytest.raises(ContentError):
        open_index({"manifest.js": data}.get)


def test_wrapped_files_are_scripts_and_json() -> None:
    text = files.wrap("d/0.js", {"t": ["a\u2028b", "</script>", '"']}).decode()
    assert text.startswith('solicommSearch("d/0.js",{')
    assert text.endswith(");\n")
    assert "\u2028" not in text
    assert json.loads(text[text.index(",") + 1 : text.rindex(")")])["t"][0] == "a\u2028b"
    assert files.unwrap_binary(files.wrap_binary("x", b"\0\xff")) == b"\0\xff"
    assert files.wrap_binary("x", b"x" * 99) == files.wrap_binary("x", b"x" * 99)


def test_the_same_documents_make_the_same_segment() -> None:
    texts = [document(f"strike {n}", "T") for n in range(40)]
    one, other = searching.files_of(texts), searching.files_of(texts)
    assert one == other


@pytest.mark.parametrize("cuts", [(0, 1), (0, 7, 30), (0, 39)])
def test_runs_made_apart_make_the_same_segment(cuts: tuple[int, ...]) -> None:
    """With hidden documents, several languages, and after a way through another process."""
    texts: list[Document | None] = [
        document(f"strike {n} grève {n % 5}", f"Title {n}", latin=("en", "fr")[n % 2])
        for n in range(40)
    ]
    texts[3] = texts[30] = None
    whole = Inverted()
    for text in texts:
        whole.add(text)
    joined = Inverted()
    for low, high in zip(cuts, (*cuts[1:], len(texts)), strict=True):
        part = Inverted(first=low)
        for text in texts[low:high]:
            part.add(text)
        joined.absorb(pickle.loads(pickle.dumps(part)))
    places, days = ["conferences/bar"] * 40, list(range(40))
    assert segment.build(joined, places, days) == segment.build(whole, places, days)


def test_shards_made_by_others_make_the_same_segment() -> None:
    inverted = Inverted()
    for n in range(300):
        inverted.add(document(" ".join(f"w{n * k % 997}" for k in range(200))))
    places, days = ["conferences/bar"] * 300, [0] * 300
    asked: list[int] = []

    def share(work: Callable[[segment.Groups], list[bytes]], groups: segment.Groups) -> list[bytes]:
        asked.append(len(groups))
        return children.spread(work, groups, count=3)

    alone = segment.build(inverted, places, days)
    assert segment.build(inverted, places, days, share=share) == alone
    assert asked[0] > 10


def test_a_small_segment_has_few_files() -> None:
    inverted = Inverted()
    for n in range(128):
        inverted.add(document(" ".join(f"w{n * k}" for k in range(200))))
    built = segment.build(inverted, ["conferences/bar"] * 128, [0] * 128, small=True)
    assert len(built.files) <= 13  # with a.js, a chunk and the manifest: 16


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Short.\n  And more", "Short. And more"),
        ("word " * 60, "word " * 30 + "word…"),
        ("x" * 300, "x" * 159 + "…"),
        ("", ""),
    ],
)
def test_snippets_end_at_a_word(text: str, shown: str) -> None:
    assert snippet(text) == shown


def test_an_address_that_began_the_thread_is_written_short() -> None:
    tid = "a" * 32
    assert (
        Row(url=f"t/{tid}/#", place="conferences/bar").address == f"conferences/bar/t/{tid}/#{tid}"
    )
    assert Row(url=f"t/{tid}/#b", place="conferences/bar").address == f"conferences/bar/t/{tid}/#b"
    assert Row(url="about/").address == "about/"


def test_six_scripts_and_an_emoji_in_one_document() -> None:
    text = "strike grève Забастовка إضراب 罷工 파업 απεργία ✊🏽strike"
    index = searching.index_of([document(text, "All"), document("other", "None")])
    for query in ("strikes", "забастовки", "الإضراب", "罷工", "파업", "απεργία", "✊🏽 strike"):
        assert [h.row.title for h in find([index], query, "en").hits] == ["All"], query


def test_ties_are_newest_first_and_later_segments_win() -> None:
    def same(name: str) -> Document:
        return document("strike", name)

    index = searching.index_of([same("a"), same("b")], [same("c")])
    assert [hit.row.title for hit in find([index], "strike", "en").hits] == ["c", "b", "a"]
