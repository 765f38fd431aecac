"""Closed schemas: every fault at once, each with its line and a remedy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.foundation import schema
from solicomm_build.foundation.errors import ContentErrors


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


def test_many_other_keys_are_not_each_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(schema.difflib, "get_close_matches", lambda key, *_: looked.append(key))
    top = schema.open_file("".join(f"zz{number}: x\n" for number in range(300)), file="f.yaml")
    top.text("title")
    top.close()
    faults = _faults(top)
    assert len(looked) == 50
    assert len(faults) == 51
    assert faults[-1].startswith("f.yaml, line 51: more keys are not known from here on: 250.")


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
    assert top.by_language("a", "en") == {"en": "Water", "pt-BR": "Água"}
    assert top.by_language("b", "fr") == {"fr": "Plain"}
    assert top.by_language("none", "fr") == {}
    assert top.by_language("c", "en") == top.by_language("d", "en") == {}
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
    top.schema("solicomm/x@1")
    assert _faults(top) == [
        "f.yaml, line 1: the file is not a mapping. Write `key: value` lines",
    ]


def test_the_schema_is_checked() -> None:
    wrong, missing = schema.open_file("schema: solicomm/x@2\n"), schema.open_file("a: b\n")
    wrong.schema("solicomm/x@1")
    missing.schema("solicomm/x@1")
    missing.schema("solicomm/x@1", required=False)
    assert "schema solicomm/x@2 is newer than this program" in wrong.faults[0].public
    assert len(missing.faults) == 1


def test_a_flag_may_be_written_in_two_ways() -> None:
    top = schema.open_file("a: yes\nb: true\nc: no\nd: false\ne: maybe\n")
    assert [top.flag(key) for key in "abcde"] == [True, True, False, False, False]
    assert top.flag("none", True) is True
    assert [fault.line for fault in top.faults] == [5]


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\ufeff", "\u202e", "\u2066", "\x07"])
def test_what_disguises_a_title_is_refused_in_every_file(odd: str) -> None:
    written = odd.encode("unicode_escape").decode().replace("\\x07", "\\u0007")
    top = schema.open_file(
        f'title: "a{written}b"\nname: {{en: "a{written}b"}}\nlist: ["a{written}b"]\n'
    )
    assert (top.text("title"), top.by_language("name"), top.words("list")) == ("", {}, ())
    assert len(top.faults) == 3


def test_what_was_a_language_in_one_file_is_one_in_all() -> None:
    for tag in ("en", "pt-BR", "zh-Hant-TW", "en-x-kenya", "sl-rozaj-biske-1994"):
        top = schema.open_file(f"languages: [{tag}]\ntitle: {{{tag}: x}}\n")
        assert (top.languages(), top.by_language("title")) == ((tag,), {tag: "x"})
        assert top.faults == []
    top = schema.open_file("languages: [English]\ntitle: {EN: x}\n")
    assert (top.languages(), top.by_language("title")) == (("en",), {})
    assert len(top.faults) == 2


def test_dates_and_moments() -> None:
    top = schema.open_file("a: 2025-11\nb: 2025-13\nc: 2026-10-03T14:00:00+03:00\nd: noon\n")
    assert (top.partial_date("a"), top.partial_date("b")) == ("2025-11", "")
    assert (top.moment("c"), top.moment("d")) == (datetime(2026, 10, 3, 11, tzinfo=UTC), None)
    assert [fault.line for fault in top.faults] == [2, 4]
