"""Languages, catalogues and the writing of dates and numbers: every message of the theme and the
code is translated in every catalogue, with the same placeholders and all plural forms.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from solicomm_build.foundation import i18n

ROOT = Path(__file__).parents[2]
TRANSLATED = [code for code in i18n.LANGUAGES if code != "en"]
PLURALS = {"fr": 2, "es": 2, "pt": 2, "ar": 6, "ru": 3}
MOMENT = datetime(2026, 3, 12, 14, 5, 9, tzinfo=UTC)

_THEME_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


Ids = set[str | tuple[str, ...]]


@lru_cache
def messages() -> dict[str, Ids]:
    """Every message id in the theme and the code by catalogue; a pair where there is a plural."""
    templates = ROOT / "themes" / "solicomm" / "templates"
    found = extract_from_dir(
        templates, [("**.html", "jinja2")], {"**.html": _JINJA}, _THEME_KEYWORDS
    )
    ids: dict[str, Ids] = defaultdict(set)
    for line in found:
        ids["solicomm"].add(tuple(line[2]) if isinstance(line[2], (list, tuple)) else line[2])
    for folder in ("solicomm_build", "plugins"):
        packages = defaultdict(list)
        for path in (ROOT / folder).rglob("*.py"):
            packages[path.parent].append(ast.parse(path.read_text("utf-8")))
        for modules in packages.values():
            for domain, message in _in_package(modules):
                ids[domain].add(message)
    return dict(ids)


def _in_package(modules: list[ast.Module]) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """(catalogue, message) of a package: calls of `gettext` and `ngettext`, and of the functions
    here that only call these with a message and a domain (`_say(lang, "…")`).
    """
    ways: dict[str, tuple[str, str]] = {}
    for module in modules:
        ways |= _wrappers(module)
    for module in modules:
        yield from _in_code(module, ways)


def _constants(module: ast.Module) -> dict[str, ast.expr]:
    """The module's names and what they are set to."""
    found: dict[str, ast.expr] = {}
    for node in module.body:
        if isinstance(node, ast.Assign):
            found |= {t.id: node.value for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def _domain(call: ast.Call, constants: dict[str, ast.expr]) -> str:
    """The catalogue a call names, by a literal or by a constant of its module."""
    for keyword in call.keywords:
        if keyword.arg == "domain":
            value = keyword.value
            if isinstance(value, ast.Name):
                value = constants.get(value.id, value)
            return str(value.value) if isinstance(value, ast.Constant) else ""
    return "solicomm"


def _wrappers(module: ast.Module) -> dict[str, tuple[str, str]]:
    """name: (gettext or ngettext, catalogue) of functions that pass their message on."""
    found, constants = {}, _constants(module)
    for function in (node for node in module.body if isinstance(node, ast.FunctionDef)):
        names = {argument.arg for argument in function.args.args}
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            passed = len(call.args) > 1 and getattr(call.args[1], "id", None) in names
            domain = _domain(call, constants)
            if _name(call) in ("gettext", "ngettext") and passed and domain:
                found[function.name] = (_name(call), domain)
    found.pop("gettext", None)
    found.pop("ngettext", None)
    return found


def _in_code(
    module: ast.Module, ways: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """What `gettext(lang, …)` and `ngettext(lang, …, …, n)` are given: literals, or a table of the
    module (`gettext(lang, _NOTES[note])`), whose values are then messages.
    """
    constants = _constants(module)
    tables = {
        name: [str(text.value) for text in value.values if isinstance(text, ast.Constant)]
        for name, value in constants.items()
        if isinstance(value, ast.Dict)
    }
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        way, domain = ways.get(_name(node), (_name(node), ""))
        domain = domain or _domain(node, constants)
        literals = [str(arg.value) for arg in node.args[1:3] if isinstance(arg, ast.Constant)]
        if way == "ngettext" and len(literals) == 2:
            yield domain, tuple(literals)
        elif way == "gettext" and literals:
            yield domain, literals[0]
        elif way == "gettext":
            used = {part.id for part in ast.walk(node.args[1]) if isinstance(part, ast.Name)}
            yield from ((domain, text) for table in used & tables.keys() for text in tables[table])


def _domains() -> list[str]:
    """Every catalogue the code names or that lies there."""
    files = {path.stem for path in i18n.TRANSLATIONS.glob("*/LC_MESSAGES/*.po")}
    return sorted(files | messages().keys())


EACH = pytest.mark.parametrize(
    ("lang", "domain"), [(lang, domain) for domain in _domains() for lang in TRANSLATED]
)


@lru_cache
def catalogue(lang: str, domain: str = "solicomm") -> Catalog:
    """The catalogue as it lies in the repository."""
    path = i18n.TRANSLATIONS / lang / "LC_MESSAGES" / f"{domain}.po"
    with path.open("rb") as source:
        return read_po(source, locale=lang, abort_invalid=True)


def _forms(message: Message) -> tuple[str, ...]:
    """The translation as a tuple: one text, or one per plural form."""
    text = message.string
    return (text or "",) if isinstance(text, str) or text is None else tuple(text)


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|%(?!\()", text))


def test_messages_are_found() -> None:
    assert "Reply by mail" in messages()["solicomm"]
    assert ("%(num)s post", "%(num)s posts") in messages()["solicomm"]
    assert "%(num)s MB" in messages()["solicomm"]
    assert "" not in messages(), "a domain that is neither a literal nor a constant of its module"
    code = (
        'T = {"a": "Yes", "b": "No"}\ngettext(lang, T.get(key["k"], ""))\nngettext(l, "x", "y", 2)'
    )
    assert set(_in_package([ast.parse(code)])) == {
        ("solicomm", "Yes"),
        ("solicomm", "No"),
        ("solicomm", ("x", "y")),
    }


def test_messages_of_other_catalogues_are_found() -> None:
    words = 'DOMAIN = "desk"\ndef say(l, m):\n return i18n.gettext(l, m, domain=DOMAIN)\n'
    other = 'say(lang, "Hello")\ngettext(lang, "Bye", domain="bounces")'
    assert set(_in_package([ast.parse(words), ast.parse(other)])) == {
        ("desk", "Hello"),
        ("bounces", "Bye"),
    }


@EACH
def test_catalogue_holds_exactly_the_messages_there_are(lang: str, domain: str) -> None:
    held = {message.id for message in catalogue(lang, domain) if message.id}
    used = messages().get(domain, set())
    assert sorted(map(str, used - held)) == [], "not translated"
    assert sorted(map(str, held - used)) == [], "no longer used"
    assert not catalogue(lang, domain).obsolete


@EACH
def test_every_message_is_translated_for_certain(lang: str, domain: str) -> None:
    for message in catalogue(lang, domain):
        assert message.id == "" or not message.fuzzy, message.id
        forms = _forms(message)
        assert all(forms), message.id
        if domain == "solicomm":  # these go into pages; mails are text and name <addresses>
            assert not [f for f in forms if re.search(r"[<>&]", f) and message.id], message.id
    assert not catalogue(lang, domain).fuzzy


@EACH
def test_plural_forms_are_complete(lang: str, domain: str) -> None:
    assert catalogue(lang, domain).num_plurals == PLURALS[lang]
    for message in catalogue(lang, domain):
        if message.pluralizable:
            assert len(_forms(message)) == PLURALS[lang], message.id


@EACH
def test_placeholders_are_the_message_s_own(lang: str, domain: str) -> None:
    for message in catalogue(lang, domain):
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


@EACH
def test_latin_script_catalogues_hold_no_english(lang: str, domain: str) -> None:
    """Words that two languages share are few; a long text that is equal was forgotten."""
    same = [
        message.id
        for message in catalogue(lang, domain)
        if isinstance(message.id, str) and message.id == message.string and len(message.id) > 16
    ]
    assert lang in ("ar", "ru") or same == []


@EACH
def test_other_scripts_are_written_in_their_own(lang: str, domain: str) -> None:
    letters = {"ar": r"[؀-ۿ]", "ru": r"[а-яА-Я]"}.get(lang, "")
    for message in catalogue(lang, domain):
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
    assert i18n.gettext("fr", "Unions", domain="no-such-catalogue") == "Unions"
    assert i18n.ngettext("fr", "one", "many", 2, domain="no-such-catalogue") == "many"


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
        "bytes",
        "date",
        "datetime",
        "isodate",
        "langdir",
        "langname",
        "number",
    ]
    assert filters["date"](MOMENT, "monthyear") == "March 2026"
    assert filters["bytes"](1000) == "1 KB"
