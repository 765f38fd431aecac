"""What a mail says about the document it hands in: `Key: value` lines, and guesses. Pure.

Keys are understood in six languages. What nobody said is guessed from the subject and the
document, and the answer marks it as a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from solicomm_build.desk import vocabulary
from solicomm_build.desk.commands import ANSWER, lines
from solicomm_build.features.forms.values.formwords import Wrong, country
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.entry import (
    KINDS,
    Creator,
    Dates,
    Entry,
    Relations,
    Rights,
)
from solicomm_build.features.search.engine.analyser import STOP_WORDS, words
from solicomm_build.post.subjects import label, resolve

KEYS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "title": {
        "en": ("Title",),
        "fr": ("Titre",),
        "es": ("Título",),
        "pt": ("Título",),
        "ar": ("العنوان",),
        "ru": ("Название",),
    },
    "author": {
        "en": ("Author", "Creator"),
        "fr": ("Auteur", "Autrice"),
        "es": ("Autor", "Autora"),
        "pt": ("Autoria",),
        "ar": ("المؤلف",),
        "ru": ("Автор",),
    },
    "organisation": {
        "en": ("Organisation", "Organization", "Union"),
        "fr": ("Syndicat",),
        "es": ("Organización", "Sindicato"),
        "pt": ("Organização",),
        "ar": ("المنظمة",),
        "ru": ("Организация",),
    },
    "date": {
        "en": ("Date",),
        "fr": ("Date du document",),
        "es": ("Fecha",),
        "pt": ("Data",),
        "ar": ("التاريخ",),
        "ru": ("Дата",),
    },
    "language": {
        "en": ("Language",),
        "fr": ("Langue",),
        "es": ("Idioma",),
        "pt": ("Língua",),
        "ar": ("اللغة",),
        "ru": ("Язык",),
    },
    "type": {
        "en": ("Type", "Kind"),
        "fr": ("Genre",),
        "es": ("Tipo",),
        "pt": ("Espécie",),
        "ar": ("النوع",),
        "ru": ("Вид",),
    },
    "subject": {
        "en": ("Subject", "Subjects"),
        "fr": ("Sujet",),
        "es": ("Tema",),
        "pt": ("Assunto",),
        "ar": ("الموضوع",),
        "ru": ("Тема",),
    },
    "country": {
        "en": ("Country",),
        "fr": ("Pays",),
        "es": ("País",),
        "pt": ("País",),
        "ar": ("البلد",),
        "ru": ("Страна",),
    },
    "abstract": {
        "en": ("Abstract", "Summary"),
        "fr": ("Résumé",),
        "es": ("Resumen",),
        "pt": ("Resumo",),
        "ar": ("الملخص",),
        "ru": ("Аннотация",),
    },
    "licence": {
        "en": ("Licence", "License"),
        "fr": ("Droits",),
        "es": ("Licencia",),
        "pt": ("Licença",),
        "ar": ("الترخيص",),
        "ru": ("Лицензия",),
    },
    "access": {
        "en": ("Access",),
        "fr": ("Accès",),
        "es": ("Acceso",),
        "pt": ("Acesso",),
        "ar": ("الوصول",),
        "ru": ("Доступ",),
    },
    "replaces": {
        "en": ("Replaces",),
        "fr": ("Remplace",),
        "es": ("Reemplaza",),
        "pt": ("Substitui",),
        "ar": ("يحل محل",),
        "ru": ("Заменяет",),
    },
}
"""Keys by their English name, language, words; the first is the one that answers show."""

_KEYS = vocabulary.meanings(KEYS)
_LINE = re.compile(r"([^:：]{2,30})\s*+[:：]\s*+(\S.*)")
_DATE = re.compile(r"\b(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?\b")
_WHEN = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_UNION = re.compile(
    r"\b(?:union|workers|federation|syndicat|fédération|sindicato|federación|federação|"
    r"confederación)\b|نقابة|اتحاد|профсоюз|федерация",
    re.IGNORECASE,
)
_TYPES = (
    (
        "collective-agreement",
        "agreement|accord|convention collective|convenio|acordo|اتفاق|соглашение",
    ),
    ("training-module", "training|formation|formación|formação|تدريب|обучение"),
    ("manual", "manual|handbook|guide|manuel|guía|manual|guia|دليل|руководство|пособие"),
    ("law", r"\bact\b|\blaw\b|\bloi\b|\bley\b|\blei\b|قانون|закон"),
    ("award", "award|ruling|judgment|sentence|laudo|sentencia|sentença|حكم|решение суда"),
    ("poster", "poster|affiche|cartel|cartaz|ملصق|плакат"),
    ("brief", "brief|note d’information|nota|موجز|справка"),
)
_ACCESS = vocabulary.meanings(
    {
        "open": {
            "en": ("open",),
            "fr": ("ouvert", "libre"),
            "es": ("abierto",),
            "pt": ("aberto",),
            "ar": ("مفتوح",),
            "ru": ("открытый", "открыто"),
        },
        "members": {
            "en": ("members",),
            "fr": ("membres",),
            "es": ("miembros",),
            "pt": ("membros",),
            "ar": ("الأعضاء",),
            "ru": ("участники", "участникам"),
        },
        "embargo": {"en": ("embargo",), "ar": ("حظر",), "ru": ("эмбарго",)},
    }
)


def read(text: str, subject: str = "") -> dict[str, str]:
    """What the `Key: value` lines of a mail say, by English key; the subject is the title."""
    said: dict[str, str] = {}
    for row in lines(text):
        match = _LINE.fullmatch(row)
        known = _KEYS.get(vocabulary.plain(match[1].strip())) if match else None
        if match and known and known[0] not in said:
            said[known[0]] = match[2].strip()
    title = ANSWER.sub("", subject).strip()
    return {"title": title, **said} if title else said


def guesses(text: str, name: str, own_title: str, when: datetime) -> dict[str, str]:
    """What the document itself makes likely."""
    found = {"date": f"{when:%Y}", "type": "report", "title": own_title or name}
    head = text[:3000]
    if dates := _DATE.findall(head):
        found["date"] = dates[0]
    unions = (row.split(". ")[0].strip() for row in head.split("\n")[:40] if _UNION.search(row))
    if organisation := next((row for row in unions if len(row) <= 80), ""):
        found["organisation"] = organisation
    if language := language_of(text[:20_000]):
        found["language"] = language
    looked = f"{own_title}\n{name}\n{head[:600]}"
    kind = next((k for k, like in _TYPES if re.search(like, looked, re.IGNORECASE)), "")
    return found | ({"type": kind} if kind else {})


def language_of(text: str) -> str:
    """The language most of whose small words are in a text; empty when there are too few."""
    votes = dict.fromkeys(STOP_WORDS, 0)
    for word in words(text.lower()):
        for language, those in STOP_WORDS.items():
            votes[language] += word in those
    best = max(votes, key=lambda language: votes[language])
    return best if votes[best] >= 3 else ""


def filled(entry: Entry, said: Mapping[str, str]) -> tuple[Entry, list[str]]:
    """The card with what was said put in, and the keys whose value cannot be taken."""
    bad: list[str] = []
    for key, value in said.items():
        changed = _put(entry, key, " ".join(value.split()))
        if changed is None:
            bad.append(key)
            continue
        try:
            entries.decode(entries.encode(changed), entries.path(changed.key))
        except Exception:  # noqa: BLE001 - whatever a stranger wrote is a value that is not taken
            bad.append(key)
        else:
            entry = changed
    return entry, bad


def _put(entry: Entry, key: str, value: str) -> Entry | None:
    lang = entry.languages[0]
    match key:
        case "title":
            return replace(entry, title={lang: value[:300]})
        case "abstract":
            return replace(entry, abstract={lang: value[:5000]})
        case "author":
            rest = [one for one in entry.creators if one.kind == "org"]
            names = [Creator(name.strip()) for name in value.split(";") if name.strip()]
            return replace(entry, creators=(*names, *rest))
        case "organisation":
            rest = [one for one in entry.creators if one.kind != "org"]
            return replace(entry, creators=(*rest, Creator(value, "org")))
        case "date":
            return replace(entry, date=Dates(value)) if _WHEN.fullmatch(value) else None
        case "language":
            tag = value.lower()[:2]
            if not re.fullmatch("[a-z]{2,3}", value.lower()):
                return None
            renamed = {tag: entry.title_in(lang)}
            abstract = {tag: entry.abstract_in(lang)} if entry.abstract else None
            return replace(entry, languages=(tag,), title=renamed, abstract=abstract)
        case "type":
            kind = "-".join(value.lower().split())
            return replace(entry, type=kind) if kind in KINDS else None
        case "subject":
            return replace(entry, subjects=tuple(_subjects(re.split("[,;،]", value))))
        case "country":
            found = _countries(value)
            return replace(entry, countries=found) if found else None
        case "licence":
            return replace(entry, rights=replace(entry.rights, licence=value[:100]))
        case "access":
            return _access(entry, value.lower())
        case "replaces":
            card = entries.entry_id(value)
            return replace(entry, relations=Relations(replaces=(card,))) if card else None
    return None


def _access(entry: Entry, value: str) -> Entry | None:
    """`open`, `members`, or `embargo until 2027-01-01`."""
    first, _, rest = value.partition(" ")
    until = _DATE.search(rest)
    word = (_ACCESS.get(vocabulary.plain(first)) or ("",))[0]
    if not word or (word == "embargo") != (until is not None):
        return None
    licence = entry.rights.licence
    return replace(entry, rights=Rights(licence, access=word, until=until[0] if until else ""))


def _countries(value: str) -> tuple[str, ...]:
    """The codes of countries, from codes or names in six languages; none when one is unknown."""
    for parts in ([value], re.split("[,;،؛]", value)):
        with suppress(Wrong):
            return tuple(dict.fromkeys(map(country, filter(str.strip, parts))))
    return ()


def hint(key: str, lang: str) -> str:
    """What helps with a line that was not understood; empty when the line says it all."""
    return Wrong("country").said(lang) if key == "country" else ""


def _subjects(found: Iterable[str]) -> Iterable[str]:
    """Words of the vocabulary, in any of its languages, as its subjects; others are free."""
    words = ("-".join(one.lower().split()) for one in found)
    return dict.fromkeys(word if ":" in word else resolve(word) for word in words if word)


def _said(subject: str, entry: Entry) -> str:
    """A subject as somebody would type it: its label in the document's language."""
    said = label(subject, entry.languages[0] if entry.languages else "en")
    return said if resolve(said) == subject else subject.removeprefix("free:")


def shown(entry: Entry) -> dict[str, str]:
    """The card by key, as `Key: value` lines would say it; missing keys are empty."""
    rights = entry.rights
    return {
        "title": entry.title_in(""),
        "author": "; ".join(one.name for one in entry.creators if one.kind != "org"),
        "organisation": "; ".join(one.name for one in entry.creators if one.kind == "org"),
        "date": entry.date.issued,
        "language": ", ".join(entry.languages),
        "type": entry.type,
        "subject": ", ".join(_said(subject, entry) for subject in entry.subjects),
        "country": ", ".join(entry.countries),
        "abstract": entry.abstract_in(""),
        "licence": rights.licence,
        "access": f"{rights.access} {rights.until}".strip(),
        "replaces": ", ".join(entry.relations.replaces),
    }
