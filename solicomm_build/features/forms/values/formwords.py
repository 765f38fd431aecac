"""Words and figures of forms as people write them: labels, numbers, money, days, countries. Pure.

Everything is compared without case, accents, vowel signs and punctuation, in six languages at once.
What can be read in two ways is never guessed: a `Wrong` says so, and the author is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.foundation.language import wordtables

_SIGNS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ـ": "", "’": "'"})
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w%]+|_")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*|[+-]?\.[0-9]+")
_GROUPS = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")
_CURRENCY_SIGNS = {"€": "EUR", "£": "GBP", "₽": "RUB", "R$": "BRL", "₹": "INR", "₦": "NGN"}
_ISO_DAY = re.compile(r"([0-9]{4})[-./]([0-9]{1,2})[-./]([0-9]{1,2})")
_DAY = re.compile(r"([0-9]{1,2})\s?([-./])\s?([0-9]{1,2})\s?\2\s?([0-9]{4})(?:\s?г\.?)?")
_CODE_BEHIND = re.compile(r"\(([A-Z]{2})\)$")
_MOST_DIGITS = 15


_WRONG = {
    "number": N_("This is not a number. Write for example 1250 or 3.5"),
    "whole": N_("This must be a whole number"),
    "two-ways": N_("This can be read in two ways. Write %(one)s or %(other)s"),
    "large": N_("This number is too large"),
    "money": N_("Write the amount with its currency, for example 1250 EUR"),
    "currency": N_("%(code)s is not a currency. Write for example 1250 EUR"),
    "day": N_("This is not a day. Write year, month, day: 2026-04-30"),
    "year": N_("The year must be written with four figures, between 1900 and 2100"),
    "no-day": N_("There is no such day. Write year, month, day: 2026-04-30"),
    "boolean": N_("Write yes or no"),
    "country": N_("There is no such country. Write its name, or its two-letter code"),
    "sector": N_("There is no such sector. Write a letter of the list, or an ISIC code"),
    "choice": N_("Write one of the words above"),
    "card": N_("Attach the document to your mail, or write its number: lib:2026-7QK3XA2M"),
    "long": N_("This is longer than %(most)s characters"),
    "short": N_("This is shorter than %(least)s characters"),
    "less": N_("This is less than %(least)s"),
    "more": N_("This is more than %(most)s"),
    "rows-more": N_("There are more than %(most)s lines"),
    "rows-fewer": N_("There are fewer than %(least)s lines"),
    "semicolon": N_("There is a semicolon too many in line %(row)s"),
    "row-missing": N_("Something is missing in line %(row)s"),
    "missing": N_("This is missing"),
    "le": N_("This may not be more than “%(other)s”"),
    "ge": N_("This may not be less than “%(other)s”"),
    "gt": N_("This must be more than, or later than, “%(other)s”"),
    "lt": N_("This must be less than, or earlier than, “%(other)s”"),
    "when": N_("This does not go with what another line says"),
    "twice": N_("This line is there more than once. Keep one of them"),
    "parts": N_("A line has more parts than were asked for"),
    "report": N_("There is no report of yours with this number"),
}


class Wrong(ValueError):
    """A value that cannot be taken; `code` says why, `said` in words."""

    def __init__(self, code: str, /, **facts: str) -> None:
        super().__init__(_WRONG[code])
        self.code, self.facts = code, facts

    def said(self, lang: str) -> str:
        """Why, in a language."""
        text = gettext(lang, _WRONG[self.code], **self.facts)
        if "row" in self.facts and "%(row)s" not in _WRONG[self.code]:
            return gettext(lang, "Line %(row)s:", row=self.facts["row"]) + " " + text
        return text


def folded(text: str) -> str:
    """A label or word as it is compared."""
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower()).strip()
    split = unicodedata.normalize("NFKD", text.casefold().translate(_SIGNS))
    bare = "".join(c for c in split if unicodedata.category(c) not in ("Mn", "Cf"))
    return _NOT_WORD.sub(" ", bare.translate(_SIGNS)).strip()


_YES_NO = wordtables.meanings(wordtables.table(__file__, "yes-no"), folded)
_COUNTRIES = wordtables.meanings(wordtables.table(__file__, "countries"), folded)


def digits(text: str) -> str:
    """The text with all decimal digits as ASCII, and Arabic separators as ours."""
    plain = "".join(
        str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text
    )
    return plain.replace("٫", ".").replace("٬", "'").replace("−", "-")


# -- numbers ----------------------------------------------------------------------------------


def number(text: str, *, whole: bool = False) -> str:
    """A number in its one spelling: `1234.5`. Raises Wrong."""
    plain = re.sub(r"[\s'’_\u202f\u00a0]|%$", "", digits(text).strip())
    if not _NUMBER.fullmatch(plain) or len(plain) > _MOST_DIGITS + 10:
        raise Wrong("number")
    sign, plain = ("-", plain[1:]) if plain[0] == "-" else ("", plain.lstrip("+"))
    try:
        value = Decimal(sign + _point(plain, whole=whole))
    except InvalidOperation as error:
        raise Wrong("number") from error
    if whole and value != value.to_integral_value():
        raise Wrong("whole")
    return _plain(value)


def _point(text: str, *, whole: bool) -> str:
    """Digits with a decimal point, from separators as different countries write them."""
    commas, points = text.count(","), text.count(".")
    if not commas and not points:
        return text
    if commas and points:
        decimal = "," if text.rfind(",") > text.rfind(".") else "."
        other = "." if decimal == "," else ","
        head, _, tail = text.rpartition(decimal)
        if decimal in head or not (_GROUPS.fullmatch(head) and other in head):
            raise Wrong("number")
        return head.replace(other, "") + "." + tail
    if commas + points > 1:
        if not _GROUPS.fullmatch(text):
            raise Wrong("number")
        return text.replace(",", "").replace(".", "")
    if _GROUPS.fullmatch(text) and not text.startswith("0"):
        bare = text.replace(",", "").replace(".", "")
        if whole:
            return bare
        fraction = text.replace(",", ".") + "0"
        raise Wrong(
            "two-ways",
            one=bare,
            other=fraction,
        )
    return text.replace(",", ".")


def _plain(value: Decimal) -> str:
    if value.adjusted() >= _MOST_DIGITS:
        raise Wrong("large")
    text = format(value.quantize(Decimal("0.000001")) if value % 1 else value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def written_number(canonical: str) -> str:
    """A number so that `number` reads it back without a question: never three decimals."""
    head, point, tail = canonical.partition(".")
    return f"{head}.{tail}0" if point and len(tail) == 3 else canonical


def money(text: str) -> str:
    """`1250.00 EUR` from an amount with its currency before or behind it. Raises Wrong."""
    plain = digits(text).strip()
    for sign, code in _CURRENCY_SIGNS.items():
        if sign in plain:
            plain = plain.replace(sign, "").strip() + f" {code}"
            break
    match = re.fullmatch(r"([A-Za-z]{3})\s*+(.*\d)|(.*\d)\s*+([A-Za-z]{3})", plain)
    if match is None:
        raise Wrong("money")
    code = (match[1] or match[4]).upper()
    if not i18n.is_currency(code):
        raise Wrong("currency", code=code)
    return f"{number(match[2] or match[3])} {code}"


# -- days -------------------------------------------------------------------------------------


def day(text: str) -> str:
    """A day as `2026-04-03`. Raises Wrong; one that can be read in two ways is asked back."""
    plain = _SPACES.sub(" ", digits(text)).strip().rstrip(".")
    if match := _ISO_DAY.fullmatch(plain):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY.fullmatch(plain):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if match[2] == "." or first == second or first > 12:
            return _day(year, second, first)
        if second > 12:
            return _day(year, first, second)
        raise Wrong(
            "two-ways",
            one=_day(year, second, first),
            other=_day(year, first, second),
        )
    return _named_day(plain)


def _named_day(plain: str) -> str:
    words = [w for w in folded(plain).split() if w not in ("de", "del", "of", "г", "года")]
    months = [i18n.month_names().get(word) for word in words]
    named = [(at, month) for at, month in enumerate(months) if month]
    figures = [int(w) for w in (re.sub(r"\D", "", word) for word in words) if w]
    years = [n for n in figures if n > 31]
    days = [n for n in figures if n <= 31]
    if len(named) != 1 or len(years) != 1 or len(days) != 1 or len(words) != 3:
        raise Wrong("day")
    return _day(years[0], int(named[0][1] or 0), days[0])


def _day(year: int, month: int, number: int) -> str:
    if not 1900 <= year <= 2100:
        raise Wrong("year")
    try:
        return date(year, month, number).isoformat()
    except ValueError as error:
        raise Wrong("no-day") from error


# -- closed words -----------------------------------------------------------------------------


def yes_or_no(text: str) -> str:
    """`true` or `false`. Raises Wrong."""
    found = folded(text)
    said, _ = _YES_NO.get(found, ("", ""))
    if not said:
        raise Wrong("boolean")
    return "true" if said == "yes" else "false"


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for lang in i18n.LANGUAGES:
        for code in i18n.countries():
            found.setdefault(folded(i18n.country_name(code, lang)), code)
    return {**found, **{word: code for word, (code, _) in _COUNTRIES.items()}}


def country(text: str) -> str:
    """A country's two-letter code, from the code or a name in six languages. Raises Wrong."""
    plain = text.strip()
    if match := _CODE_BEHIND.search(plain):
        plain = match[1]
    if len(plain) == 2 and plain.upper() in i18n.countries():
        return plain.upper()
    code = _countries().get(folded(plain))
    if code is None:
        raise Wrong("country")
    return code
