"""A card of the people's directory as `Label: value` lines that are mailed out and come back. Pure.

The lines stand between two lines of `=`. They come back between the same two, quoted or not, or
without them; a line without a label goes on with the one before. A label with nothing behind it
empties that part of the card, a label that is missing leaves it alone. Labels are understood in six
languages; `About me (fr):` says a text's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from solicomm_build.desk import vocabulary
from solicomm_build.features.people.personcard import LONGEST_ABOUT, LONGEST_LINE, NETWORK, Card
from solicomm_build.foundation import i18n
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.oneline import one_line
from solicomm_build.message.address import mask

MARK = "=" * 40
LABELS = wordtables.table(__file__, "labels")
"""Labels by their English key, language, words; the first is the one that is shown."""

REMOVE = wordtables.table(__file__, "remove")
YES_NO = wordtables.table(__file__, "yes-no")

_INTRODUCTIONS = wordtables.known(
    lambda: wordtables.phrases(__file__, "introductions"), vocabulary.plain
)
_LABELS = vocabulary.meanings(LABELS)
_REMOVE = vocabulary.meanings(REMOVE)
_SWITCH = vocabulary.meanings(YES_NO)
_LINE = re.compile(r"([^:：()]{2,30}?)\s*+(?:\(\s*+([A-Za-z]{2,3})\s*+\)\s*+)?[:：]\s*+(.*)")
_QUOTE = re.compile(r"^\s*(?:[>|]\s?)+")
_RULE = re.compile(r"={5,}")
_INDENT, _DEEPER = "  ", "    "


@dataclass(frozen=True, slots=True)
class Said:
    """What came back: values by key (empty: taken away), and texts by language."""

    values: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values or self.about)


def is_introduction(subject: str) -> bool:
    """Whether the subject of a mail says that its author introduces himself."""
    said = vocabulary.plain(subject)
    return said in _INTRODUCTIONS or _LABELS.get(said, ("", ""))[0] == "introduction"


def means_remove(word: str) -> bool:
    """Whether a word takes something away."""
    return vocabulary.plain(word).strip(".!") in _REMOVE


def shown(card: Card, lang: str, *, networked: bool = False, exact: bool = False) -> str:
    """The card as lines to be filled in, between their marks. `networked`: the hub knows others, so
    there is to choose whether they show it. `exact`: for `read`, and for nobody else."""
    share = vocabulary.shown(YES_NO, "on" if card.share else "off", lang)
    contact = vocabulary.shown(YES_NO, "on" if card.is_reachable else "off", lang)
    rows = [
        ("name", card.name),
        ("union", card.union),
        ("country", i18n.country_name(card.country, lang) if card.country else ""),
        ("languages", ", ".join(i18n.language_name(tag, lang) for tag in card.languages)),
        ("roles", card.roles),
    ]
    lines = [f"{_label(key, lang)}: {value}".strip() for key, value in rows]
    for tag in dict.fromkeys((lang, *card.about)):
        text = card.about.get(tag, "").replace("\n", f"\n{_DEEPER if exact else _INDENT}")
        lines.append(f"{_label('about', lang)} ({tag}): {text}".rstrip())
    lines += [
        f"{_label('introduction', lang)}: {card.introduction}".strip(),
        f"{_label('contact', lang)}: {contact}",
    ]
    if networked or card.share:
        lines.append(f"{_label('share', lang)}: {share}")
    return "\n".join(f"{_INDENT}{row}" for row in (MARK, *lines, MARK))


def read(text: str, lang: str, *, exact: bool = False) -> Said:
    """What an answer says; `lang` is that of texts whose label names none. `exact`: no mail program
    had it in its hands, so what stands deeper than labels goes on with a text, whatever it is."""
    rows = text.split("\n")
    own = [row for row in rows if exact or not _QUOTE.match(row)]
    chosen = own if any(map(_labelled, own)) else [_QUOTE.sub("", row) for row in rows]
    values: dict[str, str] = {}
    about: dict[str, str] = {}
    for (key, tongue), value in _parts(*_between(chosen, exact=exact), exact=exact):
        if key == "about":
            about.setdefault(tongue or lang, _tidy(value, LONGEST_ABOUT))
        else:
            values.setdefault(key, one_line(mask(value), 300))
    return Said(values, about)


def _tidy(value: str, longest: int) -> str:
    lines = (one_line(mask(row), longest) for row in value.split("\n"))
    return "\n".join(lines).strip()[:longest]


def _between(rows: list[str], *, exact: bool) -> tuple[list[str], bool]:
    """The rows of the form, and whether both its marks were there."""
    marks = [
        at
        for at, row in enumerate(rows)
        if _RULE.fullmatch(row.strip()) and not (exact and row.startswith(_DEEPER))
    ]
    if len(marks) >= 2:
        return rows[marks[0] + 1 : marks[1]], True
    end = next((at for at, row in enumerate(rows) if row.rstrip() == "--"), len(rows))
    return rows[:end], False


def _labelled(row: str) -> tuple[tuple[str, str], str] | None:
    """((key, language), value) of a line that begins with a label."""
    match = _LINE.fullmatch(row.strip())
    known = _LABELS.get(vocabulary.plain(match[1].strip(" *_"))) if match else None
    return ((known[0], (match[2] or "").lower()), match[3]) if match and known else None


def _parts(rows: list[str], marked: bool, *, exact: bool) -> Iterator[tuple[tuple[str, str], str]]:
    """Each labelled line with those that go on with it; a blank line ends it, but for a text that a
    mark ends anyway."""
    label: tuple[str, str] | None = None
    held: list[str] = []
    for row in rows:
        found = None if exact and row.startswith(_DEEPER) else _labelled(row)
        if found is not None:
            if label is not None:
                yield label, "\n".join(held)
            label, held = found[0], [found[1]]
        elif label is not None and (row.strip() or (marked and label[0] == "about")):
            held.append(row.strip())
        elif label is not None:
            yield label, "\n".join(held)
            label, held = None, []
    if label is not None:
        yield label, "\n".join(held)


def filled(card: Card, said: Said) -> tuple[Card, list[tuple[str, str]]]:
    """The card with what was said put in, but for the introduction and the photo, and the
    (key, value) pairs that cannot be taken."""
    bad: list[tuple[str, str]] = []
    for key, value in said.values.items():
        changed = _put(card, key, value)
        if changed is None:
            bad.append((key, value))
        else:
            card = changed
    about = {**card.about, **said.about}
    return replace(card, about={tag: text for tag, text in about.items() if text}), bad


def _put(card: Card, key: str, value: str) -> Card | None:
    if len(value) > LONGEST_LINE and key != "introduction":
        return None
    match key:
        case "name":
            return replace(card, name=value) if value else None
        case "union":
            return replace(card, union=value)
        case "roles":
            return replace(card, roles=value)
        case "country":
            code = i18n.country_code(value)
            return replace(card, country=code) if code or not value else None
        case "languages":
            words = [word for word in re.split(r"[,;،/]", value) if word.strip()]
            tags = tuple(dict.fromkeys(map(i18n.language_code, words)))
            return replace(card, languages=tags) if all(tags) else None
        case "contact":
            known = _SWITCH.get(vocabulary.plain(value).strip(".!"))
            if known is None:
                return None if value else replace(card, contact="none")
            return replace(card, contact="relay" if known[0] == "on" else "none")
        case "share":
            wish = _SWITCH.get(vocabulary.plain(value).strip(".!"))
            if wish is None:
                return None if value else replace(card, share="")
            return replace(card, share=NETWORK if wish[0] == "on" else "")
    return card


def _label(key: str, lang: str) -> str:
    return vocabulary.shown(LABELS, key, lang)


def label(key: str, lang: str) -> str:
    """The label of a part of the card, as its person reads it."""
    return _label(key, lang)
