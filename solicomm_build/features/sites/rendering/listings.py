"""What the lists of a site show: its news, events and documents, a row each, as facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from solicomm_build.features.sites.rendering.opensite import OpenSite
from solicomm_build.features.sites.rendering.rows import document_row, event_row, last_day
from solicomm_build.features.sites.values.site import Block, Event, News


class Listings:
    """The rows of a site's lists, in each of its languages."""

    def __init__(self, site: OpenSite) -> None:
        self._site = site
        self._news_rows: dict[str, list[dict[str, Any]]] = {}

    def news(self, lang: str) -> list[dict[str, Any]]:
        """News of the site and of the list that tells of it, the latest first."""
        if lang not in self._news_rows:
            news: list[News] = self._site.in_language("news", lang)
            news.sort(key=lambda item: (item.date, item.slug), reverse=True)
            rows = [self._news_row(item) for item in news]
            told = self._site.shown.conferences.get(self._site.settings.news_from, {})
            rows += [{**row, "date": row["date"].date()} for row in told.get("news", ())]
            rows.sort(key=lambda row: row["date"], reverse=True)
            self._news_rows[lang] = rows
        return self._news_rows[lang]

    def _news_row(self, item: News) -> dict[str, Any]:
        name = item.image.file.removeprefix("media/") if item.image else ""
        alt = item.image.alt if item.image else ""
        return {
            "slug": item.slug,
            "title": item.title,
            "url": self._site.at.of("news", item.slug, item.lang),
            "date": item.date,
            "summary": item.summary,
            "lang": item.lang,
            "image": self._site.shown_picture(name, alt) if name else None,
        }

    def events(self, lang: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """(upcoming, soonest first; past, latest first)."""
        events: list[Event] = self._site.in_language("events", lang)
        events.sort(key=lambda item: (item.starts, item.slug))
        upcoming = [event for event in events if last_day(event) >= self._site.today]
        past = [event for event in reversed(events) if last_day(event) < self._site.today]
        rows = [
            [event_row(event, self._site.at.of("events", event.slug, event.lang)) for event in some]
            for some in (upcoming, past)
        ]
        return rows[0], rows[1]

    def documents(self, lang: str, subject: str = "") -> list[dict[str, Any]]:
        """The documents that the site shows, all or those about a subject."""
        return [
            document_row(document, lang)
            for document in self._site.shown.documents
            if not subject or document.is_about(subject)
        ]

    def block(self, block: Block, lang: str) -> dict[str, Any] | None:
        """One block of the home page; None when there is nothing to show in it."""
        if block.type == "text":
            page = self._site.content.item(
                "pages", block.page or "welcome", lang, *self._site.settings.languages
            )
            return {"type": "text", "page": page} if page else None
        if block.type == "appeal":
            return {"type": "appeal"}
        items: Sequence[Any] = ()
        if block.type == "news":
            items = self.news(lang)[: block.count]
        elif block.type == "events":
            items = self.events(lang)[0][: block.count]
        elif block.type == "library":
            items = self.documents(lang, block.subject)[: block.count]
        elif block.type == "conferences":
            menu = [
                item.to.name for item in self._site.settings.menu if item.to.kind == "conference"
            ]
            chosen = [self._site.shown.conferences.get(name) for name in block.ids or menu]
            items = [{**each, "topics": each["topics"][: block.count]} for each in chosen if each]
        return {"type": block.type, "items": items} if items else None
