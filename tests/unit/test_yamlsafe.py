"""YAML within limits: strings only, and every refusal names its line."""

from __future__ import annotations

import pytest

from solicomm_build.foundation import yamlsafe
from solicomm_build.foundation.errors import ContentError


def test_every_scalar_is_a_string() -> None:
    text = "country: no\nversion: 1.10\nempty:\nday: 2026-03-04\nlist: [1, true, ~]\n"
    assert yamlsafe.load(text) == {
        "country": "no",
        "version": "1.10",
        "empty": "",
        "day": "2026-03-04",
        "list": ["1", "true", "~"],
    }


def test_an_empty_file_is_the_empty_string() -> None:
    assert yamlsafe.load(b"") == yamlsafe.load("# only a comment\n") == ""


def test_a_byte_order_mark_is_no_fault() -> None:
    assert yamlsafe.load(b"\xef\xbb\xbfa: b\n") == {"a": "b"}


def test_all_keys_that_are_there_twice_are_told_at_once() -> None:
    with pytest.raises(ContentError) as refused:
        yamlsafe.load(b"a: 1\nb: {x: 1, x: 2}\na: 3\nc: 4\na: 5\n", file="hub.yaml")
    assert refused.value.public == (
        "hub.yaml, line 2: the key 'x', 'a' (line 3), 'a' (line 5) is here twice. "
        "Remove one of them"
    )


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, "twice"),
        (b"a: {x: 1, x: 2}\n", 1, "twice"),
        (b"a: 1\nb: &x 2\n", 2, "anchors and aliases"),
        (b"a: *x\n", 1, "anchors and aliases"),
        (b"&k a: 1\n", 1, "anchors and aliases"),
        (b"a: !!python/object/apply:os.system [id]\n", 1, "tags"),
        (b"a: ! b\n", 1, "tags"),
        (b"!t {a: b}\n", 1, "tags"),
        (b"a: 1\n---\nb: 2\n", 2, "second document"),
        (b"[" * 25 + b"]" * 25, 1, "levels are nested"),
        (b"a: x\nb: \xff\n", 2, "not UTF-8"),
        ("a: x\nb: \ud800\n", 2, "not UTF-8"),
        (b"a: \x00\n", 1, "control characters"),
        (b"a: 1\nb: c: d\n", 2, "not YAML"),
        (b"? [a]\n: b\n", 1, "not a plain word"),
        (b"a: [\n", 2, "not YAML"),
        (b"x" * (yamlsafe.MAX_BYTES + 1), 0, "bytes, 262144 are allowed"),
    ],
)
def test_what_is_refused_names_file_line_and_fault(data: bytes, line: int, words: str) -> None:
    with pytest.raises(ContentError, match=words) as caught:
        yamlsafe.load(data, file="x.yaml")
    assert (caught.value.file, caught.value.line) == ("x.yaml", line)
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a:\n  b: 1\n \tc: 1\n"])
def test_a_tab_that_nobody_sees_is_told(text: str) -> None:
    with pytest.raises(ContentError, match="this is not YAML") as caught:
        yamlsafe.load(text, file="x.yaml")
    assert caught.value.line == text.count("\n")
    assert caught.value.remedy == "Begin the line with spaces: a tab stands there"


def test_an_alias_bomb_costs_nothing() -> None:
    bomb = "a: &a [x]\n" + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in zip("abcdef", "bcdefg"))  # noqa: B905
    with pytest.raises(ContentError, match="aliases"):
        yamlsafe.load(bomb)


def test_very_deep_nesting_is_a_content_error() -> None:
    for text in ("[" * 100_000, "{a: " * 100_000, "- " * 100_000):
        with pytest.raises(ContentError):
            yamlsafe.load(text)


def test_lines_of_every_part() -> None:
    value, lines = yamlsafe.load_marked("a: 1\nb:\n  c: 2\n  d:\n    - x\n    - e: y\n")
    assert value == {"a": "1", "b": {"c": "2", "d": ["x", {"e": "y"}]}}
    assert lines[("a",)] == 1
    assert lines[("b", "c")] == 3
    assert lines[("b", "d", 1)] == lines[("b", "d", 1, "e")] == 6


def test_dump_reads_well_and_reads_back() -> None:
    value: yamlsafe.Node = {
        "title": {"en": "Water", "fr": "L'eau: # x"},
        "languages": ["en", "no", "1"],
        "entries": [{"a": "1", "b": []}, ["x", ["y", {}]], "t"],
        "": "- not a list",
    }
    text = yamlsafe.dump(value)
    assert text.startswith('title:\n  en: Water\n  fr: "L\'eau: # x"\nlanguages: [en, "no", "1"]\n')
    assert yamlsafe.load(text) == value


def test_dump_writes_nfc_and_escapes_what_could_disguise_a_line() -> None:
    assert yamlsafe.dump("e\u0301") == '"é"\n'
    assert yamlsafe.dump("a\u202eb\u2028\x7f") == '"a\\u202eb\\u2028\\u007f"\n'
    assert yamlsafe.dump("a\nb: c") == '"a\\nb: c"\n'


def test_a_key_too_long_for_yaml_is_refused() -> None:
    with pytest.raises(ContentError, match="key is too long"):
        yamlsafe.dump({"k" * 2000: "v"})


def test_a_list_with_a_comment_within_is_replaced_whole() -> None:
    text = "a: 1\nforms:\n- one\n# not yet:\n- two\n\n# of b\nb: 2\n"
    assert yamlsafe.replaced(text, "forms", {"forms": ["x"]}) == (
        "a: 1\nforms: [x]\n\n# of b\nb: 2\n"
    )
    assert yamlsafe.replaced(text, "forms", {}) == "a: 1\n\n# of b\nb: 2\n"


@pytest.mark.parametrize("text", ["{a: 1, b: 2}\n", "{\n a: 1,\n b: 2}\n", "---\n{a: 1,\n b: 2}\n"])
def test_keys_that_share_a_line_are_left(text: str) -> None:
    for node in ({"b": "3"}, {}, {"c": "3"}):
        with pytest.raises(ContentError):
            yamlsafe.replaced(text, next(iter(node), "b"), dict(node))
