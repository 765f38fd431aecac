"""What a mail says about the document it hands in: `Key: value` lines, and the card of them. Pure.

Keys are understood in six languages. What nobody said is guessed (depositguesses.py), and the
answer marks it as a guess. A dash for a value says that there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from solicomm_build.desk import vocabulary
from solicomm_build.desk.commands import ANSWER, lines
from solicomm_build.features.forms.values.formwords import Wrong, country
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import (
    KINDS,
    Creator,
    Entry,
    Provenance,
)
from solicomm_build.foundation import i18n
from solicomm_build.foundation.language import languagetag, wordtables
from solicomm_build.post.subjects import label, resolve

KEYS = wordtables.table(__file__, "keys")
"""Keys by their English name, language, words; the first is the one that answers show."""

_KEYS = vocabulary.meanings(KEYS)
CARD = wordtables.table(__file__, "card")
"""What a mail says that proposes to correct a card."""
_CARD = vocabulary.meanings(CARD)
GUESSED_FIELD = "X-SoliComm-Guessed"
"""The field of a mail of ours that names the keys whose values the page found in the document."""
NOTHING = "–"
"""The value that says: there is none. What cards show where nothing is said."""
_NOTHING = frozenset((NOTHING, "-", "—"))
EMPTY: Mapping[str, Callable[[Entry], Entry]] = {
    "author": lambda entry: replace(entry, creators=_others(entry, "org")),
    "organisation": lambda entry: replace(entry, creators=_others(entry, "")),
    "date": lambda entry: replace(entry, date=replace(entry.date, issued="")),
    "subject": lambda entry: replace(entry, subjects=()),
    "country": lambda entry: replace(entry, countries=()),
    "abstract": lambda entry: replace(entry, abstract=None),
    "licence": lambda entry: replace(entry, rights=replace(entry.rights, licence="")),
    "replaces": lambda entry: replace(entry, relations=replace(entry.relations, replaces=())),
}
"""What a card is without a value; the other keys need one."""
_LINE = re.compile(r"([^:：]{2,30})\s*+[:：]\s*+(\S.*)")
_DATE = re.compile(r"\b(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?\b")
_WHEN = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_ACCESS = vocabulary.meanings(wordtables.table(__file__, "access"))


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


def is_line(row: str) -> bool:
    """Whether a row is one of a card, in any of the six languages."""
    match = _LINE.fullmatch(row)
    return match is not None and vocabulary.plain(match[1].strip()) in _KEYS


def guessed_in(field: str, said: Mapping[str, str]) -> dict[str, str]:
    """What of the lines of a mail is a guess, as its field says."""
    named = field.split()
    return {key: value for key, value in said.items() if key in named}


def drafted(
    ident: str, stem: str, said: Mapping[str, str], guessed: Mapping[str, str], at: Provenance
) -> tuple[Entry, tuple[str, ...], list[str]]:
    """The card that what was `said` and `guessed` makes, the keys that were guessed, and those
    whose value cannot be taken. What is said counts more. A file's name without its end, `stem`, is
    the title when nothing else is."""
    plain = {key: value for key, value in guessed.items() if key not in said}
    entry = Entry(
        id=ident,
        type="report",
        title={"en": stem},
        languages=("en",),
        provenance=at,
        status="published",
    )
    first = {key: value for key, value in {**said, **plain}.items() if key == "language"}
    entry, _ = filled(entry, first)
    entry, _ = filled(entry, plain)
    entry, bad = filled(entry, said)
    known = tuple(key for key, value in shown(entry).items() if key in plain and value)
    return entry, known, bad


def filled(entry: Entry, said: Mapping[str, str]) -> tuple[Entry, list[str]]:
    """The card with what was said put in, and the keys whose value cannot be taken."""
    bad: list[str] = []
    for key, value in said.items():
        changed = _put(entry, key, " ".join(value.split()))
        if changed is None:
            bad.append(key)
            continue
        try:
            entryfile.decode(entryfile.encode(changed), entries.path(changed.key))
        except Exception:  # noqa: BLE001 - whatever a stranger wrote is a value that is not taken
            bad.append(key)
        else:
            entry = changed
    return entry, bad


def _others(entry: Entry, kind: str) -> tuple[Creator, ...]:
    """The creators that are organisations (`org`), or those that are not."""
    return tuple(one for one in entry.creators if (one.kind == "org") == (kind == "org"))


def _put(entry: Entry, key: str, value: str) -> Entry | None:
    lang = entry.languages[0]
    if value in _NOTHING:
        empty = EMPTY.get(key)
        return empty(entry) if empty else None
    match key:
        case "title":
            return replace(entry, title={lang: value[:300]})
        case "abstract":
            return replace(entry, abstract={lang: value[:5000]})
        case "author":
            named = _named(entry, value, "person")
            return replace(entry, creators=(*named, *_others(entry, "org")))
        case "organisation":
            return replace(entry, creators=(*_others(entry, ""), *_named(entry, value, "org")))
        case "date":
            date = replace(entry.date, issued=value)  # when it holds is another matter
            return replace(entry, date=date) if _WHEN.fullmatch(value) else None
        case "language":
            tag = language_tag(value)
            if not re.fullmatch("[a-z]{2,3}", tag):
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
            cards = [entries.entry_id(one) for one in re.split("[,;،\\s]+", value)]
            known = tuple(card for card in cards if card)
            relations = replace(entry.relations, replaces=known)
            return replace(entry, relations=relations) if all(cards) else None
    return None


def language_tag(text: str) -> str:
    """The language that a code of two or three letters or a name in six languages means; empty for
    none. `spa` is `es`."""
    code = text.strip().lower()
    is_code = re.fullmatch("[a-z]{2,3}", code) is not None
    known = languagetag.shortest(code) if is_code else ""
    return known if len(known) == 2 else i18n.language_code(text) or known


def _access(entry: Entry, value: str) -> Entry | None:
    """`open`, `members`, or `embargo until 2027-01-01`."""
    first, _, rest = value.partition(" ")
    until = _DATE.search(rest)
    word = (_ACCESS.get(vocabulary.plain(first)) or ("",))[0]
    if not word or (word == "embargo") != (until is not None):
        return None
    rights = replace(entry.rights, access=word, until=until[0] if until else "")
    return replace(entry, rights=rights)


def _named(entry: Entry, value: str, kind: str) -> list[Creator]:
    """Creators by name, a semicolon between; who is on the card already stays as there."""
    known = {one.name: one for one in entry.creators if one.kind == kind}
    names = dict.fromkeys(name.strip() for name in value.split(";") if name.strip())
    return [known.get(name) or Creator(name, kind) for name in names]


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


def written(values: Mapping[str, str], lang: str) -> str:
    """`Key: value` lines that `read` understands, a dash where there is no value."""
    rows = []
    for key, value in values.items():
        text = " ".join(value.split())
        rows.append(f"{vocabulary.shown(KEYS, key, lang)}: {text or NOTHING}")
    return "\n".join(rows)


def correction(card: str, said: Mapping[str, str], words: str, lang: str) -> str:
    """A mail that proposes to correct a card: its number, the lines, a word about it."""
    rows = [f"{vocabulary.shown(CARD, 'card', lang)}: {card}", written(said, lang)]
    if text := " ".join(words.split()):
        rows.append(f"{vocabulary.shown(CARD, 'about', lang)}: {text}")
    return "\n".join(filter(None, rows))


def corrected(text: str) -> tuple[str, str]:
    """The number of the card that a mail proposes to correct, and the word about it; "" if none."""
    found: dict[str, str] = {}
    for row in lines(text):
        match = _LINE.fullmatch(row)
        known = _CARD.get(vocabulary.plain(match[1].strip())) if match else None
        if match and known:
            found.setdefault(known[0], match[2].strip())
    return entries.entry_id(found.get("card", "")) or "", found.get("about", "")


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
