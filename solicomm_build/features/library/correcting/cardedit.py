"""All that a card says as fields of a form, and a card with such fields put in. Pure.

The first fields are those of a deposit (deposits/depositform.py), understood in the same words; the
others are for who looks after the library. What a form does not show stays: files, origin, status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Contributor, Entry
from solicomm_build.features.library.deposits import cardfields, depositform
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.foundation.language import languagetag

_LISTED = re.compile(r"[,;،\s]+")
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
LINES = ("titles", "abstracts", "contributors", "body")
"""Fields of several lines."""
LABELS: Mapping[str, str] = {
    "titles": N_("Titles in other languages"),
    "abstracts": N_("Summaries in other languages"),
    "contributors": N_("Contributors"),
    "publisher": N_("Publisher"),
    "place": N_("Place of publication"),
    "valid_from": N_("Valid from"),
    "valid_to": N_("Valid until"),
    "sectors": N_("Sectors"),
    "isbn": "ISBN",
    "issn": "ISSN",
    "doi": "DOI",
    "url": N_("Web address"),
    "holder": N_("Rights holder"),
    "translation_of": N_("Translation of"),
    "part_of": N_("Part of"),
    "related": N_("Related documents"),
    "discussed_in": N_("Discussed in"),
    "version": N_("Version"),
    "body": N_("Note by the library, in Markdown"),
}
"""The further fields, and what they are called."""
_HINTS: Mapping[str, str] = {
    "titles": N_("A line each, with the language before it; for example fr: Accord du dépôt"),
    "abstracts": N_("A line each, with the language before it; for example fr: Accord du dépôt"),
    "contributors": N_("A line each, with the role before the name; translator: Otieno, Grace"),
    "valid_from": N_("The year, or year-month-day"),
    "valid_to": N_("The year, or year-month-day"),
    "sectors": N_("Codes such as isic4:E36; several with commas between them"),
    "translation_of": N_("Numbers in the library, such as lib:2022-h6ye4qvr"),
    "part_of": N_("Numbers in the library, such as lib:2022-h6ye4qvr"),
    "related": N_("Numbers in the library, such as lib:2022-h6ye4qvr"),
    "discussed_in": N_("A conference, such as conf:wages"),
}


@cache
def every_key() -> tuple[str, ...]:
    """All fields, in the order of the form."""
    return (*depositform.KEYS, *LABELS)


def label(key: str, lang: str) -> str:
    """What one of the further fields is called."""
    return gettext(lang, LABELS[key])


def hint(key: str, lang: str) -> str:
    """What helps to fill it in; "" where its name says it all."""
    return gettext(lang, _HINTS[key]) if key in _HINTS else ""


def values(entry: Entry, lang: str) -> dict[str, str]:
    """What the card says, by field; the names of languages and countries in the words of `lang`."""
    date, ids, relations = entry.date, entry.identifiers, entry.relations
    found = cardfields.values_of(entry, lang)
    found |= {
        "language": ", ".join(i18n.language_name(tag, lang) for tag in entry.languages),
        "titles": _others(entry.title, entry),
        "abstracts": _others(entry.abstract or {}, entry),
        "contributors": "\n".join(f"{one.role}: {one.name}" for one in entry.contributors),
        "publisher": entry.publisher,
        "place": entry.place,
        "valid_from": date.valid_from,
        "valid_to": date.valid_to,
        "sectors": ", ".join(entry.sectors),
        "isbn": ids.isbn,
        "issn": ids.issn,
        "doi": ids.doi,
        "url": ids.url,
        "holder": entry.rights.holder,
        "translation_of": ", ".join(relations.translation_of),
        "part_of": ", ".join(relations.part_of),
        "related": ", ".join(relations.related),
        "discussed_in": ", ".join(relations.discussed_in),
        "version": str(entry.version),
        "body": entry.body.strip(),
    }
    return found


def differing(entry: Entry, typed: Mapping[str, str], lang: str) -> dict[str, str]:
    """The fields in which a form says something else than the card does."""
    now = values(entry, lang)
    return {
        key: value
        for key, value in typed.items()
        if key in now and _plain(key, value) != _plain(key, now[key])
    }


def changed(entry: Entry, said: Mapping[str, str]) -> tuple[Entry, list[str]]:
    """The card with these fields put in, and those whose value cannot be taken."""
    bad: list[str] = []
    for key in sorted(said, key=every_key().index):
        made = _put(entry, key, said[key].strip())
        try:
            if made is not None:
                entryfile.decode(entryfile.encode(made), entries.path(made.key))
        except SoliCommError:
            made = None
        if made is None:
            bad.append(key)
        else:
            entry = made
    return entry, bad


def differences(before: Entry | None, after: Entry, lang: str) -> Iterable[tuple[str, str, str]]:
    """(label, before, after) of each field in which two versions of a card differ."""
    was, now = values(before, lang) if before else {}, values(after, lang)
    for key in every_key():
        if (old := was.get(key, "")) != (new := now[key]):
            yield name(key, lang), old, new


def name(key: str, lang: str) -> str:
    """What any field is called."""
    return label(key, lang) if key in LABELS else cardfields.label(key, lang)


def _plain(key: str, value: str) -> object:
    rows = value.strip().splitlines() if key in LINES else [value]
    if key == "body":  # in Markdown the spaces before a line count
        return [row.rstrip() for row in rows]
    return [" ".join(row.split()) for row in rows]


def _others(texts: Mapping[str, str], entry: Entry) -> str:
    """The texts in other languages than the document's own, a line each."""
    rows = {tag: " ".join(text.split()) for tag, text in texts.items() if tag != _main(entry)}
    return "\n".join(f"{tag}: {text}" for tag, text in rows.items())


def _main(entry: Entry) -> str:
    """The language of the title that stands first."""
    first = entry.languages[0]
    return first if first in entry.title else next(iter(entry.title), first)


def _put(entry: Entry, key: str, value: str) -> Entry | None:
    """The card with one field put in; None when it cannot be read or must not be empty."""
    if key in _SPECIAL:
        return _SPECIAL[key](entry, value)
    if key in depositform.KEYS:
        made, bad = depositform.filled(entry, {key: value or depositform.NOTHING})
        return None if bad else made
    found: Any = tuple(filter(None, _LISTED.split(value))) if key in _MANY else value
    within = next((part for part, keys in _WITHIN.items() if key in keys), "")
    if not within:
        return replace(entry, **{key: found})
    return replace(entry, **{within: replace(getattr(entry, within), **{key: found})})


_MANY = ("translation_of", "part_of", "related", "discussed_in", "sectors")
_WITHIN: Mapping[str, tuple[str, ...]] = {
    "date": ("valid_from", "valid_to"),
    "identifiers": ("isbn", "issn", "doi", "url"),
    "relations": ("translation_of", "part_of", "related", "discussed_in"),
    "rights": ("holder",),
}
"""Plain fields that lie within a part of a card."""


def _title(entry: Entry, value: str) -> Entry | None:
    title = {**entry.title, _main(entry): " ".join(value.split())}
    return replace(entry, title=title) if value else None


def _abstract(entry: Entry, value: str) -> Entry:
    rest = {tag: text for tag, text in (entry.abstract or {}).items() if tag != _main(entry)}
    found = {_main(entry): value, **rest} if value else rest
    return replace(entry, abstract=found or None)


def _languages(entry: Entry, value: str) -> Entry | None:
    """Names or tags, the document's own first; its title and summary go along, unless there is one
    in that language."""
    words = filter(None, map(str.strip, re.split("[,;،]", value)))
    tags = [_language(entry, word) for word in words]
    if not tags or not all(tags):
        return None
    old, first = _main(entry), tags[0]

    def renamed(texts: Mapping[str, str]) -> Mapping[str, str]:
        if first in entry.title or first in texts:
            return texts
        return {first if tag == old else tag: text for tag, text in texts.items()}

    abstract = renamed(entry.abstract) if entry.abstract else None
    languages = tuple(dict.fromkeys(tags))
    return replace(entry, languages=languages, title=renamed(entry.title), abstract=abstract)


def _language(entry: Entry, word: str) -> str:
    """The tag that a word means: one that the card has, by whatever name its form shows it, else a
    tag as it is written, a code or a name; empty for none."""
    for tag in entry.languages:
        names = (i18n.language_name(tag, lang) for lang in i18n.LANGUAGES)
        if word.casefold() in {tag.casefold(), *(name.casefold() for name in names)}:
            return tag
    return languagetag.of(word) if "-" in word else depositform.language_tag(word)


def _texts(value: str) -> dict[str, str] | None:
    """`fr: …` lines by language; None when one is none."""
    found = {}
    for row in filter(None, map(str.strip, value.splitlines())):
        tag, mark, text = row.partition(":")
        if not mark or not _TAG.fullmatch(tag.strip()) or not text.strip():
            return None
        found[tag.strip().lower()] = text.strip()
    return found


def _titles(entry: Entry, value: str) -> Entry | None:
    found, main = _texts(value), _main(entry)
    if found is None:
        return None
    others = {tag: text for tag, text in found.items() if tag != main}
    return replace(entry, title={main: entry.title[main], **others})


def _abstracts(entry: Entry, value: str) -> Entry | None:
    found, main = _texts(value), _main(entry)
    if found is None:
        return None
    own = {main: entry.abstract[main]} if entry.abstract and main in entry.abstract else {}
    return replace(entry, abstract={**own, **found} or None)


def _contributors(entry: Entry, value: str) -> Entry | None:
    found = []
    for row in filter(None, map(str.strip, value.splitlines())):
        role, mark, who = row.partition(":")
        if not mark or not role.strip() or not who.strip():
            return None
        found.append(Contributor(who.strip(), role.strip()))
    return replace(entry, contributors=tuple(found))


def _version(entry: Entry, value: str) -> Entry | None:
    return replace(entry, version=int(value)) if re.fullmatch("[0-9]{1,4}", value) else None


_SPECIAL: Mapping[str, Callable[[Entry, str], Entry | None]] = {
    "title": _title,
    "abstract": _abstract,
    "language": _languages,
    "titles": _titles,
    "abstracts": _abstracts,
    "contributors": _contributors,
    "version": _version,
    "body": lambda entry, value: replace(entry, body=f"{value}\n" if value else ""),
}
