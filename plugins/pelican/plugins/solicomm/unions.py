"""Union sites for Pelican: home, pages, news, events, people, documents, joining, their style
sheet, pictures, calendars, feeds and site map."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from markupsafe import Markup
from pelican.plugins.solicomm.feeds import news_feed, sitemap
from pelican.plugins.solicomm.generator import PageGenerator, Presenter, alternates
from pelican.plugins.solicomm.unionwords import join_letter, words
from pelican.writers import Writer

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import HubFacts, Page

_SPACES = re.compile(r"\s+")
_TIGHT = re.compile(r" ?([{};,>]) ?")


def _union(page: Page) -> dict[str, Any]:
    """What every page of a site gets: `union`, its words, and the picture of its social card."""
    union: dict[str, Any] = dict(page.facts["union"])
    union["menu"] = [
        {"label": item["label"] or _place(page.lang, item["kind"]), "url": item["url"]}
        for item in union["menu"]
    ]
    union |= {
        "dir": i18n.direction(page.lang),
        "alternates": alternates(union["alternates"]),
    }
    image = page.facts.get("image")
    return {"union": union, "w": words(page.lang), "card": image or union["logo"]}


def _place(lang: str, kind: str) -> str:
    """What the interface calls a place that has no title of its own."""
    if kind in ("news", "events"):
        return gettext(lang, "News") if kind == "news" else gettext(lang, "Events")
    return words(lang)[{"library": "documents"}.get(kind, kind)]


def home(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The site's front page."""
    blocks = [
        block | {"html": Markup(block["html"])} if block["type"] == "text" else block  # noqa: S704 - cleaned by model.markup
        for block in page.facts["blocks"]
    ]
    return {**_union(page), "blocks": blocks}


def text(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """A page or a news item."""
    facts = page.facts
    return {
        **_union(page),
        "title": page.title,
        "html": Markup(facts["html"]),  # noqa: S704 - cleaned by model.markup
        "date": facts.get("date"),
        "author": facts.get("author"),
        "image": facts["image"],
    }


def listed(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """All news, or all events."""
    facts = page.facts
    rest = {name: facts[name] for name in ("kind", "past", "years", "calendar")}
    return {**_union(page), "title": page.title, "rows": facts["items"], **rest}


def event(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """One event."""
    html = Markup(page.facts["html"])  # noqa: S704 - cleaned by model.markup
    rest = {name: page.facts[name] for name in ("event", "image")}
    return {**_union(page), "html": html, **rest}


def people(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """Who speaks for the union."""
    return {**_union(page), "people": page.facts["people"]}


def library(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The union's documents."""
    return {**_union(page), "documents": page.facts["documents"]}


def join(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """How to join."""
    facts = page.facts
    email = facts["union"]["contact"]["email"]
    return {
        **_union(page),
        "title": page.title,
        "html": Markup(facts["html"]),  # noqa: S704 - cleaned by model.markup
        "how": facts["how"],
        "action": facts["action"],
        "mailto": join_letter(page.lang, email) if email else "",
    }


def bare(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """A page of fixed words only."""
    return _union(page)


def history(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """What changed on the site, and when."""
    return {**_union(page), "steps": page.facts["steps"]}


_TITLES = {
    "union_people": "people",
    "union_library": "documents",
    "union_join": "join_button",
    "union_404": "lost",
    "union_frame": "join_button",
    "union_stub": "stub",
    "union_thanks": "thanks",
    "union_history": "history",
}
"""Pages that are called by a word of ours, unless the union has one."""

_UNLISTED = ("union_404", "union_frame", "union_stub", "union_thanks", "union_history")


class UnionGenerator(PageGenerator):
    """Pages of the sections `union:…`."""

    kind = "union"
    presenters: ClassVar[Mapping[str, Presenter]] = {
        "union_home": home,
        "union_page": text,
        "union_list": listed,
        "union_event": event,
        "union_people": people,
        "union_library": library,
        "union_join": join,
        "union_stub": bare,
        "union_404": bare,
        "union_frame": bare,
        "union_thanks": bare,
        "union_history": history,
    }

    def write(self, page: Page, writer: Writer) -> None:
        """Gives the page a title in its language where the union gave none."""
        if page.kind == "union.css":
            css = self.template("union.css.j2").render(page.facts)
            self.job.put(page, _packed(css).encode())
        elif page.kind in _TITLES and (not page.title or page.kind == "union_stub"):
            title = words(page.lang)[_TITLES[page.kind]]
            indexed = page.indexed and page.kind not in _UNLISTED
            super().write(replace(page, title=title, indexed=indexed), writer)
        elif page.kind == "union_list":
            title = " ".join((_place(page.lang, page.facts["kind"]), page.title)).strip()
            super().write(replace(page, title=title), writer)
        else:
            super().write(page, writer)

    def write_local(self, page: Page, writer: Writer) -> None:
        """A picture that was made anew and is kept in state/."""
        self.job.put(page, Path(page.facts["file"]).read_bytes())

    def write_exact(self, page: Page, writer: Writer) -> None:
        """A text that must stay as it is, such as a calendar."""
        self.job.put(page, str(page.facts["data"]).encode())

    def write_union_feed(self, page: Page, writer: Writer) -> None:
        """The Atom feed of the news."""
        self.job.put(page, news_feed(page, self.job.hub))

    def write_union_sitemap(self, page: Page, writer: Writer) -> None:
        """The site's addresses for search engines."""
        self.job.put(page, sitemap(page, self.job.hub))


def _packed(css: str) -> str:
    """The style sheet without comments and needless white space; strings hold no double ones."""
    text = re.sub(r"/\*.*?(?:\*/|\Z)", "", css, flags=re.DOTALL)
    return _TIGHT.sub(r"\1", _SPACES.sub(" ", text)).strip() + "\n"


class CopyGenerator(UnionGenerator):
    """Pages of the sections `site-copy:…`: copies of sites at other hubs."""

    kind = "site-copy"
