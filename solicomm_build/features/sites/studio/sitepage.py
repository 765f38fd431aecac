"""The page of one site in the studio: its things by title with their languages, and its drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from starlette.responses import Response

from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing.editingsession import Session
from solicomm_build.features.sites.siteedits import Look
from solicomm_build.features.sites.studio.listing import Item
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.webhost import absolute
from solicomm_build.foundation.i18n import gettext

TABS = ("", "settings", "look", "menu", "history")


@dataclass(frozen=True, slots=True)
class Draft:
    """A branch beside main: where it is shown, until when, its commit; `path` is the text that was
    begun in the studio, empty for a draft that came by git."""

    name: str
    title: str
    address: str
    ends: datetime
    tip: str
    path: str = ""


def tabs(config: Config, lang: str, union: str, now: str) -> str:
    """The parts of a site's studio, the one where one is marked; and the way to the site."""
    words = {
        "": gettext(lang, "Texts"),
        "settings": gettext(lang, "Settings"),
        "look": gettext(lang, "Look"),
        "menu": gettext(lang, "Menu and first page"),
        "history": gettext(lang, "History"),
    }
    rows = "".join(
        f'<a href="/edit/{union}/{name}"{" aria-current=page" if name == now else ""}>'
        f"{escape(words[name])}</a>"
        for name in TABS
    )
    seen = absolute(config.url, config.pages, f"/unions/{union}/")
    see, all_ = escape(gettext(lang, "See the site")), escape(gettext(lang, "Your sites"))
    rows += f'<a href="{escape(seen)}">{see}</a><a href="/edit/">{all_}</a>'
    label = escape(gettext(lang, "Parts of the studio"))
    return f'<nav class="tabs" aria-label="{label}">{rows}</nav>'


def better(lang: str, hints: Sequence[str]) -> str:
    """What could be better in what was saved."""
    head = escape(gettext(lang, "This could be better:"))
    rows = "".join(f"<li>{escape(one)}</li>" for one in hints)
    return f'<div role="status"><p>{head}</p><ul>{rows}</ul></div>' if hints else ""


def contents(
    config: Config,
    lang: str,
    look: Look,
    rows: Mapping[str, Sequence[Item]],
    drafts: Sequence[Draft],
    session: Session,
    note: str = "",
    hints: Sequence[str] = (),
    after: int = 0,
    left: Mapping[str, int] | None = None,
) -> Response:
    """What there is, what can be added, and what of a text that was saved could be better. So many
    texts of each kind are `left` for the lists that begin `after` others."""
    heads = {
        "news": (gettext(lang, "News"), gettext(lang, "Add news")),
        "events": (gettext(lang, "Events"), gettext(lang, "Add an event")),
        "pages": (gettext(lang, "Pages"), gettext(lang, "Add a page")),
    }
    inside = f'<p role="status"><strong>{note}</strong></p>' if note else ""
    inside += better(lang, hints)
    inside += tabs(config, lang, look.union, "") + _drafts(lang, look.union, drafts, session.mark)
    for kind, (head, add) in heads.items():
        made = "".join(_item(lang, look, item) for item in rows[kind])
        inside += f'<h2>{escape(head)}</h2><p><a class="b" href="/edit/{look.union}/text?new='
        inside += f'{kind}">{escape(add)}</a></p><ul class="items">{made}</ul>'
        inside += _more(lang, look.union, after, (left or {}).get(kind, 0))
    if session.own:
        inside += pages.leaving(lang, f"/edit/{look.union}/leave", session.mark)
    title = look.site.title_in(lang) if look.site else look.union
    return pages.page(lang, title, inside)


def _more(lang: str, union: str, after: int, count: int) -> str:
    """The way to the texts that the list does not show."""
    more = gettext(lang, "and %(number)s more", number=i18n.format_number(lang, max(count, 0)))
    return f'<p><a href="/edit/{union}/?after={after}">{escape(more)}</a></p>' if count > 0 else ""


def _item(lang: str, look: Look, item: Item) -> str:
    known = look.site.languages if look.site else (look.lang,)
    first = item.shown((lang, *known))
    here = f"/edit/{look.union}/text?"
    name = (
        f'<a class="name" href="{here}path={escape(first.path)}" lang="{escape(first.lang)}">'
        f"<bdi>{escape(first.title)}</bdi></a>"
    )
    return (
        f'<li>{name}<span class="meta">{_state(lang, item)}</span>{_langs(lang, look, item)}</li>'
    )


def _state(lang: str, item: Item) -> str:
    """Who sees it, and its day."""
    some = [one.status for one in item.versions.values()]
    words = escape(gettext(lang, "Published"))
    if "draft" in some:
        all_ = all(one == "draft" for one in some)
        held = gettext(lang, "Not on the site") if all_ else gettext(lang, "Partly on the site")
        words = f'<span class="state">{escape(held)}</span>'
    day = f" · {escape(i18n.format_date(lang, item.day))}" if item.day else ""
    return words + day


def _langs(lang: str, look: Look, item: Item) -> str:
    """Its languages side by side: those that there are, and those to add."""
    known = list(look.site.languages if look.site else (look.lang,))
    known += [one for one in item.versions if one not in known]
    if len(known) < 2:
        return ""
    rows = []
    for tag in known:
        word, there = escape(i18n.language_name(tag, lang)), item.versions.get(tag)
        if there:
            rows.append(f'<a href="/edit/{look.union}/text?path={escape(there.path)}">{word}</a>')
        else:
            like = escape(item.shown((lang, *known)).path)
            add = escape(gettext(lang, "Translate"))
            rows.append(
                f'<a class="none" href="/edit/{look.union}/text?new={item.kind}&amp;like={like}'
                f'&amp;in={escape(tag)}">{add}: {word}</a>'
            )
    return f'<span class="langs">{"".join(rows)}</span>'


def _drafts(lang: str, union: str, drafts: Sequence[Draft], mark: str) -> str:
    if not drafts:
        return ""
    rows, away = [], escape(gettext(lang, "Drop this draft"))
    for one in drafts:
        until = i18n.format_date(lang, one.ends.date())
        shown = gettext(lang, "Whoever has this link sees it until %(day)s:", day=until)
        edit = f"/edit/{union}/text?draft={escape(one.name)}"
        name = f"<bdi>{escape(one.title)}</bdi>"
        name = f'<a class="name" href="{edit}">{name}</a>' if one.path else f"<b>{name}</b>"
        rows.append(
            f'<li>{name}<span class="meta">{escape(shown)} '
            f'<a href="{escape(one.address)}"><bdi dir="ltr">{escape(one.address)}</bdi></a></span>'
            f'<form method="post" action="/edit/{union}/drop">{pages.marked(mark)}'
            f"{pages.hidden('draft', one.name)}{pages.hidden('tip', one.tip)}"
            f'<button class="quiet">{away}</button></form></li>'
        )
    head = escape(gettext(lang, "Drafts"))
    return f'<h2>{head}</h2><ul class="items">{"".join(rows)}</ul>'
