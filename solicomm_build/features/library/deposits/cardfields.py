"""A card as the fields of an HTML form, for whoever hands it in, corrects it or decides. Pure.

One text for all of them, which works without JavaScript. All that a person or a file wrote is
escaped; only tags of ours are in it. A dash for a value says that there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from solicomm_build.desk import vocabulary
from solicomm_build.features.library.cards.entry import KINDS, Entry
from solicomm_build.features.library.cards.kinds import kind_label
from solicomm_build.features.library.deposits import depositform
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext

MORE = ("subject", "abstract", "licence", "access", "replaces")
"""Fields that are folded away, since few people know what to say there."""
_LONGEST = {"title": 300, "abstract": 5000, "licence": 100}


def html(
    lang: str,
    values: Mapping[str, str],
    guessed: Iterable[str],
    faults: Mapping[str, str],
    *,
    may_be_empty: bool = False,
) -> str:
    """All fields with their values, a question mark at what was `guessed`, and what is wrong. Where
    they `may_be_empty`, the document itself says the rest."""
    marked = frozenset(guessed)

    def one(key: str) -> str:
        text, wrong = values.get(key, ""), faults.get(key, "")
        return _field(lang, key, text, wrong, key in marked, may_be_empty)

    rows = [one(key) for key in depositform.KEYS if key not in MORE]
    more = "".join(map(one, MORE))
    is_open = any(key in faults for key in MORE) or values.get("abstract") or values.get("subject")
    fold = escape(gettext(lang, "Say more about it"))
    fold = f"<details{' open' if is_open else ''}><summary>{fold}</summary>{more}</details>"
    return "".join(rows) + f'<div class="field">{fold}</div>'


def values_of(entry: Entry, lang: str) -> dict[str, str]:
    """What a card says, in the words of a language."""
    found = depositform.shown(entry)
    found["language"] = i18n.language_name(entry.languages[0], lang)
    found["country"] = ", ".join(i18n.country_name(code, lang) for code in entry.countries)
    return found


def faults(entry: Entry, said: Mapping[str, str], lang: str) -> dict[str, str]:
    """What is wrong with values that shall go into a card, by key."""
    empty = [key for key, value in said.items() if not value.strip()]
    needed = [key for key in empty if key not in depositform.EMPTY]
    found = {key: gettext(lang, "This is missing") for key in needed}
    _, bad = depositform.filled(entry, {key: value for key, value in said.items() if value.strip()})
    for key in bad:
        hint = depositform.hint(key, lang)
        found[key] = hint or gettext(lang, "This could not be understood.")
    return found


def _field(lang: str, key: str, text: str, wrong: str, is_guess: bool, may_be_empty: bool) -> str:
    mark = " ?" if is_guess and text else ""
    hint = gettext(lang, _HINTS[key]) if key in _HINTS else ""
    head = f'id="f-{key}" name="{key}"' + told(key, hint, wrong)
    if key == "abstract":
        control = (
            f'<textarea {head} rows="5" maxlength="5000" dir="auto">\n{escape(text)}</textarea>'
        )
    elif key in ("type", "access"):
        choices = _choices(key, lang, text)
        if key == "type" and may_be_empty:
            choices = {"": gettext(lang, "as the document says"), **choices}
        control = _select(head, choices, text)
    else:
        needed = " required" if key == "title" and not may_be_empty else ""
        most = _LONGEST.get(key, 500)
        control = (
            f'<input {head}{needed} type="text" maxlength="{most}" dir="auto" '
            f'value="{escape(text)}">'
        )
    return framed(key, f"{label(key, lang)}{mark}", hint, wrong, control)


def label(key: str, lang: str) -> str:
    """What a field is called."""
    return vocabulary.shown(depositform.KEYS, key, lang)


def written(key: str, label: str, hint: str, text: str, wrong: str, *, rows: int = 0) -> str:
    """A field for text, of so many rows or one line."""
    head = f'id="f-{key}" name="{key}" dir="auto" maxlength="5000"' + told(key, hint, wrong)
    control = f'<input {head} type="text" value="{escape(text)}">'
    if rows:
        control = f'<textarea {head} rows="{rows}">\n{escape(text)}</textarea>'
    return framed(key, label, hint, wrong, control)


def _choices(key: str, lang: str, text: str) -> dict[str, str]:
    if key == "type":
        return {kind: kind_label(kind, lang) for kind in KINDS}
    known = {
        "open": gettext(lang, "everybody may read it"),
        "members": gettext(lang, "people on our lists may read it"),
    }
    return known if text in ("", *known) else {**known, text: text}


def _select(head: str, choices: Mapping[str, str], text: str) -> str:
    rows = "".join(
        f'<option value="{escape(word)}"{" selected" if word == text else ""}>{escape(said)}'
        "</option>"
        for word, said in choices.items()
    )
    return f"<select {head}>{rows}</select>"


def framed(key: str, label: str, hint: str, wrong: str, control: str) -> str:
    """A control with its label, what helps, and what is wrong."""
    hint = f'<p class="meta" id="h-{key}">{escape(hint)}</p>' if hint else ""
    fault = f'<p class="wrong" id="e-{key}"><strong>{escape(wrong)}</strong></p>' if wrong else ""
    below = hint + fault or "<br>"
    return f'<div class="field"><label for="f-{key}">{escape(label)}</label>{below}{control}</div>'


def told(key: str, hint: str, wrong: str) -> str:
    """The attributes of a control that say to screen readers what stands beside it."""
    said = [f"h-{key}"] if hint else []
    said += [f"e-{key}"] if wrong else []
    more = f' aria-describedby="{" ".join(said)}"' if said else ""
    return more + (' aria-invalid="true"' if wrong else "")


_HINTS = {
    "author": N_("Several with a semicolon between them"),
    "date": N_("The year, or year-month-day"),
    "country": N_("Its name; several with commas between them"),
    "subject": N_("What it is about; several with commas between them"),
    "licence": N_("For example CC-BY-4.0, if you know it"),
    "replaces": N_("The number of an older edition in the library, such as lib:2022-h6ye4qvr"),
}
