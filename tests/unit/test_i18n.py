"""Languages, catalogues and the writing of dates and numbers: every message of the theme and the
code is translated in every catalogue, with the same placeholders and all plural forms.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from solicomm_build.foundation import i18n
from solicomm_build.foundation.language import catalogue as catalogues

ROOT = Path(__file__).parents[2]
TRANSLATED = [code for code in i18n.LANGUAGES if code != "en"]
PLURALS = {"fr": 2, "es": 2, "pt": 2, "ar": 6, "ru": 3}
MOMENT = datetime(2026, 3, 12, 14, 5, 9, tzinfo=UTC)
EACH = pytest.mark.parametrize("lang", TRANSLATED)


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make messages` finds in the sources, by its own command."""
    rules = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    command = re.search(r"\$\(BIN\)/pybabel (.* extract .*) -o messages\.pot \.", rules)
    assert command is not None
    pot = tmp_path_factory.mktemp("messages") / "messages.pot"
    pybabel = [sys.executable, "-m", "babel.messages.frontend", *shlex.split(command[1])]
    subprocess.run([*pybabel, "-o", str(pot), "."], cwd=ROOT, check=True, timeout=120)
    with pot.open("rb") as file:
        return read_po(file)


@lru_cache
def catalogue(lang: str) -> Catalog:
    """The catalogue as it lies in the repository."""
    with (i18n.TRANSLATIONS / lang / "LC_MESSAGES" / "solicomm.po").open("rb") as source:
        return read_po(source, locale=lang, abort_invalid=True)


def _by_id(found: Catalog) -> dict[str, Message]:
    return {f"{one.context or ''} | {one.id}": one for one in found if one.id}


def _files(message: Message) -> list[str]:
    return sorted({name for name, _ in message.locations})


def _forms(message: Message) -> tuple[str, ...]:
    """The translation as a tuple: one text, or one per plural form."""
    text = message.string
    return (text or "",) if isinstance(text, str) or text is None else tuple(text)


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|%(?!\()|\{\w+\}", text))


def test_messages_are_found_in_code_tables_and_templates(sources: Catalog) -> None:
    assert "themes/solicomm/templates/macros.html" in _files(sources["Reply by mail"])
    assert "solicomm_build/foundation/i18n.py" in _files(sources["%(num)s MB"])
    assert "solicomm_build/gate/faultforms.py" in _files(sources["the picture is empty"])
    assert sources.get("%(num)s post").id == ("%(num)s post", "%(num)s posts")
    assert sources.get("Summary", "of a topic") is not None
    assert len(list(sources)) > 1_400


def test_no_letter_calls_the_place_it_is_about_a_list(sources: Catalog) -> None:
    """A letter is about a list or a conference: it says the title, or neither word."""
    said = [
        str(one.id)
        for one in sources
        if one.id and any("/letters/" in name or "heldwords" in name for name in _files(one))
    ]
    assert len(said) > 300
    wrong = re.compile(r"\b(the|this) list\b(?! for the door| that says whose code)")
    assert [text for text in said if wrong.search(text)] == []


def test_portuguese_is_that_of_brazil_throughout() -> None:
    """One kind of it: a page that says *ficheiro* and *arquivo* was written by nobody."""
    portugal = re.compile(
        r"\b(ficheiros?|ecrãs?|telemóve(l|is)|carregue|prima|palavras?-passe|correio|registos?"
        r"|sítios?|controlo|contact\w+|aceites?(?!-)|demasiad\w+|noutr[ao]s?|até (aos?|às?)"
        r"|liga(ção|ções)|logótipos?|câmaras?"
        r"|carácter|\w+ámos|\w+-lhes?|\w+mo-l[oa]s?|toda a gente"
        r"|\w+ónic\w*|\w+ónim\w*|est(á|ão) a \w+r)\b|[«»]",
        re.IGNORECASE,
    )
    texts = [text for message in catalogue("pt") if message.id for text in _forms(message)]
    assert [text for text in texts if portugal.search(text)] == []


def test_what_was_looked_up_is_let_go_of_and_found_again() -> None:
    """In a process of its own: the pages that the kernel counts as its."""
    script = """
import re, sys
from pathlib import Path
from solicomm_build.foundation import i18n
from solicomm_build.foundation.language import catalogue

def held():
    found, name = 0, ""
    for line in Path("/proc/self/smaps").read_text().splitlines():
        words = line.split()
        name = (words[5:] or [""])[0] if "-" in words[0] else name
        found += int(words[1]) if words[0] == "Rss:" and name.endswith("solicomm.mo") else 0
    return found

said = [i18n.gettext(lang, "Search") for lang in i18n.LANGUAGES]
before = held()
catalogue.let_go()
print(before > 0, held(), said == [i18n.gettext(lang, "Search") for lang in i18n.LANGUAGES])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "0", "True"]


def test_a_language_has_one_catalogue() -> None:
    held = {path.name for path in i18n.TRANSLATIONS.glob("*/LC_MESSAGES/*.po")}
    assert held == {"solicomm.po"}
    assert sorted(path.name for path in i18n.TRANSLATIONS.iterdir()) == sorted(TRANSLATED)


@EACH
def test_catalogue_holds_exactly_the_messages_there_are(lang: str, sources: Catalog) -> None:
    """Else: `make messages`, and translate what is empty."""
    held, used = _by_id(catalogue(lang)), _by_id(sources)
    assert sorted(used.keys() - held.keys()) == [], "not translated"
    assert sorted(held.keys() - used.keys()) == [], "no longer used"
    assert not catalogue(lang).obsolete


@EACH
def test_every_message_names_the_files_it_is_in(lang: str, sources: Catalog) -> None:
    held, used = _by_id(catalogue(lang)), _by_id(sources)
    assert {key: _files(one) for key, one in held.items()} == {
        key: _files(one) for key, one in used.items()
    }
    lines = {line for one in held.values() for _, line in one.locations}
    assert lines == {None}, "a catalogue would change with every line that moves"


@EACH
def test_no_message_is_translated_twice(lang: str) -> None:
    """The same words mean one thing, or the context tells what: each pair is there once."""
    text = (i18n.TRANSLATIONS / lang / "LC_MESSAGES" / "solicomm.po").read_text("utf-8")
    blocks = [block.split("\nmsgstr")[0] for block in text.split("\n\n")]
    ids = Counter(re.sub(r"^#.*\n", "", block, flags=re.MULTILINE) for block in blocks)
    assert [one for one, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("folder", ["solicomm_build", "plugins"])
def test_messages_are_said_where_extraction_sees_them(folder: str) -> None:
    """What is translated is a literal, or is marked by `N_` in a table: never inside an f-string,
    which Python 3.11 keeps whole, nor passed through a function that only hands it on."""
    hidden, handed = [], []
    for path in (ROOT / folder).rglob("*.py"):
        text = path.read_text("utf-8")
        if "gettext" not in text:
            continue
        tree = ast.parse(text)
        strings = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        hidden += [path.name for one in strings for call in ast.walk(one) if _translates(call)]
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            given = {one.arg for one in function.args.args}
            said = [call.args[1] for call in ast.walk(function) if _translates(call)]
            handed += [path.name for one in said if getattr(one, "id", "") in given]
    assert hidden == []
    assert sorted(set(handed) - _HANDED) == []


_HANDED = {"catalogue.py", "i18n.py", "generator.py", "interface.py"}
"""The translator itself, the templates' own, and the script's list, which reads the templates."""


def _translates(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return False
    name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
    return name in ("gettext", "ngettext", "pgettext")


@EACH
def test_every_message_is_translated_for_certain(lang: str) -> None:
    for message in catalogue(lang):
        assert message.id == "" or not message.fuzzy, message.id
        forms = _forms(message)
        assert all(forms), message.id
        if any(file.endswith(".html") for file in _files(message)):  # put into pages as they are
            assert not [form for form in forms if re.search(r"[<>&]", form)], message.id
    assert not catalogue(lang).fuzzy


@EACH
def test_plural_forms_are_complete(lang: str) -> None:
    assert catalogue(lang).num_plurals == PLURALS[lang]
    for message in catalogue(lang):
        if message.pluralizable:
            assert len(_forms(message)) == PLURALS[lang], message.id


@EACH
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


@EACH
def test_latin_script_catalogues_hold_no_english(lang: str) -> None:
    """Words that two languages share are few; a long text that is equal was forgotten."""
    same = [
        message.id
        for message in catalogue(lang)
        if isinstance(message.id, str) and message.id == message.string and len(message.id) > 16
    ]
    assert lang in ("ar", "ru") or same == []


@EACH
def test_other_scripts_are_written_in_their_own(lang: str) -> None:
    letters = {"ar": r"[؀-ۿ]", "ru": r"[а-яА-Я]"}.get(lang, "")
    for message in catalogue(lang):
        if message.id:
            assert all(re.search(letters, form) for form in _forms(message)), message.id


@EACH
def test_a_compiled_catalogue_says_what_its_source_says(lang: str, tmp_path: Path) -> None:
    """Whether it was compiled to a file or in memory; a file of another source is left alone."""
    source = (i18n.TRANSLATIONS / lang / "LC_MESSAGES" / "solicomm.po").read_bytes()
    po, mo = tmp_path / "solicomm.po", tmp_path / "solicomm.mo"
    po.write_bytes(source)
    mo.write_bytes(catalogues.compiled(source))
    for made in (catalogues.load(po), catalogues.Messages(catalogues.compiled(source))):
        for message in filter(lambda one: one.id, catalogue(lang)):
            if message.pluralizable:
                said = {made.ngettext(*message.id, n) for n in range(120)}
                assert said == set(_forms(message))
            elif message.context:
                assert made.pgettext(message.context, message.id) == message.string
            else:
                assert made.gettext(message.id) == message.string
        assert made.gettext("in no catalogue") == "in no catalogue"
        assert made.pgettext("nowhere", "Search") == "Search"
        assert [made.ngettext("day?", "days?", n) for n in (1, 2)] == ["day?", "days?"]
    catalogues.load.cache_clear()
    po.write_bytes(source.replace(b'msgid "Search"', b'msgid "Seek"'))
    assert catalogues.load(po).gettext("Search") == "Search"
    catalogues.load.cache_clear()


def test_values_are_put_in_where_there_are_any() -> None:
    assert i18n.gettext("fr", "%(num)s MB") == "%(num)s Mo"
    assert i18n.gettext("fr", "%(num)s MB", num=3) == "3 Mo"
    assert i18n.ngettext("es", "%(num)s post", "%(num)s posts", 1234) == "1.234 mensajes"
    assert i18n.ngettext("es", "%(num)s post", "%(num)s posts", 2, num="II") == "II mensajes"
    assert i18n.pgettext("ru", "of a topic", "Summary") != i18n.gettext("ru", "Summary")
    assert i18n.N_("Summary") == "Summary"


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
    assert i18n.translation(lang).ngettext("%(num)s post", "%(num)s posts", count) == form


@pytest.mark.parametrize(("count", "word"), [(11, "موضوعًا"), (99, "موضوعًا"), (100, "موضوع")])
def test_arabic_counts_eleven_to_ninety_nine_in_the_accusative(count: int, word: str) -> None:
    assert i18n.ngettext("ar", "%(num)s topic", "%(num)s topics", count) == f"{count} {word}"


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
    for lang in i18n.LANGUAGES:
        for small in (0, 7, 10, 99, 100, 999):  # a whole number is not looked up; 7.0 is
            written = i18n.format_number.__wrapped__
            assert written(lang, small) == written(lang, float(small)), lang
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


_TAGS = (
    "zh-TW",
    "zh-Hant-TW",
    "sr-ME",
    "pa-PK",
    "en-x-kenya",
    "swc-CD",
    "uz-AF",
    "aa",
    "xx-YY",
    "tlh",
    "nds-DE",
    "quc",
)
_ASKED = f"""
from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers
def told(tag):
    try:
        return str(Locale.parse(tag, sep="_" if "_" in tag else "-"))
    except (UnknownLocaleError, ValueError):
        return "?"
tags = [*{_TAGS!r}, *(name.partition("_")[0] for name in locale_identifiers())]
before = list(map(told, tags))
from solicomm_build.foundation import i18n
i18n.warm("fr")
from babel.core import get_global
few = len(get_global("likely_subtags")) < 2000
print(before == list(map(told, tags)), before[0], before[8], few)
"""


def test_languages_are_found_as_before_when_unused_data_is_forgotten() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _ASKED], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert told.split() == ["True", "zh_Hant_TW", "?", "True"]
