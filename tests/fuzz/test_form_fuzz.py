"""Whatever comes as a form, or as an answer to one, is taken or refused with a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.features.forms.values import formfile, formhtml, formmail, formvalues, formwords
from solicomm_build.foundation.errors import ContentErrors

SOURCE = Path(__file__).parents[2] / "content" / "forms" / "collective-agreement@1.yaml"
TEXT = SOURCE.read_text("utf-8")
FORM = formfile.decode(TEXT.encode(), f"forms/{SOURCE.name}")
LABELS = [text for one in FORM.fields for text in one.label.values()]
ROWS = st.one_of(
    st.text(max_size=60),
    st.tuples(st.sampled_from(LABELS), st.text(max_size=40)).map(": ".join),
    st.sampled_from(["> ", "####", "-- ", "!! x", "# y", "|", "Form: x@1", "Corrects report: q"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ROWS, max_size=30).map("\n".join))
def test_any_mail_is_read(text: str) -> None:
    filled = formmail.read(FORM, text, {})
    formmail.template(FORM, "fr", {}, filled.written, faults=filled.faults, unknown=filled.unknown)
    formmail.named(text, text)
    formhtml.fields_html(FORM, "ar", {}, filled.written, filled.faults)
    if filled.is_good:
        assert formvalues.checked(FORM, filled.values) == filled.values


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_word_is_a_value_or_wrong(text: str) -> None:
    for one in FORM.fields:
        if one.type == "list":
            continue
        said = ""
        try:
            value = formvalues.read(one, text, {})
        except formwords.Wrong as wrong:
            said = wrong.said("ru")
        assert said or formvalues.read(one, value, {}) == value


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(TEXT) - 1),
    st.integers(0, 60),
    st.one_of(st.text(max_size=20), st.sampled_from(["{", "&a [*a]", "!!python/x", "\x00", "- "])),
)
def test_any_file_is_a_form_or_has_faults(at: int, length: int, put: str) -> None:
    blob = (TEXT[:at] + put + TEXT[at + length :]).encode("utf-8", "replace")
    said = ["sound"]
    try:
        formfile.decode(blob, "forms/collective-agreement@1.yaml")
    except ContentErrors as error:
        said = [str(fault) for fault in error.faults]
    assert said
    assert all(said)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "Union: " + "x" * 1_000_000,
        ":" * 200_000,
        "> " * 300_000,
        "Remarks:\n" + "y: z\n" * 100_000,
        "Wage rise: 1;2;3\n" * 30_000,
        "1" * 500_000,
        "In force from: " + "1 " * 300_000,
        "Country: " + "(AA)" * 200_000,
        "Hours a week: " + "1,000" * 100_000,
        "a:b\n" * 50_000,
    ],
    ids=lambda text: text[:12].strip(),
)
def test_a_megabyte_is_read_to_its_end(text: str) -> None:
    """About a second; a pattern that explodes would take hours."""
    filled = formmail.read(FORM, text, {})
    assert not filled.is_good
