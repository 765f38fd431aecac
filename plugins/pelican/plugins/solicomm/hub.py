"""The hub itself for Pelican: front page in every language, own pages, newest topics, search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from markupsafe import Markup
from pelican.plugins.solicomm.generator import (
    PageGenerator,
    Presenter,
    alternates,
    page_context,
)
from pelican.plugins.solicomm.members import missing, offer
from pelican.plugins.solicomm.people import directory
from pelican.plugins.solicomm.search import by_mail, search
from pelican.writers import Writer

from solicomm_build.foundation import i18n
from solicomm_build.post.pages import HubFacts, Page


def home(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """The front page."""
    body = page.facts["body"]
    shown = Markup(body) if body else None  # noqa: S704 - the operator's own
    return {
        **page.facts,
        "body": shown,
        "unions": _by_country(page.facts["unions"]),
        "people": directory(page.lang, hub),
        "members": offer(page.lang),
        "by_mail": by_mail(page.lang, hub),
    }


def places(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """All places of a kind."""
    return {**page.facts, "items": _by_country(page.facts["items"])}


def _by_country(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of one country beside each other, those of none at the end."""
    return sorted(rows, key=lambda one: (not one.get("country"), one.get("country", "")))


def text(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """One of the hub's own pages."""
    html = Markup(page.facts["html"])  # noqa: S704 - the operator's own
    return {"title": page.facts["title"], "html": html}


class HubGenerator(PageGenerator):
    """Pages of the section `hub`."""

    kind = "hub"
    presenters: ClassVar[Mapping[str, Presenter]] = {
        "home": home,
        "page": text,
        "places": places,
        "404": missing,
    }

    def write_frame(self, page: Page, writer: Writer) -> None:
        """What the server fills; it has no address of its own."""
        whole = page_context(page, self.job.hub) | {"canonical": ""}
        versions = alternates(tuple((lang, f"?lang={lang}") for lang in i18n.LANGUAGES))
        context = {"hub": self._hub(page.lang), "page": whole, "versions": versions}
        self.show(page, "frame.html", context, writer)


class SearchGenerator(PageGenerator):
    """Pages of the section `search`."""

    kind = "search"
    presenters: ClassVar[Mapping[str, Presenter]] = {"search": search}
