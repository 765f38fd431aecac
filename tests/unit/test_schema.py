"""Closed schemas: every fault at once, each with its line and a remedy."""

from __future__ import annotations

import pytest

from solicomm_build import schema
from solicomm_build.errors import ContentErrors


def _faults(top: schema.Section) -> list[str]:
    with pytest.raises(ContentErrors) as caught:
        top.raise_faults(ContentErrors)
    return [fault.public for fault in caught.value.faults]


def test_unknown_keys_are_named_with_the_nearest_known_one() -> None:
    top = schema.open_file("titel: x\nzzz: y\n", file="f.yaml")
    top.text("title")
    top.close()
    assert _faults(top) == [
        "f.yaml, line 1: `titel` is not a known key. Did you mean `title`?",
        "f.yaml, line 2: `zzz` is not a known key. Known: title",
    ]


def test_faults_come_in_the_order_of_lines_whatever_was_asked_first() -> None:
    top = schema.open_file("b: [x]\na: maybe\n", file="f.yaml")
    assert top.flag("a", True) is True
    assert top.text("b", "default") == "default"
    assert [fault.split(":")[0] for fault in _faults(top)] == ["f.yaml, line 1", "f.yaml, line 2"]


def test_sizes_may_have_units() -> None:
    top = schema.open_file("a: 25 MiB\nb: 10M\nc: 64kB\nd: 7\ne: 5 parsec\nf: -1\n")
    assert [top.integer(key, 1) for key in "abcdef"] == [
        25 * 1024**2,
        10 * 1024**2,
        64 * 1024,
        7,
        1,
        1,
    ]
    assert len(top.faults) == 2


def test_texts_hold_no_controls_and_no_bidi_overrides_but_joiners() -> None:
    top = schema.open_file('a: "x\\u202Ey"\nb: "x\\u0007"\nc: "می\u200cخواهم"\nd: "x\\ny"\n')
    assert [top.text(key) for key in "abcd"] == ["", "", "می\u200cخواهم", ""]
    assert top.text("d", lines=True) == "x\ny"
    assert top.text("c", longest=3) == ""
    assert len(top.faults) == 4


def test_texts_by_language() -> None:
    top = schema.open_file("a: {en: Water, pt-BR: Água}\nb: Plain\nc: {EN_us: x}\nd: [x]\n")
    assert top.words_by_language("a", "en") == {"en": "Water", "pt-BR": "Água"}
    assert top.words_by_language("b", "fr") == {"fr": "Plain"}
    assert top.words_by_language("none", "fr") == {}
    assert top.words_by_language("c", "en") == top.words_by_language("d", "en") == {}
    assert [fault.line for fault in top.faults] == [3, 4]


def test_lists_of_words() -> None:
    top = schema.open_file("a: [en, fr, en]\nb: {x: y}\nc: [en, [x]]\nd: en\n")
    assert top.languages("a") == ("en", "fr", "en")
    assert top.languages("b") == top.languages("c") == ("en",)
    assert top.languages("d", ("fr",)) == ("en",)
    assert "twice" in top.faults[0].public
    assert len(top.faults) == 3


def test_sections_in_lists_name_their_place() -> None:
    top = schema.open_file("a:\n  - {x: 1}\n  - y\nb: c\n", file="f.yaml")
    first, _ = top.sections("a")
    assert first.integer("x", 0) == 1
    assert top.sections("b") == top.sections("none") == []
    assert "`a.1` is not a mapping" in _faults(top)[0]


def test_a_file_that_is_no_mapping_is_one_fault() -> None:
    top = schema.open_file("- x\n", file="f.yaml")
    top.text("title", required=True)
    schema.check_schema(top, "solicomm/x@1")
    assert _faults(top) == [
        "f.yaml, line 1: the file is not a mapping. Write `key: value` lines",
    ]


def test_the_schema_is_checked() -> None:
    wrong, missing = schema.open_file("schema: solicomm/x@2\n"), schema.open_file("a: b\n")
    schema.check_schema(wrong, "solicomm/x@1")
    schema.check_schema(missing, "solicomm/x@1")
    schema.check_schema(missing, "solicomm/x@1", required=False)
    assert "not known here" in wrong.faults[0].public
    assert len(missing.faults) == 1
