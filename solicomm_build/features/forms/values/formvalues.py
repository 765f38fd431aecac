"""Answers to a form: what was written becomes values in one spelling each, or says what is wrong.

Pure. `Values` holds by key a text in the one spelling of the field's type (`3.5`, `2026-04-30`,
`KE`, `1250 EUR`, `true`), or for a list its rows. An empty field has no key. What is valid is the
same everywhere: in a mail, on the web, and in a post that is shown in a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formwords, isic
from solicomm_build.features.forms.values.form import Field, Form
from solicomm_build.features.forms.values.formwords import Wrong, folded
from solicomm_build.foundation import characters, i18n
from solicomm_build.foundation.i18n import gettext

Row: TypeAlias = "dict[str, str]"
Values: TypeAlias = "dict[str, str | list[Row]]"
Registry: TypeAlias = Mapping[str, Mapping[str, str]]
"""The unions of the hub: their titles by language."""

_CONTROLS = characters.any_of(characters.CONTROLS, characters.DISGUISES, but="\n")
_CARD = re.compile(r"lib:[0-9]{4}-[0-9A-Z]{6,12}")
_SPACES = re.compile(r"[^\S\n]+")
_MOST_CARDS = 10
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,14}(?:\.[0-9]{0,5}[1-9])?|-?0\.[0-9]{0,5}[1-9]")


def read(one: Field, text: str, registry: Registry) -> str:
    """What somebody wrote into a field that is no list, in its one spelling. Raises Wrong."""
    text = clean(text, lines=one.type == "longtext")
    match one.type:
        case "text" | "longtext":
            value = text
        case "integer" | "number":
            value = formwords.number(text, whole=one.type == "integer")
        case "money":
            value = formwords.money(text)
        case "date":
            value = formwords.day(text)
        case "boolean":
            value = formwords.yes_or_no(text)
        case "country":
            value = formwords.country(text)
        case "isic4":
            value = isic.sector(text.partition("·")[0].strip() or text)
        case "choice":
            value = _option(one, text)
        case "registry":
            value = _registered(text, registry)
        case _:
            value = _cards(text)
    _bounds(one, value)
    return value


def clean(text: str, *, lines: bool = False) -> str:
    """A text without control characters; on one line, unless `lines`."""
    plain = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\t", " "))
    if lines:
        rows = [row.rstrip() for row in plain.split("\n")]
        return "\n".join(rows).strip("\n").strip()
    return _SPACES.sub(" ", plain.replace("\n", " ")).strip()


def _option(one: Field, text: str) -> str:
    wanted = folded(text)
    for word, texts in one.options.items():
        if wanted in {folded(word), *map(folded, texts.values())}:
            return word
    raise Wrong("choice")


def _registered(text: str, registry: Registry) -> str:
    """The id of a union of this hub; the name as written for any other."""
    wanted = folded(text)
    for name, titles in registry.items():
        if text == name or wanted in {folded(name), *map(folded, titles.values())}:
            return name
    return text


def _cards(text: str) -> str:
    found = text.split()
    if len(found) > _MOST_CARDS or not all(map(_CARD.fullmatch, found)):
        raise Wrong("card")
    return " ".join(found)


def _bounds(one: Field, value: str) -> None:
    """Raises Wrong when a value is outside its field's bounds."""
    if one.type in ("text", "longtext", "registry"):
        if len(value) > one.longest:
            raise Wrong("long", most=str(one.longest))
        if one.least and len(value) < int(one.least):
            raise Wrong("short", least=one.least)
    if one.type in ("integer", "number", "money", "date"):
        amount = value.partition(" ")[0]
        if one.least and not forms.fits("ge", amount, one.least):
            raise Wrong("less", least=one.least)
        if one.most and not forms.fits("le", amount, one.most):
            raise Wrong("more", most=one.most)


def read_rows(one: Field, rows: list[Row], registry: Registry) -> list[Row]:
    """The rows of a list, each with its parts by key as written. Raises Wrong."""
    found = []
    for number, row in enumerate(rows, 1):
        if not any(text.strip() for text in row.values()):
            continue
        found.append(_row(one, row, number, registry))
    if len(found) > one.rows:
        raise Wrong("rows-more", most=str(one.rows))
    if one.least and len(found) < int(one.least):
        raise Wrong("rows-fewer", least=one.least)
    return found


def _row(one: Field, row: Row, number: int, registry: Registry) -> Row:
    values: Row = {}
    for part in one.of:
        text = row.get(part.key, "").strip()
        if text:
            try:
                value = read(part, text, registry)
            except Wrong as wrong:
                wrong.facts["row"] = str(number)
                raise
            if ";" in value or "؛" in value:
                raise Wrong("semicolon", row=str(number))
            if value:
                values[part.key] = value
        elif part.required:
            raise Wrong("row-missing", row=str(number))
    return values


def check(form: Form, values: Values) -> dict[str, Wrong]:
    """What is wrong with values that are each right by themselves, by key: what is missing, what
    does not fit another field. What is not asked for because of `when` may stay empty."""
    faults: dict[str, Wrong] = {}
    for one in form.fields:
        if one.key not in values:
            if one.required and is_asked(one, values):
                faults[one.key] = Wrong("missing")
            continue
        value = values[one.key]
        for how, other in one.compared:
            against = values.get(other)
            if (
                isinstance(value, str)
                and isinstance(against, str)
                and not forms.fits(how, value, against)
            ):
                faults[one.key] = Wrong(how, other=f"{{{other}}}")
        if not is_asked(one, values):
            faults[one.key] = Wrong("when")
    return faults


def said(wrong: Wrong, form: Form, lang: str) -> str:
    """A fault in words; other fields by their labels."""
    text = wrong.said(lang)
    return re.sub(r"\{([a-z0-9_]+)\}", lambda match: _label(form, match[1], lang), text)


def _label(form: Form, key: str, lang: str) -> str:
    found = form.get(key)
    return found.label_in(lang) if found else key


def is_asked(one: Field, values: Values) -> bool:
    """Whether a field is asked for, by the values of the fields it depends on."""
    return all(values.get(key) in words for key, words in one.when)


def checked(form: Form, raw: Mapping[str, object]) -> Values | None:
    """Values that somebody else made (a post's), if all of them are right; else None. Fields that
    are missing are let be: a post has only those that are public."""
    values: Values = {}
    try:
        for key, value in raw.items():
            one = form.get(key)
            if one is None:
                return None
            if isinstance(value, str) and one.type != "list":
                if value and not _is_right(one, value):
                    return None
                values[key] = value
            elif isinstance(value, list) and one.type == "list":
                if not _are_right(one, value):
                    return None
                values[key] = value
            else:
                return None
    except Wrong:
        return None
    return values


def _is_right(one: Field, value: str) -> bool:
    """Whether a value is in its one spelling and within bounds. Raises Wrong. What is spelled as
    most are is not read again: a table of ten thousand reports asks a hundred thousand times."""
    if _is_plain(one, value):
        _bounds(one, value)
        return True
    return read(one, value, {}) == value


def _is_plain(one: Field, value: str) -> bool:
    match one.type:
        case "text" | "registry":
            return value.isprintable() and value.isascii() and " ".join(value.split()) == value
        case "integer":
            return _INTEGER.fullmatch(value) is not None
        case "number" | "money":
            return _NUMBER.fullmatch(value.partition(" ")[0]) is not None and (
                one.type == "number" or i18n.is_currency(value.partition(" ")[2])
            )
        case "boolean":
            return value in ("true", "false")
        case "choice":
            return value in one.options
        case "country":
            return value in i18n.countries()
        case "isic4":
            return value.isalnum() and isic.section_of(value) != "" and value.isupper()
    return False


def _are_right(one: Field, rows: list[Any]) -> bool:
    """The same of the rows of a list."""
    parts = {part.key: part for part in one.of}
    for row in rows:
        if not isinstance(row, dict) or not row or not row.keys() <= parts.keys():
            return False
        if any(part.required and key not in row for key, part in parts.items()):
            return False
        for key, text in row.items():
            if not isinstance(text, str) or ";" in text or not _is_right(parts[key], text):
                return False
    return 0 < len(rows) <= one.rows and not (one.least and len(rows) < int(one.least))


def public_part(form: Form, values: Values) -> Values:
    """The values that everybody may see, in the order of the form."""
    return {
        one.key: values[one.key]
        for one in form.fields
        if one.key in values and one.key in form.public
    }


def private_part(form: Form, values: Values) -> Values:
    """The others."""
    return {
        one.key: values[one.key]
        for one in form.fields
        if one.key in values and one.key not in form.public
    }


def title(form: Form, values: Values, lang: str, registry: Registry) -> str:
    """The subject of the post that the answer becomes."""

    def put(match: re.Match[str]) -> str:
        one = form.get(match[1])
        value = values.get(match[1], "") if one else ""
        return shown(one, value, lang, registry) if one and isinstance(value, str) else ""

    return " ".join(re.sub(r"\{([a-z][a-z0-9_]*)\}", put, form.post_title).split())[:200]


def is_year(one: Field) -> bool:
    """Whether the whole numbers of a field are years, which nobody writes with separators: its
    least is one."""
    return one.type == "integer" and bool(one.least) and 1900 <= int(one.least) <= 2100


def shown(one: Field, value: str, lang: str, registry: Registry) -> str:
    """A value for people, in a language."""
    if not value:
        return ""
    match one.type:
        case "integer" if is_year(one):
            return value
        case "integer" | "number":
            return i18n.format_number(lang, _figure(value))
        case "money":
            amount, _, code = value.partition(" ")
            return f"{i18n.format_number(lang, _figure(amount))} {code}"
        case "boolean":
            return gettext(lang, "yes") if value == "true" else gettext(lang, "no")
        case "country":
            return i18n.country_name(value, lang)
        case "isic4":
            return isic.shown(value, lang)
        case "choice":
            return one.option_in(value, lang)
        case "registry":
            titles = registry.get(value)
            return (titles.get(lang) or next(iter(titles.values()), value)) if titles else value
    return value


def written(one: Field, value: str, lang: str, registry: Registry) -> str:
    """A value as a template shows it: for people, if it is certain to be read back the same."""
    if one.type in ("integer", "number", "money", "date", "text", "longtext", "library"):
        return _figures(value) if one.type in ("number", "money") else value
    friendly = shown(one, value, lang, registry)
    if one.type == "country":
        friendly = f"{friendly} ({value})"
    try:
        return friendly if read(one, friendly, registry) == value else value
    except Wrong:
        return value


def _figures(value: str) -> str:
    amount, space, code = value.partition(" ")
    return formwords.written_number(amount) + space + code


def _figure(text: str) -> float:
    return float(text) if "." in text else int(text)
