"""Languages, catalogues and the writing of dates and numbers: every message of the theme and the
code is translated in every catalogue, with the same placeholders and all plural forms.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from solicomm_build import i18n

ROOT = Path(__file__).parents[2]
TRANSLATED = [code for code in i18n.LANGUAGES if code != "en"]
PLURALS = {"fr": 2, "es": 2, "pt": 2, "ar": 6, "ru": 3}
MOMENT = datetime(2026, 3, 12, 14, 5, 9, tzinfo=UTC)

_THEME_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


@lru_cache
def messages() -> frozenset[str | tuple[str, ...]]:
    """Every message id in the theme and the code; a pair where there is a plural."""
    templates = ROOT / "themes" / "solicomm" / "templates"
    found = extract_from_dir(
        templates, [("**.html", "jinja2")], {"**.html": _JINJA}, _THEME_KEYWORDS
    )
    ids = {tuple(line[2]) if isinstance(line[2], (list, tuple)) else line[2] for line in found}
    for folder in ("solicomm_build", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            ids |= set(_in_code(ast.parse(path.read_text("utf-8"))))
    return frozenset(ids)


def _in_code(module: ast.Module) -> Iterator[str | tuple[str, ...]]:
    """What `gettext(lang, …)` and `ngettext(lang, …, …, n)` are given: literals, or a table of the
    module (`gettext(lang, _NOTES[note])`), whose values are then messages.
    """
    tables = {
        target.id: [
            str(value.value) for value in node.value.values if isinstance(value, ast.Constant)
        ]
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        literals = [str(arg.value) for arg in node.args[1:3] if isinstance(arg, ast.Constant)]
        if name == "ngettext" and len(literals) == 2:
            yield tuple(literals)
        elif name == "gettext" and literals:
            yield literals[0]
        elif name == "gettext":
            used = {part.id for part in ast.walk(node.args[1]) if isinstance(part, ast.Name)}
            yield from (text for table in used & tables.keys() for text in tables[table])


@lru_cache
def catalogue(lang: str) -> Catalog:
    """The catalogue as it lies in the repository."""
    path = i18n.TRANSLATIONS / lang / "LC_MESSAGES" / "solicomm.po"
    with path.open("rb") as source:
        return read_po(source, locale=lang, abort_invalid=True)


def _forms(message: Message) -> tuple[str, ...]:
    """The translation as a tuple: one text, or one per plural form."""
    text = message.string
    return (text or "",) if isinstance(text, str) or text is None else tuple(text)


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|%(?!\()", text))


def test_messages_are_found() -> None:
    assert "Reply by mail" in messages()
    assert ("%(num)s post", "%(num)s posts") in messages()
    assert "%(num)s MB" in messages()
    code = (
        'T = {"a": "Yes", "b": "No"}\ngettext(lang, T.get(key["k"], ""))\nngettext(l, "x", "y", 2)'
    )
    assert set(_in_code(ast.parse(code))) == {"Yes", "No", ("x", "y")}


@pytest.mark.parametrize("lang", TRANSLATED)
def test_catalogue_holds_exactly_the_messages_there_are(lang: str) -> None:
    held = {message.id for message in catalogue(lang) if message.id}
    assert sorted(map(str, messages() - held)) == [], "not translated"
    assert sorted(map(str, held - messages())) == [], "no longer used"
    assert not catalogue(lang).obsolete


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_message_is_translated_for_certain(lang: str) -> None:
    for message in catalogue(lang):
        assert message.id == "" or not message.fuzzy, message.id
        forms = _forms(message)
        assert all(forms), message.id
        assert not [form for form in forms if re.search(r"[<>&]", form) and message.id], message.id
    assert not catalogue(lang).fuzzy


@pytest.mark.parametrize("lang", TRANSLATED)
def test_plural_forms_are_complete(lang: str) -> None:
    assert catalogue(lang).num_plurals == PLURALS[lang]
    for message in catalogue(lang):
        if message.pluralizable:
            assert len(_forms(message)) == PLURALS[lang], message.id


@pytest.mark.parametrize("lang", TRANSLATED)
def test_placeholders_are_the_message_s_own(lang: str) -> None:
    for message in catalogue(lang):
        if not message.id:
            continue
        if not message.pluralizable:
            assert _placeholders(_forms(message)[0]) == _placeholders(str(message.id)), message.id
            continue
        expected = _placeholders(message.id[1])
        for number, form in enumerate(_forms(message)):
            # Arabic says none, one and two as words.
            words = lang == "ar" and number < 3 and _placeholders(form) == []
            assert words or _placeholders(form) == expected, message.id


@pytest.mark.parametrize("lang", ["fr", "es", "pt"])
def test_latin_script_catalogues_hold_no_english(lang: str) -> None:
    """Words that two languages share are few; a long text that is equal was forgotten."""
    same = [
        message.id
        for message in catalogue(lang)
        if isinstance(message.id, str) and message.id == message.string and len(message.id) > 16
    ]
    assert same == []


@pytest.mark.parametrize(("lang", "letters"), [("ar", r"[؀-ۿ]"), ("ru", r"[а-яА-Я]")])
def test_other_scripts_are_written_in_their_own(lang: str, letters: str) -> None:
    for message in catalogue(lang):
        if message.id:
            assert all(re.search(letters, form) for form in _forms(message)), message.id


def test_translation_answers_in_the_language() -> None:
    assert i18n.gettext("fr", "Unions") == "Syndicats"
    assert i18n.gettext("fr-CA", "Unions") == "Syndicats"
    assert i18n.gettext("en", "Unions") == "Unions"
    assert i18n.gettext("sw", "Unions") == "Unions"
    assert i18n.gettext("../../etc", "Unions") == "Unions"
    assert i18n.gettext("ru", "not in any catalogue") == "not in any catalogue"
    assert i18n.translation("ar") is i18n.translation("ar")


@pytest.mark.parametrize(
    ("lang", "count", "form"),
    [
        ("en", 1, "%(num)s post"),
        ("en", 0, "%(num)s posts"),
        ("fr", 0, "%(num)s message"),
        ("fr", 2, "%(num)s messages"),
        ("es", 0, "%(num)s mensajes"),
        ("ru", 1, "%(num)s сообщение"),
        ("ru", 22, "%(num)s сообщения"),
        ("ru", 11, "%(num)s сообщений"),
        ("ru", 25, "%(num)s сообщений"),
        ("ar", 0, "لا مشاركات"),
        ("ar", 1, "مشاركة واحدة"),
        ("ar", 2, "مشاركتان"),
        ("ar", 7, "%(num)s مشاركات"),
        ("ar", 111, "%(num)s مشاركة"),
        ("ar", 102, "%(num)s مشاركة"),
    ],
)
def test_plural_rules(lang: str, count: int, form: str) -> None:
    assert i18n.ngettext(lang, "%(num)s post", "%(num)s posts", count) == form


@pytest.mark.parametrize(("count", "word"), [(11, "موضوعًا"), (99, "موضوعًا"), (100, "موضوع")])
def test_arabic_counts_eleven_to_ninety_nine_in_the_accusative(count: int, word: str) -> None:
    text = i18n.ngettext("ar", "%(num)s topic", "%(num)s topics", count)
    assert text == f"%(num)s {word}"


def test_languages() -> None:
    assert list(i18n.LANGUAGES) == ["en", "fr", "es", "pt", "ar", "ru"]
    assert i18n.direction("ar") == "rtl"
    assert i18n.language("ru").name == "Русский"
    assert i18n.language("sw") == i18n.Language("sw", "Kiswahili", "ltr")
    assert i18n.direction("fa") == "rtl"
    assert i18n.direction("ar-EG") == "rtl"
    assert i18n.direction("he-IL") == "rtl"
    assert i18n.language("x-klingon") == i18n.Language("x-klingon", "x-klingon", "ltr")
    assert i18n.language("").dir == "ltr"


@pytest.mark.parametrize(
    ("lang", "fmt", "text"),
    [
        ("en", "short", "12 Mar 2026"),
        ("en", "medium", "12 March 2026"),
        ("en", "long", "Thursday, 12 March 2026"),
        ("en", "monthyear", "March 2026"),
        ("fr", "medium", "12 mars 2026"),
        ("es", "medium", "12 de marzo de 2026"),
        ("pt", "monthyear", "março de 2026"),
        ("ar", "short", "12 مارس 2026"),
        ("ru", "medium", "12 марта 2026 г."),
        ("sw", "short", "12 Mar 2026"),
    ],
)
def test_dates(lang: str, fmt: str, text: str) -> None:
    assert i18n.format_date(lang, MOMENT, fmt).replace("\u202f", " ") == text
    assert i18n.format_date(lang, MOMENT.date(), fmt).replace("\u202f", " ") == text


def test_a_moment_counts_as_its_utc_day() -> None:
    late = datetime(2026, 3, 12, 22, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert i18n.format_date("en", late) == "13 Mar 2026"
    assert i18n.format_datetime("en", late) == "13 March 2026, 03:30 UTC"
    assert i18n.isodate(late) == "2026-03-13T03:30:00Z"
    assert i18n.isodate(date(2026, 3, 1)) == "2026-03-01"
    assert i18n.format_datetime("ar", MOMENT) == "12 مارس 2026، 14:05 UTC"


def test_dates_before_the_epoch_and_far_away() -> None:
    assert i18n.format_date("en", date(1, 1, 1), "medium") == "1 January 1"
    assert i18n.isodate(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    assert i18n.format_date("fr", date(9999, 12, 31), "medium") == "31 décembre 9999"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 KB"),
        (1449, "1.4 KB"),
        (812334, "812 KB"),
        (999_499, "999 KB"),
        (999_500, "1 MB"),
        (26_214_400, "26 MB"),
        (3_200_000_000, "3.2 GB"),
    ],
)
def test_sizes(octets: int, text: str) -> None:
    assert i18n.format_size("en", octets) == text


def test_numbers_and_names_follow_the_language() -> None:
    assert i18n.format_number("en", 1234567) == "1,234,567"
    assert i18n.format_number("es", 1234567) == "1.234.567"
    assert i18n.format_size("fr", 1_500_000) == "1,5 Mo"
    assert i18n.language_name("ar", "fr") == "arabe"
    assert i18n.language_name("sw", "en") == "Swahili"
    assert i18n.country_name("ke", "ru") == "Кения"
    assert i18n.country_name("QQ", "en") == "QQ"
    assert i18n.language_name("qqq-nothing", "en") == "qqq-nothing"


def test_filters_are_those_the_templates_use() -> None:
    filters = i18n.Formatter("en").filters()
    assert sorted(filters) == [
        "bytes", "date", "datetime", "isodate", "langdir", "langname", "number",
    ]  # fmt: skip
    assert filters["date"](MOMENT, "monthyear") == "March 2026"
    assert filters["bytes"](1000) == "1 KB"
