"""A filled form in any of six languages, read again, says what it said: for any valid data, plain
or as a mail program quotes it, also when template and reader speak different languages.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.features.forms.values import formfile, formmail, formvalues
from solicomm_build.features.forms.values.form import Field, Form
from solicomm_build.features.forms.values.formvalues import Values
from solicomm_build.foundation import i18n

SHIPPED = sorted((Path(__file__).parents[2] / "content" / "forms").glob("*.yaml"))
REGISTRY = {"hogar": {"es": "Hogar Digno", "en": "Decent Homes"}, "metal": {"en": "Metal: Union"}}
FORMS = {path.stem: formfile.decode(path.read_bytes(), f"forms/{path.name}") for path in SHIPPED}

_TRICKY = st.sampled_from(
    [
        "=cmd()",
        "Country: Kenya",
        "> quoted",
        "!! wrong",
        "# note",
        "####",
        "-- ",
        "| bar",
        "؛",
        ";",
        "نص",
        "1,234",
        "Form: x@1",
        "",
        " ",
        "Ends: 03/04/2026",
        "“a”: b",
    ]
)
_LINE = st.one_of(
    _TRICKY, st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=40)
)


def _decimal(one: Field) -> st.SearchStrategy[str]:
    low = int(one.least) if one.least else -(10**9)
    high = int(one.most) if one.most else 10**12
    whole = st.integers(low, high).map(str)
    if one.type == "integer":
        return whole
    return st.one_of(whole, st.decimals(low, high, places=3).map(lambda d: format(d, "f")))


def _raw(one: Field) -> st.SearchStrategy[str]:
    """What somebody may write into a field."""
    match one.type:
        case "longtext":
            return st.lists(_LINE, max_size=8).map("\n".join)
        case "text" | "registry":
            return _LINE
        case "integer" | "number":
            return _decimal(one)
        case "money":
            return st.tuples(_decimal(one), st.sampled_from(["EUR", "XOF", "USD"])).map(" ".join)
        case "date":
            return st.dates(date(1950, 1, 1), date(2090, 1, 1)).map(str)
        case "boolean":
            return st.sampled_from(["true", "false"])
        case "country":
            return st.sampled_from(sorted(i18n.countries()))
        case "isic4":
            return st.sampled_from(["A", "C", "24", "4711", "U"])
        case "choice":
            return st.sampled_from(list(one.options))
    return st.sampled_from(["lib:2026-7QK3XA2M", "lib:2026-7QK3XA2M lib:2025-AAAAAA22"])


@st.composite
def answers(draw: st.DrawFn, form: Form) -> Values:
    """Values that are each right, of some of the fields."""
    values: Values = {}
    for one in form.fields:
        if not draw(st.booleans()):
            continue
        try:
            if one.type == "list":
                cells = st.fixed_dictionaries({part.key: _raw(part) for part in one.of})
                raw = draw(st.lists(cells, min_size=1, max_size=3))
                rows = formvalues.read_rows(one, raw, REGISTRY)
                if rows:
                    values[one.key] = rows
            elif value := formvalues.read(one, draw(_raw(one)), REGISTRY):
                values[one.key] = value
        except formvalues.Wrong:
            continue
    return values


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_template_that_is_read_again_says_the_same(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    values = data.draw(answers(form))
    for lang in i18n.LANGUAGES:
        written = formmail.written(form, values, lang, REGISTRY)
        text = formmail.template(form, lang, REGISTRY, written)
        assert formmail.named(text, "")[0] == form.id
        assert formmail.read(form, text, REGISTRY).values == values, lang
        quoted = "Ana wrote:\n" + "".join(f"> {line}\n" for line in text.split("\n")) + "\nThanks!"
        assert formmail.read(form, quoted, REGISTRY).values == values, lang


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_comes_back_with_faults_loses_no_word(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    written = {
        one.key: [text]
        for one in form.fields
        if (text := formvalues.clean(data.draw(_LINE), lines=one.type == "longtext"))
    }
    first = formmail.read(form, formmail.template(form, "ar", REGISTRY, written), REGISTRY)
    again = formmail.template(form, "ar", REGISTRY, first.written, faults=first.faults)
    assert formmail.read(form, again, REGISTRY).written == first.written == written


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_was_read_is_right_and_what_was_changed_is_not(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    values = data.draw(answers(form))
    assert formvalues.checked(form, values) == values
    for key, value in values.items():
        one = form.get(key)
        if one is not None and isinstance(value, str) and one.type not in ("text", "longtext"):
            for other in (f" {value}", f"{value}0.10", f"{value};", "?" * 9999):
                again = formvalues.checked(form, {**values, key: other})
                assert again is None or one.type == "registry", (key, other)
