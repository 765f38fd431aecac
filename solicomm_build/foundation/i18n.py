"""The interface's languages: names, direction, messages, and how each writes dates and numbers.

Everything is read from the catalogues and from Babel's CLDR data, never from the process's locale
(`locale.setlocale` is process-wide and would leak between pages). A language has one catalogue,
`translations/<lang>/LC_MESSAGES/solicomm.po`; `make messages` takes into it what the sources say.

Formatting is called once per post and page: each function answers from a bounded cache.
"""

from __future__ import annotations

import gettext as _gettext
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal, cast

from babel import Locale, UnknownLocaleError, dates, localedata, numbers
from babel.core import get_global

from solicomm_build.foundation.language import catalogue

DOMAIN = "solicomm"
TRANSLATIONS = Path(__file__).parents[1] / "translations"


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its BCP 47 tag, its own name and its direction, `ltr` or `rtl`."""

    code: str
    name: str
    dir: str


LANGUAGES = {
    language.code: language
    for language in (
        Language("en", "English", "ltr"),
        Language("fr", "Français", "ltr"),
        Language("es", "Español", "ltr"),
        Language("pt", "Português", "ltr"),
        Language("ar", "العربية", "rtl"),
        Language("ru", "Русский", "ltr"),
    )
}
"""What the interface speaks; others are added by a catalogue and a line here."""

# en_GB: "12 March 2026" is read alike everywhere; "3/12/26" is not.
_LOCALES = {"en": "en_GB"}
# CLDR's lengths are moved up by one: its short forms are digits, whose order differs by country,
# and Arabic's and Spanish's medium forms are digits or lack their particles.
_DATE_FORMATS = {"medium": "long", "long": "full"}
# Babel's data of a language that is of no use here: measures, money and zones of time.
_UNUSED = (
    "unit_patterns",
    "unit_display_names",
    "compound_unit_patterns",
    "currency_names",
    "currency_names_plural",
    "currency_unit_patterns",
    "currency_symbols",
    "compact_currency_formats",
    "compact_decimal_formats",
    "interval_formats",
    "date_fields",
    "day_period_rules",
    "meta_zones",
    "time_zones",
)
# Likewise of what it knows of all languages: who speaks what where, and pays with which money.
_UNUSED_OF_ALL: tuple[Literal["territory_languages", "territory_currencies"], ...] = (
    "territory_languages",
    "territory_currencies",
)
_SKELETONS = {"short": "yMMMd", "monthyear": "yMMMM"}


@lru_cache(maxsize=512)
def language(tag: str) -> Language:
    """The language of any BCP 47 tag; one that nobody knows keeps its tag as name and runs ltr."""
    if tag in LANGUAGES:
        return LANGUAGES[tag]
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return Language(tag, tag, "ltr")
    direction = "rtl" if locale.character_order == "right-to-left" else "ltr"
    name = locale.get_display_name(locale) or tag
    return Language(tag, name[:1].upper() + name[1:], direction)


def direction(tag: str) -> str:
    """`ltr` or `rtl`."""
    return language(tag).dir


@lru_cache(maxsize=128)
def translation(lang: str) -> _gettext.NullTranslations:
    """The messages of `lang` with its plural rule; English, and any language without a catalogue,
    answers with the message itself."""
    path = TRANSLATIONS / _primary(lang) / "LC_MESSAGES" / f"{DOMAIN}.po"
    if _primary(lang) not in LANGUAGES or not path.is_file():
        return _gettext.NullTranslations()
    return catalogue.load(path)


def N_(message: str) -> str:
    """The message as it is: marks what is translated elsewhere, for `make messages`."""
    return message


_MOST_SAID = 4096
_said: dict[tuple[str, str], str] = {}


def said_since(count: int) -> tuple[tuple[str, str], ...]:
    """The (language, message)s that this process has translated after its first `count`: what a
    child tells its parent, so that the next one need not look them up."""
    return tuple(islice(_said, count, None))


def said() -> int:
    """How many messages this process knows by heart."""
    return len(_said)


def gettext(lang: str, message: str, /, **values: object) -> str:
    """`message` in `lang`, or as it is, with its values put in where any are given."""
    text = _said.get((lang, message))
    if text is None:
        if len(_said) >= _MOST_SAID:
            _said.clear()
        text = _said[lang, message] = translation(lang).gettext(message)
    return text % values if values else text


def pgettext(lang: str, context: str, message: str, /, **values: object) -> str:
    """Likewise for a message that means something else elsewhere; `context` tells translators."""
    text = translation(lang).pgettext(context, message)
    return text % values if values else text


def ngettext(lang: str, singular: str, plural: str, count: int, /, **values: object) -> str:
    """The form of the message that `lang` uses for `count`, which is `%(num)s` in it unless that is
    among the values."""
    text = translation(lang).ngettext(singular, plural, count)
    return text % ({"num": format_number(lang, count)} | values)


def format_date(lang: str, value: date, fmt: str = "short") -> str:
    """A day in words of `lang`: `short` 12 Mar 2026, `medium` 12 March 2026, `long` with
    the weekday, `monthyear` March 2026. An aware datetime counts as its UTC day.
    """
    return _date(lang, _day(value), fmt)


def format_datetime(lang: str, value: datetime) -> str:
    """Day and minute in UTC, e.g. `12 March 2026, 14:05 UTC`; 24 hours in every language."""
    moment = _utc(value)
    # The time stands in its own left-to-right order in Arabic too: digits and UTC are Latin there.
    return f"{_date(lang, moment.date(), 'medium')}{_comma(lang)} {moment:%H:%M} UTC"


def isodate(value: date) -> str:
    """What `<time datetime>` wants: `2026-03-12`, or for a moment `2026-03-12T14:05:09Z`."""
    if isinstance(value, datetime):
        return f"{_utc(value).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    return value.isoformat()


@lru_cache(maxsize=16384)
def format_number(lang: str, value: float) -> str:
    """With the separators of `lang`, in European digits."""
    if isinstance(value, int) and 0 <= value < 1000:
        return str(value)  # nothing is separated, and pages are full of small numbers
    return str(numbers.format_decimal(value, locale=_locale(lang)))


@lru_cache(maxsize=16384)
def format_size(lang: str, octets: int) -> str:
    """A size for people in units of 1,000: `812 KB`, `1.4 MB`; below 1,000 in bytes."""
    if octets < 1000:
        return ngettext(lang, "%(num)s byte", "%(num)s bytes", octets)
    value, unit = octets / 1000, gettext(lang, "%(num)s KB")
    if value >= 999.5:
        value, unit = value / 1000, gettext(lang, "%(num)s MB")
    if value >= 999.5:
        value, unit = value / 1000, gettext(lang, "%(num)s GB")
    return unit % {"num": format_number(lang, round(value, 1) if value < 10 else round(value))}


@lru_cache(maxsize=4096)
def language_name(code: str, lang: str) -> str:
    """The name of language `code` in the words of `lang`; the code when CLDR has none."""
    try:
        name = Locale.parse(code, sep="-").get_display_name(_locale(lang))
    except (UnknownLocaleError, ValueError, TypeError):
        name = None
    return str(name or code)


def warm(lang: str) -> None:
    """Loads what formatting in `lang` needs, so that processes forked later find it loaded."""
    moment = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)
    translation(lang)
    format_datetime(lang, moment)
    for fmt in ("short", "medium", "monthyear"):
        format_date(lang, moment, fmt)
    for number in (1, 2, 1000):
        format_number(lang, number)
        format_size(lang, number)
    for code in LANGUAGES:
        language_name(code, lang)


@lru_cache(maxsize=2048)
def country_name(code: str, lang: str) -> str:
    """The name of a country (ISO 3166-1 alpha-2) in the words of `lang`; the code when unknown."""
    return str(_locale(lang).territories.get(code.upper(), code))


def sort_key(name: str) -> str:
    """What names are put in order by: without accents and case."""
    split = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in split if unicodedata.category(c) != "Mn")


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The codes of all countries and territories (ISO 3166-1 alpha-2)."""
    known = map(str, Locale.parse("en").territories)
    others = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    return frozenset(code for code in known if len(code) == 2 and code.isalpha()) - others


@lru_cache(maxsize=512)
def is_currency(code: str) -> bool:
    """Whether this is the code of a currency (ISO 4217) of today or of before."""
    return code in numbers.list_currencies()


@lru_cache(maxsize=1)
def month_names() -> dict[str, int]:
    """The months by the names of all our languages, full and short, folded as words are compared
    (no case, no accents, no points); a name of two different months is left out."""
    found: dict[str, int] = {}
    twice: set[str] = set()
    for tag in (*LANGUAGES, "ar_SY", "ar_DZ", "ar_MA"):
        months = Locale.parse(tag).months
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[form][width].items():
                    word = _bare(name)
                    twice |= {word} if found.setdefault(word, number) != number else set()
    return {word: number for word, number in found.items() if word not in twice}


def _bare(word: str) -> str:
    signs = str.maketrans("أإآىة", "ااايه")
    split = unicodedata.normalize("NFKD", word.casefold().translate(signs))
    kept = (c for c in split if unicodedata.category(c) not in ("Mn", "Cf") and c != ".")
    return "".join(kept).strip()


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Names of countries in all our languages, folded, with their codes."""
    return {
        str(name).casefold(): code
        for lang in LANGUAGES
        for code, name in _locale(lang).territories.items()
        if len(code) == 2 and code.isalpha()
    }


@lru_cache(maxsize=1)
def _language_codes() -> dict[str, str]:
    """Names of languages in all our languages and their own, folded, with their codes."""
    found = {
        str(name).casefold(): code
        for lang in LANGUAGES
        for code, name in _locale(lang).languages.items()
        if 2 <= len(code) <= 3
    }
    return found | {known.name.casefold(): code for code, known in LANGUAGES.items()}


def country_code(text: str) -> str:
    """The code of a country that is named in one of our languages, or is a code itself; empty when
    nobody calls one so."""
    word = " ".join(text.split())
    if len(word) == 2 and word.upper() in _locale("en").territories:
        return word.upper()
    return _countries().get(word.casefold(), "")


def language_code(text: str) -> str:
    """The tag of a language, likewise."""
    word = " ".join(text.split())
    if word.lower() in _locale("en").languages:
        return word.lower()
    return _language_codes().get(word.casefold(), "")


@dataclass(frozen=True, slots=True)
class Formatter:
    """The filters of the templates for one language (`filters()` gives them by name)."""

    lang: str

    def filters(self) -> dict[str, Callable[..., str]]:
        """The template filters, named as templates name them."""
        lang = self.lang
        return {
            "date": lambda value, fmt="short": format_date(lang, value, fmt),
            "datetime": lambda value: format_datetime(lang, value),
            "isodate": isodate,
            "number": lambda value: format_number(lang, value),
            "bytes": lambda value: format_size(lang, value),
            "langname": lambda value: language_name(value, lang),
            "langdir": direction,
        }


def _primary(tag: str) -> str:
    return tag.replace("_", "-").split("-", 1)[0].lower()


@lru_cache(maxsize=64)
def _locale(lang: str) -> Locale:
    primary = _primary(lang)
    _forget_unused_of_all()
    locale = Locale.parse(_LOCALES.get(primary, primary) if primary in LANGUAGES else "en_GB")
    _forget_unused(str(locale))
    return locale


def _forget_unused(name: str) -> None:
    """Takes out of Babel's data of a language, and of those that it inherits from, what nothing
    here is written with: two thirds of some 1.5 MiB."""
    inherited = localedata.load("en_001") if name.startswith("en_") else {}
    for data in (localedata.load("root"), inherited, localedata.load(name)):
        for unused in _UNUSED:
            data.pop(unused, None)
    if inherited:
        _forget_unused("en")


@lru_cache(maxsize=1)
def _forget_unused_of_all() -> None:
    """Likewise with Babel's data of all languages; and which script is likely is asked of those
    alone that it has data of: together 1.7 MiB of 2."""
    for unused in _UNUSED_OF_ALL:
        cast("dict[str, object]", get_global(unused)).clear()
    known = {name.partition("_")[0] for name in localedata.locale_identifiers()}
    likely = cast("dict[str, str]", get_global("likely_subtags"))
    for tag, whole in list(likely.items()):
        if whole.partition("_")[0] not in known:
            del likely[tag]


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value


def _day(value: date) -> date:
    return _utc(value).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=65536)
def _date(lang: str, value: date, fmt: str) -> str:
    locale = _locale(lang)
    if fmt in _SKELETONS:
        # Babel wants a datetime here: the skeleton might name an hour.
        moment = datetime.combine(value, time())
        return str(dates.format_skeleton(_SKELETONS[fmt], moment, locale=locale))
    return str(dates.format_date(value, _DATE_FORMATS[fmt], locale=locale))


def _comma(lang: str) -> str:
    return "،" if _primary(lang) == "ar" else ","
