"""Forms as files: what is right is read, what is wrong is named with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formfile, formmail
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import ContentErrors

SHIPPED = sorted((Path(__file__).parents[3] / "content" / "forms").glob("*.yaml"))
HEAD = """schema: solicomm/form@1
id: report
version: 1
title: {en: Report}
post_to: {title: "{union}"}
public: [union]
fields:
  - {key: union, type: text}
"""


def faults(text: str, file: str = "forms/report@1.yaml") -> str:
    """All faults of a form, as they are shown."""
    with pytest.raises(ContentErrors) as found:
        formfile.decode(text.encode(), file)
    return "\n".join(map(str, found.value.faults))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_forms_speak_six_languages(path: Path) -> None:
    form = formfile.decode(path.read_bytes(), f"forms/{path.name}")
    texts = [form.title, form.description, *(one.label for one in form.fields)]
    texts += [part.label for one in form.fields for part in one.of]
    texts += [option for one in form.fields for option in one.options.values()]
    assert all(set(text) == set(i18n.LANGUAGES) for text in texts)


def test_the_newest_version_is_in_force() -> None:
    refs = ("b@1", "a@2", "a@10", "a@9")
    assert forms.in_force(refs) == {"a": "a@10", "b": "b@1"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("  - {key: x, type: text, pattern: '(a+)+$'}", "`fields.1.pattern` is not a known key"),
        ("  - {key: x, type: text, requird: true}", "Did you mean `required`?"),
        ("  - {key: x, type: texte}", "Did you mean `text`?"),
        ("  - {key: union, type: text}", "two fields have the key `union`"),
        ("  - {key: x, type: text, label: {en: Union}}", "are both called 'union'"),
        ("  - {key: x, type: text, aliases: [Formulaire]}", "are both called 'formulaire'"),
        ("  - {key: x, type: text, label: '<script>alert(1)</script>'}", "cannot stand before"),
        ("  - {key: x, type: text, label: 'a: b'}", "cannot stand before a colon"),
        ("  - {key: x, type: integer, le: y}", "nothing is called `y`"),
        ("  - {key: x, type: integer, le: union}", "`x` cannot be compared with `union`"),
        ("  - {key: x, type: text, when: {union: [a]}}", "`x` cannot depend on `union`"),
        ("  - {key: x, type: choice}", "`fields.1.options` is missing"),
        ("  - {key: x, type: choice, options: {a: {en: Yes}, b: {fr: yes}}}", "both called 'yes'"),
        ("  - {key: x, type: longtext, max: 1000000}", "is more than 20000"),
        ("  - {key: x, type: date, min: 31/31/2026}", "There is no such day"),
        ("  - {key: x, type: list, of: {a: longtext}}", "cannot be 'longtext'"),
        ("  - {key: x, type: list, of: {of: text}}", "a part cannot be called `of`"),
        ("  - {key: X-1, type: text}", "is not a key"),
    ],
)
def test_what_is_wrong_is_named(line: str, says: str) -> None:
    assert says in faults(HEAD + line + "\n")


def test_sixty_fields_are_enough() -> None:
    more = "".join(f"  - {{key: f{n}, type: text}}\n" for n in range(60))
    assert "there are 61 fields" in faults(HEAD + more)


def test_the_file_is_called_like_the_form() -> None:
    assert "the file's name says other@2" in faults(HEAD, "forms/other@2.yaml")


def test_a_title_shows_only_what_is_public() -> None:
    text = HEAD.replace('"{union}"', '"{union} {secret}"') + "  - {key: secret, type: text}\n"
    assert "the title shows `secret`" in faults(text)


def test_a_script_among_options_and_hints_is_a_text() -> None:
    text = HEAD + "  - {key: x, type: choice, options: {a: {en: '<b>'}}, hint: '<script>'}\n"
    form = formfile.decode(text.encode(), "forms/report@1.yaml")
    assert "# <script> One of: <b>." in formmail.template(form, "en", {})


def test_an_alias_bomb_is_no_form() -> None:
    bomb = "a: &a [x]\nb: &b [*a, *a]\n"
    assert "forms/report@1.yaml" in faults(bomb + HEAD)
