"""The forms for a site's settings, look, menu and first page: fields, and what they mean.

A form changes only the keys that it shows, and of those only what became other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from solicomm_build.features.sites.editing.editingpages import area, choice, line
from solicomm_build.features.sites.studio import thumbnails
from solicomm_build.features.sites.values import siteyaml
from solicomm_build.features.sites.values.site import BLOCKS, PRESETS
from solicomm_build.foundation import colour, i18n
from solicomm_build.foundation.i18n import gettext, pgettext
from solicomm_build.foundation.yamlsafe import Node

MOST = 12
"""Rows of a menu, and parts of a first page (values/site.py)."""
_MORE = 2
"""Empty rows to fill in."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A site's settings in a form: what they are, the site's pages by slug and title, its pictures,
    and what is wrong by field."""

    lang: str
    values: Mapping[str, Node]
    pages: Mapping[str, str]
    media: Sequence[str]
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def languages(self) -> list[str]:
        """The site's."""
        found = self.values.get("languages")
        return [str(one) for one in found] if isinstance(found, list) else ["en"]

    def label(self, text: str, *names: str) -> str:
        """A label, with what is wrong with its field."""
        wrong = [one for name in names for one in self.faults.get(name, ())]
        return escape(text) + "".join(
            f'<br><strong class="wrong">{escape(one)}</strong>' for one in wrong
        )


def settings(shown: Shown) -> str:
    """Title, description, languages, contact, joining."""
    lang, found = shown.lang, ""
    title, about = (_spoken(shown.values.get(key), shown) for key in ("title", "description"))
    contact = siteyaml.section(shown.values, "contact")
    address = _spoken(contact.get("address"), shown)
    for tag in shown.languages:
        tongue = i18n.language_name(tag, lang)
        found += f"<fieldset><legend>{escape(tongue)}</legend>"
        found += line(
            shown.label(gettext(lang, "Name of the union"), "title"),
            f"title-{tag}",
            title.get(tag, ""),
        )
        who = gettext(lang, "Who you are, in a sentence or two")
        found += area(shown.label(who, "description"), f"description-{tag}", about.get(tag, ""), 3)
        where = shown.label(gettext(lang, "Postal address"), "address")
        found += area(where, f"address-{tag}", address.get(tag, ""), 2) + "</fieldset>"
    tags = gettext(lang, "Languages, the first one first, as in: en, fr")
    found += line(shown.label(tags, "languages"), "languages", ", ".join(shown.languages))
    mail = shown.label(gettext(lang, "E-mail address"), "email")
    found += line(mail, "email", str(contact.get("email", "")), type_="email")
    phone = shown.label(gettext(lang, "Telephone"), "phone")
    found += line(phone, "phone", str(contact.get("phone", "")), type_="tel")
    country = shown.label(gettext(lang, "Country, two letters, as in KE"), "country")
    found += line(country, "country", str(shown.values.get("country", "")))
    how = str(siteyaml.section(shown.values, "join").get("how", "mail"))
    words = {
        "mail": escape(gettext(lang, "By writing a mail")),
        "form": escape(gettext(lang, "By a form on the site, which comes to your address")),
    }
    return found + choice(
        shown.label(gettext(lang, "How people join"), "how", "join"),
        "how",
        tuple(words),
        how,
        words,
    )


def settings_of(sent: Mapping[str, str], shown: Shown) -> dict[str, Node]:
    """What the form of `settings` means."""
    tags = [one.strip() for one in sent.get("languages", "").split(",") if one.strip()]
    every = list(dict.fromkeys([*shown.languages, *tags]))
    contact = siteyaml.section(shown.values, "contact")
    contact |= {key: sent.get(key, "").strip() for key in ("email", "phone")}
    contact["address"] = _said(sent, "address", every, shown.values.get("contact"), "address")
    join = siteyaml.section(shown.values, "join")
    if sent.get("how", "") != str(join.get("how", "mail")):
        join["how"] = sent.get("how", "")
    return {
        "title": _said(sent, "title", every, shown.values, "title"),
        "description": _said(sent, "description", every, shown.values, "description"),
        "languages": [*tags],
        "contact": contact,
        "country": sent.get("country", "").strip().upper(),
        "join": join,
    }


def look(shown: Shown) -> str:
    """Preset, colour, logo, day and night."""
    lang, theme = shown.lang, siteyaml.section(shown.values, "theme")
    accent = str(theme.get("accent", "")) or "#8a1020"
    shows = accent if colour.COLOUR.fullmatch(accent) else "#8a1020"
    names = preset_names(lang)
    found = presets(lang, str(theme.get("preset", "plain")), shows, names)
    label = shown.label(gettext(lang, "Your colour"), "accent")
    found += line(label, "accent", shows, type_="color")
    words = {"": escape(gettext(lang, "None"))}
    logo = str(theme.get("logo", ""))
    found += choice(
        shown.label(gettext(lang, "Logo"), "logo"), "logo", ["", *shown.media], logo, words
    )
    new = escape(gettext(lang, "Another picture as logo"))
    found += (
        f'<p class="field"><label>{new}<br><input type="file" name="picture" '
        'accept="image/png,image/jpeg,image/webp,image/gif"></label></p>'
    )
    dark = {
        "auto": escape(gettext(lang, "As the reader's device wants it")),
        "never": escape(gettext(lang, "Always light")),
        "always": escape(gettext(lang, "Always dark")),
    }
    night = shown.label(gettext(lang, "Light or dark"), "dark")
    return found + choice(night, "dark", tuple(dark), str(theme.get("dark", "auto")), dark)


def presets(lang: str, chosen: str, accent: str, names: Mapping[str, str]) -> str:
    """The presets to choose by looking."""
    rows = "".join(
        f'<label>{thumbnails.drawing(name, accent)}<input type="radio" name="preset" '
        f'value="{name}"{" checked" if name == chosen else ""}> {escape(word)}</label>'
        for name, word in names.items()
    )
    head = escape(gettext(lang, "Look"))
    return f'<fieldset class="st-grid"><legend>{head}</legend>{rows}</fieldset>'


def preset_names(lang: str) -> dict[str, str]:
    """What the presets are called."""
    return {
        "banner": gettext(lang, "Counter: a band of your colour, cards"),
        "poster": gettext(lang, "Poster: large letters, blocks of colour"),
        "journal": gettext(lang, "Newspaper: serif, columns"),
        "bulletin": gettext(lang, "Notice-board: pinned sheets"),
        "plain": gettext(lang, "Clean sheet: much white"),
        "night": gettext(lang, "Night shift: dark and quiet"),
    }


def look_of(sent: Mapping[str, str], shown: Shown, logo: str = "") -> dict[str, Node]:
    """What the form of `look` means; `logo` is a picture that came with it."""
    theme = siteyaml.section(shown.values, "theme")
    preset = sent.get("preset", "")
    theme |= {
        "preset": preset if preset in PRESETS else theme.get("preset", ""),
        "accent": sent.get("accent", "").strip().lower(),
        "logo": logo or sent.get("logo", ""),
        "dark": sent.get("dark", ""),
    }
    return {"theme": theme}


def menu(shown: Shown) -> str:
    """The menu's rows, and the parts of the first page."""
    lang = shown.lang
    items = siteyaml.rows(shown.values.get("menu"))
    parts = siteyaml.rows(siteyaml.section(shown.values, "home").get("blocks"))
    head = escape(gettext(lang, "Menu"))
    found = f"<h2>{head}</h2>{shown.label('', 'to', 'menu')}"
    found += _list(_item(shown, n, row) for n, row in _filled(items))
    first = escape(gettext(lang, "First page, from the top down"))
    found += f"<h2>{first}</h2>{shown.label('', 'type', 'page', 'count', 'ids')}"
    return found + _list(_part(shown, n, row) for n, row in _filled(parts))


def menu_of(sent: Mapping[str, str], shown: Shown) -> dict[str, Node]:
    """What the form of `menu` means."""
    items: list[tuple[int, dict[str, Node]]] = []
    before = siteyaml.rows(shown.values.get("menu"))
    for n in range(MOST):
        to = sent.get(f"to-{n}", "")
        if to:
            old = before[n].get("label") if n < len(before) else None
            label = _said(sent, f"label-{n}", shown.languages, {"label": old or {}}, "label")
            items.append((_place(sent, f"at-{n}", n), {"to": to, "label": label}))
    home = siteyaml.section(shown.values, "home")
    old_parts, parts = siteyaml.rows(home.get("blocks")), []
    for n in range(MOST):
        kind = sent.get(f"type-{n}", "")
        if kind:
            part = dict(old_parts[n]) if n < len(old_parts) else {}
            part["type"] = kind
            part["page"] = sent.get(f"page-{n}", "") if kind == "text" else ""
            part["count"] = sent.get(f"count-{n}", "").strip()
            parts.append((_place(sent, f"part-{n}", n), part))
    home["blocks"] = [part for _, part in sorted(parts, key=lambda one: one[0])]
    return {"menu": [item for _, item in sorted(items, key=lambda one: one[0])], "home": home}


def _filled(items: Sequence[dict[str, Node]]) -> list[tuple[int, dict[str, Node]]]:
    return list(enumerate([*items, *[dict[str, Node]()] * _MORE][:MOST]))


def _list(rows: Iterable[str]) -> str:
    return f'<ol class="st-rows">{"".join(f"<li>{row}</li>" for row in rows)}</ol>'


def _item(shown: Shown, n: int, row: Mapping[str, Node]) -> str:
    lang, to = shown.lang, str(row.get("to", ""))
    words = {
        "": escape(gettext(lang, "Nothing")),
        "home": escape(gettext(lang, "First page")),
        "news": escape(gettext(lang, "News")),
        "events": escape(gettext(lang, "Events")),
        "people": escape(pgettext(lang, "about a union", "People")),
        "join": escape(gettext(lang, "Join")),
        "library": escape(gettext(lang, "Documents")),
    }
    words |= {f"page:{slug}": escape(title) for slug, title in shown.pages.items()}
    words |= {to: words.get(to) or escape(to)}
    found = choice(escape(gettext(lang, "Leads to")), f"to-{n}", tuple(words), to, words)
    spoken = _spoken(row.get("label"), shown)
    for tag in shown.languages:
        name = i18n.language_name(tag, lang)
        label = escape(gettext(lang, "Called (%(language)s)", language=name))
        found += line(label, f"label-{n}-{tag}", spoken.get(tag, ""))
    return found + _at(lang, f"at-{n}", n)


def _part(shown: Shown, n: int, row: Mapping[str, Node]) -> str:
    lang, kind = shown.lang, str(row.get("type", ""))
    words = {
        "": escape(gettext(lang, "Nothing")),
        "text": escape(gettext(lang, "A text of yours")),
        "news": escape(gettext(lang, "News")),
        "events": escape(gettext(lang, "Events")),
        "appeal": escape(gettext(lang, "Call to join")),
        "library": escape(gettext(lang, "Documents")),
        "conferences": escape(gettext(lang, "What is talked about")),
    }
    found = choice(escape(gettext(lang, "Part")), f"type-{n}", ("", *BLOCKS), kind, words)
    titles = {"": "–"} | {slug: escape(title) for slug, title in shown.pages.items()}
    page = str(row.get("page", ""))
    titles |= {page: titles.get(page) or escape(page)}
    which = escape(gettext(lang, "Which text"))
    found += choice(which, f"page-{n}", tuple(titles), page, titles)
    many = escape(gettext(lang, "How many"))
    found += line(many, f"count-{n}", str(row.get("count", "")), type_="number")
    return found + _at(lang, f"part-{n}", n)


def _at(lang: str, name: str, n: int) -> str:
    return line(escape(gettext(lang, "Place in the order")), name, str(n + 1), type_="number")


def _place(sent: Mapping[str, str], name: str, n: int) -> int:
    text = sent.get(name, "").strip()
    return int(text) if text.isdecimal() and len(text) < 4 else n + 1


def _spoken(value: Node | None, shown: Shown) -> dict[str, str]:
    """A text by language; a plain one is that of the first."""
    if isinstance(value, dict):
        return {tag: str(one) for tag, one in value.items()}
    return {shown.languages[0]: str(value)} if value else {}


def _said(
    sent: Mapping[str, str],
    name: str,
    tags: Sequence[str],
    values: Node | Mapping[str, Node] | None,
    key: str,
) -> dict[str, Node]:
    """A text by language as the form says it; a language that it did not show stays."""
    old = values.get(key) if isinstance(values, Mapping) else None
    found: dict[str, Node] = dict(old) if isinstance(old, dict) else {}
    for tag in tags:
        if f"{name}-{tag}" in sent:
            found[tag] = sent[f"{name}-{tag}"].strip()
    return found
