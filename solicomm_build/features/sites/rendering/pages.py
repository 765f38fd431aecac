"""The pages of one site, from its repository and what it shows of the hub: what they are, their
keys, and their facts. Nothing is rendered before a key says that it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from solicomm_build.builder.sources import Planned
from solicomm_build.features.sites import undo
from solicomm_build.features.sites.rendering.content import Item
from solicomm_build.features.sites.rendering.files import SiteFiles
from solicomm_build.features.sites.rendering.listings import Listings
from solicomm_build.features.sites.rendering.opensite import Facts, OpenSite
from solicomm_build.features.sites.rendering.rows import event_row, last_day
from solicomm_build.features.sites.values.site import Block, Event, News
from solicomm_build.git.repo import open_repo
from solicomm_build.post.pages import FRAMES, Page

HISTORY = 50
"""Changes on the page that lists them."""
LIST_NEWS = 20
"""News on the first page of the list; all of them are in the pages of their years."""


class SitePages:
    """Plans the pages of one site."""

    def __init__(self, site: OpenSite) -> None:
        self._site = site
        self._rows = Listings(site)
        self._files = SiteFiles(site, self._rows)

    def everything(self) -> Iterator[Planned]:
        """All pages, what others need first; equal keys are passed over by whoever makes them."""
        yield self._plan(self._site.css, self._files.stylesheet)
        for name in sorted(self._site.pictures):
            yield self._plan(self._site.at.picture(name), partial(self._files.picture, name))
            plain = self._site.at.plain_picture(name)
            yield self._plan(plain, partial(self._files.plain_picture, name))
        for name, oid in sorted(self._site.content.files.items()):
            yield self._plan(
                f"{self._site.at.url}media/{name}", partial(self._files.file, name, oid)
            )
        for folder in ("pages", "news", "events"):
            for (slug, lang), item in sorted(self._site.content.folder(folder).items()):
                if (folder, slug) != ("pages", "join"):
                    url = self._site.at.of(folder, slug, lang)
                    yield self._plan(url, partial(self._item, folder, item, url))
        for folder, slug, lang in self._site.content.stubs:
            url = self._site.at.of(folder, slug, lang)
            yield self._plan(url, partial(self._stub, slug, lang, url))
        for (slug, lang), event in sorted(self._site.content.events.items()):
            url = f"{self._site.at.of('events', slug, lang)}event.ics"
            yield self._plan(url, partial(self._files.calendar, url, lang, (event,)))
        for lang in self._site.settings.languages:
            yield from self._lists(lang)
        yield from self._once()

    def _lists(self, lang: str) -> Iterator[Planned]:
        home = self._site.at.home(lang)
        yield self._plan(f"{home}news/", partial(self._news_list, lang, None))
        for year in {item["date"].year for item in self._rows.news(lang)}:
            yield self._plan(self._site.at.year(year, lang), partial(self._news_list, lang, year))
        yield self._plan(f"{home}events/", partial(self._event_list, lang))
        yield self._plan(f"{home}join/", partial(self._join, lang))
        if self._site.settings.join == "form":
            url = f"{home}join/thanks/"
            yield self._plan(url, partial(self._site.page, url, "union_thanks", lang, "", (), dict))
        if self._site.settings.people:
            yield self._plan(f"{home}people/", partial(self._people, lang))
        if self._site.shown.documents:
            yield self._plan(f"{home}library/", partial(self._library, lang))
        yield self._plan(home, partial(self._home, lang))
        yield self._plan(f"{home}feed.xml", partial(self._files.feed, lang))

    def _once(self) -> Iterator[Planned]:
        url = self._site.at.url
        if self._site.content.events:
            languages, address = self._site.settings.languages, f"{url}calendar.ics"
            slugs = sorted({slug for slug, _ in self._site.content.events})
            events = [self._site.content.item("events", slug, *languages) for slug in slugs]
            chosen = tuple(event for event in events if isinstance(event, Event))
            make = partial(self._files.calendar, address, languages[0], chosen)
            yield self._plan(address, make)
        for redirect in self._site.settings.redirects:
            yield from self._files.redirect(redirect.old, redirect.to)
        yield self._plan(f"{url}404.html", self._not_found)
        if not self._site.base:
            for lang in self._site.settings.languages:
                yield self._plan(self._frame_url(lang), partial(self._frame, lang))
        if not self._has_page("history"):  # else that is what people look for there
            yield self._plan(f"{url}history/", self._history)
        if not self._site.base:
            yield self._plan(f"{url}sitemap.xml", self._files.sitemap)

    def _has_page(self, slug: str) -> bool:
        """Whether there is a page of this name in the first language, also one to be mended."""
        content, lang = self._site.content, self._site.settings.languages[0]
        return (slug, lang) in content.pages or ("pages", slug, lang) in content.stubs

    def _plan(self, url: str, make: Callable[[], Page]) -> Planned:
        return Planned(url, self._site.section, 0, make)

    def _item(self, folder: str, item: Item, url: str) -> Page:
        oid = self._site.content.blobs[folder, item.slug, item.lang]
        kind = "union_event" if isinstance(item, Event) else "union_page"

        def facts() -> Facts:
            found: dict[str, Any] = {
                "html": self._site.html(item.body, item.lang, url),
                "image": None,
            }
            if item.image:
                name = item.image.file.removeprefix("media/")
                found["image"] = self._site.shown_picture(name, item.image.alt)
            if isinstance(item, News):
                found |= {"date": item.date, "author": item.author}
            if isinstance(item, Event):
                found["event"] = event_row(item, url) | {
                    "online": item.online,
                    "ics": f"{url}event.ics",
                    "past": last_day(item) < self._site.today,
                }
            return found

        past = isinstance(item, Event) and last_day(item) < self._site.today
        alternates = self._site.alternates(folder, item.slug)
        return self._site.page(
            url, kind, item.lang, item.title, (oid, past), facts, alternates, item.summary
        )

    def _stub(self, slug: str, lang: str, url: str) -> Page:
        return self._site.page(url, "union_stub", lang, slug, (), dict)

    def _news_list(self, lang: str, year: int | None) -> Page:
        rows = self._rows.news(lang)
        years = sorted({row["date"].year for row in rows}, reverse=True)
        shown = [row for row in rows if row["date"].year == year] if year else rows[:LIST_NEWS]
        path = f"news/year/{year}/" if year else "news/"
        facts = {
            "kind": "news",
            "items": shown,
            "past": [],
            "calendar": None,
            "years": [
                {"year": each, "url": self._site.at.year(each, lang), "current": each == year}
                for each in years
            ]
            if len(rows) > len(shown) or year
            else [],
        }
        # a year exists in every language, since what is not translated is listed as it is
        return self._site.page(
            f"{self._site.at.home(lang)}{path}",
            "union_list",
            lang,
            str(year or ""),
            (facts,),
            lambda: facts,
            self._site.everywhere(path),
        )

    def _event_list(self, lang: str) -> Page:
        upcoming, past = self._rows.events(lang)
        calendar_url = f"{self._site.at.url}calendar.ics" if upcoming or past else None
        facts = {
            "kind": "events",
            "items": upcoming,
            "past": past,
            "years": [],
            "calendar": calendar_url,
        }
        return self._site.page(
            f"{self._site.at.home(lang)}events/",
            "union_list",
            lang,
            "",
            (facts,),
            lambda: facts,
            self._site.everywhere("events/"),
        )

    def _people(self, lang: str) -> Page:
        rows = [
            {
                "name": person.name,
                "role": person.role.get(lang) or next(iter(person.role.values()), ""),
                "photo": self._site.shown_picture(person.photo.removeprefix("media/"), ""),
                "email": person.email,
                "phone": person.phone,
            }
            for person in self._site.settings.people
        ]
        return self._site.page(
            f"{self._site.at.home(lang)}people/",
            "union_people",
            lang,
            "",
            (),
            lambda: {"people": rows},
            self._site.everywhere("people/"),
        )

    def _library(self, lang: str) -> Page:
        rows = self._rows.documents(lang)
        return self._site.page(
            f"{self._site.at.home(lang)}library/",
            "union_library",
            lang,
            "",
            (rows,),
            lambda: {"documents": rows},
            self._site.everywhere("library/"),
        )

    def _join(self, lang: str) -> Page:
        url = f"{self._site.at.home(lang)}join/"
        page = self._site.content.item("pages", "join", lang)
        oid = self._site.content.blobs.get(("pages", "join", lang), "")

        def facts() -> Facts:
            return {
                "html": self._site.html(page.body, lang, url) if page else "",
                "how": self._site.settings.join,
                "action": url,
            }

        return self._site.page(
            url,
            "union_join",
            lang,
            page.title if page else "",
            (oid,),
            facts,
            self._site.everywhere("join/"),
            page.summary if page else "",
        )

    def _home(self, lang: str) -> Page:
        url = self._site.at.home(lang)
        blocks = self._site.settings.home or (
            Block("text", "welcome"),
            Block("news"),
            Block("events"),
        )
        rows = [row for block in blocks if (row := self._rows.block(block, lang))]
        bodies = {
            row["page"].slug: self._site.content.blobs["pages", row["page"].slug, row["page"].lang]
            for row in rows
            if row["type"] == "text"
        }

        def facts() -> Facts:
            texts = [
                row
                | {"html": self._site.html(row["page"].body, lang, url), "lang": row["page"].lang}
                if row["type"] == "text"
                else row
                for row in rows
            ]
            return {"blocks": texts}

        plain = [row | {"page": ""} if row["type"] == "text" else row for row in rows]
        title = self._site.settings.title_in(lang)
        return self._site.page(
            url,
            "union_home",
            lang,
            title,
            (bodies, plain),
            facts,
            self._site.everywhere(""),
            self._site.settings.description_in(lang),
        )

    def _not_found(self) -> Page:
        lang = self._site.settings.languages[0]
        return self._site.page(f"{self._site.at.url}404.html", "union_404", lang, "", (), dict)

    def _frame_url(self, lang: str) -> str:
        return f"{self._site.at.url.rstrip('/')}{FRAMES}{lang}.html"

    def _frame(self, lang: str) -> Page:
        """What the server puts round its answers to the form of the union."""
        return self._site.page(self._frame_url(lang), "union_frame", lang, "", (), dict)

    def _history(self) -> Page:
        """What changed and when; for the editors, so nothing leads to it and nothing lists it."""

        def facts() -> Facts:
            steps = undo.steps(open_repo(self._site.place.repo), self._site.place.commit, HISTORY)
            return {
                "steps": [
                    {
                        "when": step.when,
                        "name": step.name,
                        "subject": step.subject,
                        "files": step.files,
                        "id": step.oid[:10],
                    }
                    for step in steps
                ]
            }

        return self._site.page(
            f"{self._site.at.url}history/",
            "union_history",
            self._site.settings.languages[0],
            "",
            (self._site.place.commit,),
            facts,
        )
