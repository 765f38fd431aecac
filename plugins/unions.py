"""Union sites for Pelican: home, pages, news, events, their stylesheet, media and feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from markupsafe import Markup

from plugins import feeds
from plugins.generator import PageGenerator, Presenter, alternates
from plugins.writer import PageWriter
from solicomm_build import i18n
from solicomm_build.model.pages import HubFacts, Page
from solicomm_build.model.site import Event

_MENU = {"news": "News", "events": "Events", "library": "Library", "join": "Join"}


def _union(page: Page) -> dict[str, Any]:
    union: dict[str, Any] = dict(page.facts["union"])
    union["menu"] = [
        item | {"label": item["label"] or i18n.gettext(page.lang, _MENU.get(item["kind"], ""))}
        for item in union["menu"]
    ]
    return union | {
        "dir": i18n.direction(page.lang),
        "alternates": alternates(union["alternates"]),
    }


def home(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The site's front page."""
    facts = page.facts
    body = Markup(facts["body"]) if facts["body"] else None  # noqa: S704 - cleaned by model.markup
    rest = {name: facts[name] for name in ("news", "events", "join")}
    return {"union": _union(page), "body": body, **rest}


def text(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """A page or a news item."""
    html = Markup(page.facts["html"])  # noqa: S704 - cleaned by model.markup
    return {
        "union": _union(page),
        "title": page.title,
        "html": html,
        "date": page.facts.get("date"),
        "updated": None,
        "image": page.facts.get("image"),
    }


def listed(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """All news, or all events."""
    kind = page.facts["kind"]
    title = i18n.gettext(page.lang, _MENU[kind])
    return {"union": _union(page), "title": title, "kind": kind, "items": page.facts["items"]}


def event(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """One event."""
    shown: Event = page.facts["event"]
    return {
        "union": _union(page),
        "event": {
            "title": shown.title,
            "starts": shown.starts.date() if shown.all_day else shown.starts,
            "ends": shown.ends.date() if shown.all_day and shown.ends else shown.ends,
            "place": shown.place,
            "html": Markup(page.facts["html"]),  # noqa: S704 - cleaned by model.markup
        },
    }


class UnionGenerator(PageGenerator):
    """Pages of the sections `union:…`."""

    kind = "union"
    presenters: ClassVar[Mapping[str, Presenter]] = {
        "union_home": home,
        "union_page": text,
        "union_list": listed,
        "union_event": event,
    }

    def write(self, page: Page, writer: PageWriter) -> None:
        """The stylesheet is a template of its own."""
        if page.kind == "union.css":
            accent = page.facts["accent"]
            context = {**page.facts, "on_accent": readable_on(accent)}
            css = self.env.get_template("union.css.j2").render(context)
            writer.write_page(page, css.encode())
        elif page.kind == "union_list":
            title = i18n.gettext(page.lang, _MENU[page.facts["kind"]])
            super().write(replace(page, title=title), writer)
        else:
            super().write(page, writer)

    def write_union_feed(self, page: Page, writer: PageWriter) -> None:
        """The Atom feed of the news."""
        writer.write_page(page, feeds.news_feed(page, self.job.hub))


def readable_on(colour: str) -> str:
    """Black or white, whichever reads better on `#rrggbb` (WCAG 2.2 relative luminance)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#fff"
