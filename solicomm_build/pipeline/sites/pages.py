"""The pages of one site, from its repository and what it shows of the hub: what they are, their
keys, and their facts. Nothing is rendered before a key says that it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from typing import Any

from solicomm_build.config import Config
from solicomm_build.model.markup import render_page
from solicomm_build.model.pages import Page, absolute
from solicomm_build.model.preset import PRESETS, colours
from solicomm_build.model.site import Block, Event, News, Site, Target
from solicomm_build.pipeline.contents import Place
from solicomm_build.pipeline.sites import content as contents
from solicomm_build.pipeline.sites.addresses import Addresses
from solicomm_build.pipeline.sites.calendar import Entry, calendar
from solicomm_build.pipeline.sites.content import Content, Item
from solicomm_build.pipeline.sites.pictures import Picture, Pictures
from solicomm_build.pipeline.sites.rows import document_row, event_row, last_day
from solicomm_build.pipeline.sites.surroundings import Shown
from solicomm_build.pipeline.sources import LazyFacts, Planned, Sources, digest
from solicomm_build.store import undo
from solicomm_build.store.repo import open_repo

Alternates = tuple[tuple[str, str], ...]
"""(language, address) of each version of a page."""
Facts = Mapping[str, Any]

FEED_NEWS = 20
HISTORY = 50
"""Changes on the page that lists them."""
LIST_NEWS = 20
"""News on the first page of the list; all of them are in the pages of their years."""


@dataclass
class SitePages:
    """Plans the pages of one site as of a commit and a day. Use in one process only.

    With a `base` they are those of a draft and lie there, and no search engine may list them.
    """

    sources: Sources
    config: Config
    place: Place[Site]
    shown: Shown
    env: str
    today: date
    base: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def site(self) -> Site:
        """Its settings."""
        return self.place.settings

    @property
    def section(self) -> str:
        """Who owns the files."""
        return f"union:{self.site.union}"

    @cached_property
    def content(self) -> Content:
        """What the repository holds."""
        reader = self.sources.reader(self.place.repo)
        found = contents.read(reader, self.place.commit, self.site)
        self.faults += found.faults
        return found

    @cached_property
    def at(self) -> Addresses:
        """Where things are."""
        hub = self.config.url if self.config.pages else ""
        return Addresses(self.site, self.content, self.shown.names, self.base, hub)

    @property
    def until(self) -> str:
        """The last day, as ISO date, on which the pages are right without a change in the
        repository: the day the next event ends. Empty when time changes nothing."""
        days = [last_day(event) for event in self.content.events.values()]
        coming = [day for day in days if day >= self.today]
        return min(coming).isoformat() if coming else ""

    # what there is

    def everything(self) -> Iterator[Planned]:
        """All pages, what others need first; equal keys are passed over by whoever makes them."""
        yield self._plan(self.css, self._stylesheet)
        for name in sorted(self.pictures):
            yield self._plan(self.at.picture(name), partial(self._picture, name))
        for name, oid in sorted(self.content.files.items()):
            yield self._plan(f"{self.at.url}media/{name}", partial(self._file, name, oid))
        for folder in ("pages", "news", "events"):
            for (slug, lang), item in sorted(self.content.folder(folder).items()):
                if (folder, slug) != ("pages", "join"):
                    url = self.at.of(folder, slug, lang)
                    yield self._plan(url, partial(self._item, folder, item, url))
        for folder, slug, lang in self.content.stubs:
            url = self.at.of(folder, slug, lang)
            yield self._plan(url, partial(self._stub, slug, lang, url))
        for (slug, lang), event in sorted(self.content.events.items()):
            url = f"{self.at.of('events', slug, lang)}event.ics"
            yield self._plan(url, partial(self._calendar, url, lang, (event,)))
        for lang in self.site.languages:
            yield from self._lists(lang)
        yield from self._once()

    def _lists(self, lang: str) -> Iterator[Planned]:
        home = self.at.home(lang)
        yield self._plan(f"{home}news/", partial(self._news_list, lang, None))
        for year in {item["date"].year for item in self._news(lang)}:
            yield self._plan(self.at.year(year, lang), partial(self._news_list, lang, year))
        yield self._plan(f"{home}events/", partial(self._event_list, lang))
        yield self._plan(f"{home}join/", partial(self._join, lang))
        if self.site.join == "form":
            url = f"{home}join/thanks/"
            yield self._plan(url, partial(self._page, url, "union_thanks", lang, "", (), dict))
        if self.site.people:
            yield self._plan(f"{home}people/", partial(self._people, lang))
        if self.shown.documents:
            yield self._plan(f"{home}library/", partial(self._library, lang))
        yield self._plan(home, partial(self._home, lang))
        yield self._plan(f"{home}feed.xml", partial(self._feed, lang))

    def _once(self) -> Iterator[Planned]:
        url = self.at.url
        if self.content.events:
            lang = self.site.languages[0]
            events = [self.content.item("events", slug, *self.site.languages)
                      for slug in sorted({slug for slug, _ in self.content.events})]  # fmt: skip
            chosen = tuple(event for event in events if isinstance(event, Event))
            yield self._plan(
                f"{url}calendar.ics", partial(self._calendar, f"{url}calendar.ics", lang, chosen)
            )
        for redirect in self.site.redirects:
            yield from self._redirect(redirect.old, redirect.to)
        yield self._plan(f"{url}404.html", self._not_found)
        yield self._plan(f"{url}history/", self._history)
        if not self.base:
            yield self._plan(f"{url}sitemap.xml", self._sitemap)

    def _plan(self, url: str, make: Callable[[], Page]) -> Planned:
        return Planned(url, self.section, 0, make)

    # what all pages of the site share

    @cached_property
    def pictures(self) -> dict[str, Picture]:
        """The finished pictures by their names in media; the faulty ones are left out, and said."""
        kept = Pictures(self.config.state)
        reader = self.sources.reader(self.place.repo)
        found: dict[str, Picture] = {}
        for name, oid in self.content.pictures.items():
            logo = self.site.theme.logo == f"media/{name}"
            picture, fault = kept.get(oid, partial(reader.blob, oid), logo=logo)  # type: ignore[arg-type]
            if picture:
                found[name] = picture
            else:
                self.faults.append((f"media/{name}", f"media/{name}: {fault}"))
        for name in set(self.content.pictures) - set(found):
            del self.content.pictures[name]
        return found

    @cached_property
    def _base(self) -> str:
        """The digest of what every page's links and pictures depend on."""
        content = self.content
        sizes = {n: (p.width, p.height, content.pictures[n]) for n, p in self.pictures.items()}
        titles = [(key, page.title) for key, page in sorted(content.pages.items())]
        items = (sorted(content.news), sorted(content.events), sorted(content.files), sizes)
        shelf = bool(self.shown.documents)
        return digest(self.env, self.place.settings_blob, titles, items, self.shown.names, shelf)

    @cached_property
    def css(self) -> str:
        """The address of the style sheet; its name changes with what is in it."""
        mark = digest(self.env, self.site.theme)[:10]
        return f"{self.base}{mark}.css" if self.base else (
            f"/theme/unions/{self.site.union}.{mark}.css"
        )  # fmt: skip

    def _stylesheet(self) -> Page:
        theme = self.site.theme
        by_night = PRESETS[theme.preset].by_night and theme.dark != "never"
        facts = {
            "preset": theme.preset,
            "dark": "always" if by_night else theme.dark,
            "light_colours": colours(theme.preset, theme.accent, dark=False),
            "dark_colours": colours(theme.preset, theme.accent, dark=True),
        }
        lang = self.site.languages[0]
        return Page(
            self.css, "union.css", self.section, lang, "", digest(self.env, "css", facts), facts
        )

    def _union(self, lang: str) -> dict[str, Any]:
        site = self.site
        address = site.contact.address or {}
        logo = site.theme.logo.removeprefix("media/")
        picture = self.pictures.get(logo)
        return {
            "id": site.union,
            "title": site.title_in(lang),
            "description": site.description_in(lang),
            "url": self.at.home(lang),
            "lang": lang,
            "languages": site.languages,
            "contact": {
                "email": site.contact.email,
                "phone": site.contact.phone,
                "address": address.get(lang) or next(iter(address.values()), ""),
            },
            "logo": self._shown_picture(logo, "") if picture else None,
            "css": self.css,
            "preset": site.theme.preset,
            "menu": list(self.menu(lang)),
            "feed": f"{self.at.home(lang)}feed.xml",
            "join": f"{self.at.home(lang)}join/",
            "draft": bool(self.base),
        }

    def menu(self, lang: str) -> Iterator[dict[str, str]]:
        """The site's menu; an empty label means the interface's word for the kind."""
        for item in self.site.menu:
            found = self.at.target(item.to, lang)
            shelf = item.to.kind == "library" and not item.to.name
            if found is None or (shelf and not self.shown.documents):
                continue
            if item.to.kind == "people" and not self.site.people:
                continue
            label = item.label.get(lang) or next(iter(item.label.values()), "")
            yield {"label": label or found[0], "url": found[1], "kind": item.to.kind}

    @cached_property
    def _unions(self) -> dict[str, dict[str, Any]]:
        return {lang: self._union(lang) for lang in self.site.languages}

    def _shown_picture(self, name: str, alt: str) -> dict[str, Any] | None:
        picture = self.pictures.get(name)
        if picture is None:
            return None
        return {"url": self.at.picture(name), "alt": alt,
                "width": picture.width, "height": picture.height}  # fmt: skip

    def _page(
        self, url: str, kind: str, lang: str, title: str, key: Sequence[object],
        facts: Callable[[], Facts], alternates: Alternates = (), description: str = "",
    ) -> Page:  # fmt: skip
        """A page whose facts are looked up only when its key (`key`, and what all share) is new."""

        def load() -> Facts:
            return {"union": self._unions[lang] | {"alternates": alternates}, **facts()}

        union = self.site.title_in(lang)
        return Page(
            url, kind, self.section, lang, title,
            digest(self._base, kind, lang, title, key, alternates, description),
            LazyFacts(load), alternates=alternates, feed=(union, f"{self.at.home(lang)}feed.xml"),
            description=description, indexed=not self.base,
        )  # fmt: skip

    def _alternates(self, folder: str, slug: str) -> Alternates:
        items = self.content.folder(folder)
        return tuple(
            (lang, self.at.of(folder, slug, lang))
            for lang in self.site.languages
            if (slug, lang) in items
        )

    def _everywhere(self, path: str) -> Alternates:
        return tuple((lang, f"{self.at.home(lang)}{path}") for lang in self.site.languages)

    def html(self, body: str, lang: str, url: str) -> str:
        """An editor's text as clean HTML for the page at `url`; news are kept for the feed."""
        if url not in self._rendered or "/news/" not in url:
            self._rendered[url] = render_page(
                body, resolve=partial(self.at.resolve, lang, url), measure=partial(self._size, url)
            )
        return self._rendered[url]

    @cached_property
    def _rendered(self) -> dict[str, str]:
        return {}

    def _size(self, url: str, src: str) -> tuple[int, int] | None:
        del url
        name = src.rpartition("media/")[2].removesuffix(".webp")
        picture = self.pictures.get(name)
        return (picture.width, picture.height) if picture else None

    # pages, news and events

    def _item(self, folder: str, item: Item, url: str) -> Page:
        oid = self.content.blobs[folder, item.slug, item.lang]
        kind = "union_event" if isinstance(item, Event) else "union_page"

        def facts() -> Facts:
            found: dict[str, Any] = {"html": self.html(item.body, item.lang, url), "image": None}
            if item.image:
                name = item.image.file.removeprefix("media/")
                found["image"] = self._shown_picture(name, item.image.alt)
            if isinstance(item, News):
                found |= {"date": item.date, "author": item.author}
            if isinstance(item, Event):
                found["event"] = event_row(item, url) | {
                    "online": item.online, "ics": f"{url}event.ics",
                    "past": last_day(item) < self.today,
                }  # fmt: skip
            return found

        past = isinstance(item, Event) and last_day(item) < self.today
        alternates = self._alternates(folder, item.slug)
        return self._page(
            url, kind, item.lang, item.title, (oid, past), facts, alternates, item.summary
        )

    def _stub(self, slug: str, lang: str, url: str) -> Page:
        return self._page(url, "union_stub", lang, slug, (), dict)

    def _in_language(self, folder: str, lang: str) -> list[Any]:
        """The items of a folder in `lang`, or in the site's first language that has it."""
        slugs = dict.fromkeys(slug for slug, _ in self.content.folder(folder))
        found = [self.content.item(folder, slug, lang, *self.site.languages) for slug in slugs]
        return [item for item in found if item is not None]

    def _news(self, lang: str) -> list[dict[str, Any]]:
        if lang not in self._news_rows:
            news: list[News] = self._in_language("news", lang)
            news.sort(key=lambda item: (item.date, item.slug), reverse=True)
            rows = [self._news_row(item) for item in news]
            told = self.shown.conferences.get(self.site.news_from, {}).get("news", ())
            rows += [{**row, "date": row["date"].date()} for row in told]
            rows.sort(key=lambda row: row["date"], reverse=True)
            self._news_rows[lang] = rows
        return self._news_rows[lang]

    @cached_property
    def _news_rows(self) -> dict[str, list[dict[str, Any]]]:
        return {}

    def _news_row(self, item: News) -> dict[str, Any]:
        name = item.image.file.removeprefix("media/") if item.image else ""
        alt = item.image.alt if item.image else ""
        return {
            "slug": item.slug,
            "title": item.title,
            "url": self.at.of("news", item.slug, item.lang),
            "date": item.date,
            "summary": item.summary,
            "lang": item.lang,
            "image": self._shown_picture(name, alt) if name else None,
        }

    def _events(self, lang: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """(upcoming, soonest first; past, latest first)."""
        events: list[Event] = self._in_language("events", lang)
        events.sort(key=lambda item: (item.starts, item.slug))
        upcoming = [event for event in events if last_day(event) >= self.today]
        past = [event for event in reversed(events) if last_day(event) < self.today]
        rows = [
            [event_row(event, self.at.of("events", event.slug, event.lang)) for event in some]
            for some in (upcoming, past)
        ]
        return rows[0], rows[1]

    def _news_list(self, lang: str, year: int | None) -> Page:
        rows = self._news(lang)
        years = sorted({row["date"].year for row in rows}, reverse=True)
        shown = [row for row in rows if row["date"].year == year] if year else rows[:LIST_NEWS]
        path = f"news/year/{year}/" if year else "news/"
        facts = {
            "kind": "news",
            "items": shown,
            "past": [],
            "calendar": None,
            "years": [{"year": each, "url": self.at.year(each, lang), "current": each == year}
                      for each in years] if len(rows) > len(shown) or year else [],
        }  # fmt: skip
        # a year exists in every language, since what is not translated is listed as it is
        return self._page(
            f"{self.at.home(lang)}{path}", "union_list", lang, str(year or ""), (facts,),
            lambda: facts, self._everywhere(path),
        )  # fmt: skip

    def _event_list(self, lang: str) -> Page:
        upcoming, past = self._events(lang)
        calendar_url = f"{self.at.url}calendar.ics" if upcoming or past else None
        facts = {"kind": "events", "items": upcoming, "past": past, "years": [],
                 "calendar": calendar_url}  # fmt: skip
        return self._page(
            f"{self.at.home(lang)}events/", "union_list", lang, "", (facts,), lambda: facts,
            self._everywhere("events/"),
        )  # fmt: skip

    def _people(self, lang: str) -> Page:
        rows = [
            {
                "name": person.name,
                "role": person.role.get(lang) or next(iter(person.role.values()), ""),
                "photo": self._shown_picture(person.photo.removeprefix("media/"), ""),
                "email": person.email,
                "phone": person.phone,
            }
            for person in self.site.people
        ]
        return self._page(
            f"{self.at.home(lang)}people/", "union_people", lang, "", (), lambda: {"people": rows},
            self._everywhere("people/"),
        )  # fmt: skip

    def _documents(self, lang: str, subject: str = "") -> list[dict[str, Any]]:
        return [
            document_row(document, lang)
            for document in self.shown.documents
            if not subject or document.is_about(subject)
        ]

    def _library(self, lang: str) -> Page:
        rows = self._documents(lang)
        return self._page(
            f"{self.at.home(lang)}library/", "union_library", lang, "", (rows,),
            lambda: {"documents": rows}, self._everywhere("library/"),
        )  # fmt: skip

    def _join(self, lang: str) -> Page:
        url = f"{self.at.home(lang)}join/"
        page = self.content.item("pages", "join", lang)
        oid = self.content.blobs.get(("pages", "join", lang), "")

        def facts() -> Facts:
            return {
                "html": self.html(page.body, lang, url) if page else "",
                "how": self.site.join,
                "action": url,
            }

        return self._page(
            url, "union_join", lang, page.title if page else "", (oid,), facts,
            self._everywhere("join/"), page.summary if page else "",
        )  # fmt: skip

    def _home(self, lang: str) -> Page:
        url = self.at.home(lang)
        blocks = self.site.home or (Block("text", "welcome"), Block("news"), Block("events"))
        rows = [row for block in blocks if (row := self._block(block, lang))]
        bodies = {
            row["page"].slug: self.content.blobs["pages", row["page"].slug, row["page"].lang]
            for row in rows
            if row["type"] == "text"
        }

        def facts() -> Facts:
            texts = [
                row | {"html": self.html(row["page"].body, lang, url), "lang": row["page"].lang}
                if row["type"] == "text"
                else row
                for row in rows
            ]
            return {"blocks": texts}

        plain = [row | {"page": ""} if row["type"] == "text" else row for row in rows]
        title = self.site.title_in(lang)
        return self._page(
            url, "union_home", lang, title, (bodies, plain), facts, self._everywhere(""),
            self.site.description_in(lang),
        )  # fmt: skip

    def _block(self, block: Block, lang: str) -> dict[str, Any] | None:
        """One block of the home page; None when there is nothing to show in it."""
        if block.type == "text":
            page = self.content.item("pages", block.page or "welcome", lang, *self.site.languages)
            return {"type": "text", "page": page} if page else None
        if block.type == "appeal":
            return {"type": "appeal"}
        items: Sequence[Any] = ()
        if block.type == "news":
            items = self._news(lang)[: block.count]
        elif block.type == "events":
            items = self._events(lang)[0][: block.count]
        elif block.type == "library":
            items = self._documents(lang, block.subject)[: block.count]
        elif block.type == "conferences":
            menu = [item.to.name for item in self.site.menu if item.to.kind == "conference"]
            chosen = [self.shown.conferences.get(name) for name in block.ids or menu]
            items = [{**each, "topics": each["topics"][: block.count]} for each in chosen if each]
        return {"type": block.type, "items": items} if items else None

    # files of other kinds

    def _picture(self, name: str) -> Page:
        oid = self.content.pictures[name]
        logo = self.site.theme.logo == f"media/{name}"
        url, lang = self.at.picture(name), self.site.languages[0]
        key = digest("picture", oid, logo, self.pictures[name].file.parent.parent.name)
        return Page(url, "local", self.section, lang, name, key, {"file": self.pictures[name].file})

    def _file(self, name: str, oid: str) -> Page:
        return Page(
            f"{self.at.url}media/{name}", "blob", self.section, self.site.languages[0], name,
            digest("blob", oid), {"oid": oid},
        )  # fmt: skip

    def _absolute(self, url: str) -> str:
        return absolute(self.config.url, self.config.pages, url)

    def _calendar(self, url: str, lang: str, events: Sequence[Event]) -> Page:
        def data() -> Facts:
            entries = [
                Entry(
                    event,
                    self._absolute(self.at.of("events", event.slug, event.lang)),
                    f"{event.slug}.{self.site.union}@{self.config.domain}",
                )
                for event in events
            ]
            octets = calendar(self.site.title_in(lang), lang, entries)
            return {"data": octets.decode()}

        oids = [self.content.blobs["events", event.slug, event.lang] for event in events]
        key = digest(self.env, "ics", oids, self.site.title_in(lang), self.config.url)
        return Page(url, "exact", self.section, lang, "", key, LazyFacts(data))

    def _redirect(self, old: str, to: Target) -> Iterator[Planned]:
        found = self.at.target(to, self.site.languages[0])
        url = f"{self.at.url}{old.strip('/')}"
        if found is None:
            return
        address = url if url.endswith((".html", ".htm")) else url + "/"

        def make() -> Page:
            facts = {"target": found[1]}
            return Page(
                address, "redirect", self.section, self.site.languages[0],
                found[0] or self.site.title_in(""), digest(self._base, "redirect", found), facts,
            )  # fmt: skip

        yield self._plan(address, make)

    def _not_found(self) -> Page:
        lang = self.site.languages[0]
        return self._page(f"{self.at.url}404.html", "union_404", lang, "", (), dict)

    def _history(self) -> Page:
        """What changed and when; for the editors, so nothing leads to it and nothing lists it."""

        def facts() -> Facts:
            steps = undo.steps(open_repo(self.place.repo), self.place.commit, HISTORY)
            return {
                "steps": [
                    {"when": step.when, "name": step.name, "subject": step.subject,
                     "files": step.files, "id": step.oid[:10]}
                    for step in steps
                ]
            }  # fmt: skip

        return self._page(
            f"{self.at.url}history/", "union_history", self.site.languages[0], "",
            (self.place.commit,), facts,
        )  # fmt: skip

    def _feed(self, lang: str) -> Page:
        # what came from a list has no text here: its own feed has it
        items = [row for row in self._news(lang) if row["slug"]][:FEED_NEWS]
        keys = [(row["url"], self.content.blobs["news", row["slug"], row["lang"]]) for row in items]

        def facts() -> Facts:
            news = self.content.news
            rows = [
                {
                    **row,
                    "html": self.html(news[row["slug"], row["lang"]].body, row["lang"], row["url"]),
                }
                for row in items
            ]
            return {"items": rows}

        title = self.site.title_in(lang)
        url = f"{self.at.home(lang)}feed.xml"
        return self._page(url, "union_feed", lang, title, (keys,), facts)

    def _sitemap(self) -> Page:
        """Every address readers should find, with its versions in other languages."""
        groups: list[Alternates] = [self._everywhere("")]
        groups += [self._everywhere(f"{name}/") for name in ("news", "events", "join")]
        if self.site.people:
            groups.append(self._everywhere("people/"))
        for folder in ("pages", "news", "events"):
            slugs = sorted({slug for slug, _ in self.content.folder(folder)} - {"join"})
            groups += [self._alternates(folder, slug) for slug in slugs]
        facts = {"groups": groups}
        lang = self.site.languages[0]
        return Page(
            f"{self.at.url}sitemap.xml", "union_sitemap", self.section, lang, "",
            digest(self.env, "sitemap", groups, self.config.url), facts,
        )  # fmt: skip
