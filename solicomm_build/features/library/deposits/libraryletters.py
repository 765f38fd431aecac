"""The frame of the e-library's letters, with the words of `library/letters/`; a card as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from solicomm_build.desk import tokens, vocabulary
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Letter, Plan
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.deposits import depositform
from solicomm_build.foundation.i18n import gettext


def library_letter(
    office: Office, library: str, name: str, to: str, lang: str, /, **facts: Any
) -> Letter:
    """The letter `library/<letter>` from a library."""
    made = letter(office, name, to, lang, **facts)
    return replace(made, sender=f"{library}-request")


def spent(office: Office, library: str, tag: str, action: str) -> Plan:
    """The answer to one that came twice, too late, or when it was decided otherwise; nothing for a
    token that we never gave out for this."""
    facts = tokens.known(office, tag)
    if facts is None or facts.action != action:
        return NOTHING
    to, kind = facts.address, f"spent:{library}"
    lang = office.language_of(to, "", str(facts.data.get("lang", "")))
    told = library_letter(office, library, "desk/spent", to, lang, conference="", kind=kind)
    return Plan(letters=(told,))


def card_lines(entry: Entry, lang: str, guesses: Iterable[str]) -> list[str]:
    """The card as `Key: value` lines in the reader's language; what is missing has no value."""
    rows = []
    for key, value in depositform.shown(entry).items():
        mark = " ?" if key in guesses else ""
        label = vocabulary.shown(depositform.KEYS, key, lang)
        rows.append(f"{label}: {value or '–'}{mark}")
    files = ", ".join(file.name for file in entry.files if file.role in ("main", "annex"))
    return [*rows, gettext(lang, "Files") + f": {files}"]


def unread(said: Mapping[str, str], bad: Iterable[str], lang: str) -> list[dict[str, str]]:
    """Lines that could not be understood, with what helps."""
    return [
        {
            "kind": "bad",
            "name": vocabulary.shown(depositform.KEYS, key, lang),
            "more": said[key][:200],
            "hint": depositform.hint(key, lang),
        }
        for key in bad
    ]
