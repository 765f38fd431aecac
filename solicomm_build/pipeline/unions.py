"""The pages of a union's site, from its repository alone: home, pages, news, events, media."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote

from solicomm_build.config import Config
from solicomm_build.errors import SoliCommError
from solicomm_build.model.markup import render_page
from solicomm_build.model.pages import Page, relative
from solicomm_build.model.site import (
    Block,
    Event,
    News,
    Site,
    SitePage,
    Target,
    decode_event,
    decode_news,
    decode_page,
)
from solicomm_build.pipeline.contents import Place
from solicomm_build.pipeline.sources import Planned, Sources, digest

Item = SitePage | News | Event
Alternates = tuple[tuple[str, str], ...]
"""(language, address) of each version of a page."""

_MEDIA_TYPES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".pdf", ".odt", ".csv", ".txt", ".mp3")
FEED_NEWS = 20


@dataclass(frozen=True, slots=True)
class Content:
    """What a site's repository holds, readable files only. Keys of items are (slug, lang)."""

    pages: dict[tuple[str, str], SitePage]
    news: dict[tuple[str, str], News]
    events: dict[tuple[str, str], Event]
    media: dict[str, str]  # name below media/ -> oid
    faults: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class UnionPages:
    """Plans the pages of one union site as of a commit."""

    sources: Sources
    config: Config
    id: str
    place: Place[Site]
    names: Mapping[str, Mapping[str, str]]  # titles of conferences and libraries, by kind and id
    env: str

    @property
    def site(self) -> Site:
        """Its settings."""
        return self.place.settings

    @property
    def section(self) -> str:
        """Who owns the files."""
        return f"union:{self.id}"

    @property
    def url(self) -> str:
        """The site's address in its first language."""
        return f"/unions/{self.id}/"

    @cached_property
    def content(self) -> Content:
        """Reads the repository; a file that cannot be read is left out and reported."""
        reader = self.sources.reader(self.place.repo)
        found: dict[str, dict[tuple[str, str], Any]] = {"pages": {}, "news": {}, "events": {}}
        decoders: dict[str, Any] = {
            "pages": decode_page, "news": decode_news, "events": decode_event,
        }  # fmt: skip
        media: dict[str, str] = {}
        faults: list[tuple[str, str]] = []
        for item in reader.tree(self.place.commit, recursive=True):
            folder, _, name = item.path.partition("/")
            if folder == "media" and name.lower().endswith(_MEDIA_TYPES):
                media[name] = item.oid
            if folder not in found or not name.endswith(".md"):
                continue
            try:
                value = decoders[folder](
                    reader.blob(item.oid), item.path, default_lang=self.site.languages[0]
                )
            except SoliCommError as error:
                faults.append((self.url + item.path, error.public))
                continue
            if value.status == "published" and value.lang in self.site.languages:
                found[folder][value.slug, value.lang] = value
        return Content(found["pages"], found["news"], found["events"], media, tuple(faults))

    # what there is

    def everything(self) -> Iterator[Planned]:
        """All pages; equal keys are passed over by whoever makes them."""
        content = self.content
        yield Planned(f"{self.url}site.css", self.section, 0, self._stylesheet)
        for name, oid in sorted(content.media.items()):
            yield Planned(
                f"{self.url}media/{name}", self.section, 0, partial(self._media, name, oid)
            )
        for lang in self.site.languages:
            for folder, items in self._folders():
                for (slug, item_lang), item in sorted(items.items()):
                    if item_lang == lang:
                        url = self.address(folder, slug, lang)
                        yield Planned(url, self.section, 0, partial(self._item, folder, item, url))
            for kind in ("news", "events"):
                url = self.address(kind, "", lang)
                yield Planned(url, self.section, 1, partial(self._list, kind, lang, url))
            yield Planned(self.home(lang), self.section, 1, partial(self._home, lang))
        yield Planned(f"{self.url}feed.xml", self.section, 1, self._feed)
        for redirect in self.site.redirects:
            yield from self._redirect(redirect.old, redirect.to)

    def _folders(self) -> tuple[tuple[str, Mapping[tuple[str, str], Item]], ...]:
        content = self.content
        return (("pages", content.pages), ("news", content.news), ("events", content.events))

    def home(self, lang: str) -> str:
        """The front page in `lang`."""
        return self.url if lang == self.site.languages[0] else f"{self.url}{lang}/"

    def address(self, folder: str, slug: str, lang: str) -> str:
        """Where an item (or, without slug, a folder's list) is read."""
        if folder == "pages":
            return f"{self.home(lang)}{slug}/"
        return f"{self.home(lang)}{folder}/" + (f"{slug}/" if slug else "")

    def target(self, target: Target, lang: str) -> tuple[str, str] | None:
        """(title, url) of what a menu item or redirect names, or None when it does not exist."""
        if target.kind in {"page", "join"}:
            slug = target.name or "join"
            page = self.content.pages.get((slug, lang)) or self.content.pages.get(
                (slug, self.site.languages[0])
            )
            return (page.title, self.address("pages", slug, page.lang)) if page else None
        if target.kind in ("news", "events"):
            return "", self.address(target.kind, "", lang)
        if target.kind == "home":
            return self.site.title_in(lang), self.home(lang)
        kind = "conferences" if target.kind == "conference" else "libraries"
        if not target.name:
            return "", "/#libraries"
        title = self.names[kind].get(target.name)
        return (title, f"/{kind}/{target.name}/") if title else None

    # facts

    def _union(self, lang: str, url: str, alternates: Alternates) -> dict[str, Any]:
        site = self.site
        menu = []
        for item in site.menu:
            found = self.target(item.to, lang)
            if found:
                label = item.label.get(lang) or next(iter(item.label.values()), "")
                menu.append(
                    {"label": label or found[0], "url": found[1], "current": found[1] == url,
                     "kind": item.to.kind}
                )  # fmt: skip
        address = site.contact.address or {}
        logo = site.theme.logo.removeprefix("media/")
        return {
            "id": self.id,
            "title": site.title_in(lang),
            "description": site.description_in(lang),
            "url": self.home(lang),
            "lang": lang,
            "languages": site.languages,
            "contact": {
                "email": site.contact.email,
                "phone": site.contact.phone,
                "address": address.get(lang) or next(iter(address.values()), ""),
            },
            "logo": f"{self.url}media/{logo}" if logo in self.content.media else None,
            "css": f"{self.url}site.css",
            "preset": site.theme.preset,
            "menu": menu,
            "alternates": alternates,
        }

    def _page(
        self, url: str, kind: str, lang: str, title: str, facts: dict[str, Any],
        alternates: Alternates, description: str = "",
    ) -> Page:  # fmt: skip
        union = self._union(lang, url, alternates)
        facts = {"union": union, **facts}
        key = digest(self.env, kind, lang, title, facts, description)
        return Page(
            url, kind, self.section, lang, title, key, facts, alternates=alternates,
            feed=(union["title"], f"{self.url}feed.xml"), description=description,
        )  # fmt: skip

    def _alternates(self, folder: str, slug: str) -> Alternates:
        items = dict(self._folders())[folder]
        return tuple(
            (lang, self.address(folder, slug, lang))
            for lang in self.site.languages
            if not slug or (slug, lang) in items
        )

    def _html(self, body: str, lang: str, url: str) -> str:
        return render_page(body, resolve=partial(self._resolve, lang, url))

    def _resolve(self, lang: str, url: str, target: str) -> str | None:
        """A link in an editor's text: `media/x.png`, `page:about`, `about.md`, `news`, …"""
        name = target.removeprefix("../").removeprefix("./").removeprefix("/")
        path, mark, fragment = name.partition("#")
        if path.startswith("media/"):
            known = path.removeprefix("media/") in self.content.media
            return relative(url, f"{self.url}{quote(path)}") if known else None
        if path.endswith(".md"):
            path = "page:" + path.rpartition("/")[2].removesuffix(".md").partition(".")[0]
        named = Target.parse(path)
        found = self.target(named, lang) if named else None
        return relative(url, found[1] + mark + fragment) if found else None

    # pages

    def _item(self, folder: str, item: Item, url: str) -> Page:
        html = self._html(item.body, item.lang, url)
        facts: dict[str, Any] = {"html": html}
        kind = "union_page"
        if isinstance(item, News):
            facts["date"] = item.date
        if isinstance(item, Event):
            kind, facts["event"] = "union_event", item
        if item.image and item.image.file.removeprefix("media/") in self.content.media:
            facts["image"] = (f"{self.url}media/{item.image.file.removeprefix('media/')}",
                              item.image.alt)  # fmt: skip
        return self._page(
            url, kind, item.lang, item.title, facts, self._alternates(folder, item.slug),
            item.summary,
        )  # fmt: skip

    def _in_language(self, folder: str, lang: str) -> list[Any]:
        """The items of a folder in `lang`, or in the first language where that one is missing."""
        items = dict(self._folders())[folder]
        slugs = {slug for slug, _ in items}
        first = self.site.languages[0]
        found = [items.get((slug, lang)) or items.get((slug, first)) for slug in slugs]
        return [item for item in found if item is not None]

    def _news(self, lang: str) -> list[dict[str, Any]]:
        news: list[News] = self._in_language("news", lang)
        news.sort(key=lambda item: (item.date, item.slug), reverse=True)
        return [
            {
                "title": item.title,
                "url": self.address("news", item.slug, item.lang),
                "date": item.date,
                "summary": item.summary,
                "lang": item.lang,
            }
            for item in news
        ]

    def _events(self, lang: str) -> list[dict[str, Any]]:
        events: list[Event] = self._in_language("events", lang)
        events.sort(key=lambda item: (item.starts, item.slug), reverse=True)
        return [
            {
                "title": item.title,
                "url": self.address("events", item.slug, item.lang),
                "starts": item.starts.date() if item.all_day else item.starts,
                "ends": item.ends.date() if item.all_day and item.ends else item.ends,
                "place": item.place,
                "lang": item.lang,
            }
            for item in events
        ]

    def _list(self, kind: str, lang: str, url: str) -> Page:
        items = self._news(lang) if kind == "news" else self._events(lang)
        return self._page(
            url, "union_list", lang, "", {"kind": kind, "items": items}, self._alternates(kind, "")
        )

    def _home(self, lang: str) -> Page:
        url = self.home(lang)
        facts: dict[str, Any] = {"body": None, "news": [], "events": [], "join": None}
        blocks = self.site.home or (Block("text", "welcome"), Block("news"), Block("events"))
        for block in blocks:
            self._add_block(block, lang, url, facts)
        if self.site.join == "mail" and self.site.contact.email:
            facts["join"] = f"mailto:{self.site.contact.email}"
        alternates = tuple((code, self.home(code)) for code in self.site.languages)
        title = self.site.title_in(lang)
        return self._page(
            url, "union_home", lang, title, facts, alternates, self.site.description_in(lang)
        )

    def _add_block(self, block: Block, lang: str, url: str, facts: dict[str, Any]) -> None:
        if block.type == "text":
            slug = block.page or "welcome"
            page = self.content.pages.get((slug, lang)) or self.content.pages.get(
                (slug, self.site.languages[0])
            )
            if page:
                facts["body"] = (facts["body"] or "") + self._html(page.body, lang, url)
        elif block.type == "news":
            facts["news"] = self._news(lang)[: block.count]
        elif block.type == "events":
            facts["events"] = self._events(lang)[: block.count]

    def _stylesheet(self) -> Page:
        theme = self.site.theme
        facts = {"accent": theme.accent, "accent_dark": theme.accent_dark}
        return Page(
            f"{self.url}site.css", "union.css", self.section, self.site.languages[0], "",
            digest(self.env, "css", facts), facts,
        )  # fmt: skip

    def _media(self, name: str, oid: str) -> Page:
        return Page(
            f"{self.url}media/{name}", "blob", self.section, self.site.languages[0], name,
            digest("blob", oid), {"oid": oid},
        )  # fmt: skip

    def _redirect(self, old: str, to: Target) -> Iterator[Planned]:
        found = self.target(to, self.site.languages[0])
        url = f"{self.url}{old.strip('/')}"
        if found is None:
            return
        address = url if url.endswith((".html", ".htm")) else url + "/"

        def make() -> Page:
            facts = {"target": found[1]}
            return Page(
                address, "redirect", self.section, self.site.languages[0], found[0] or self.id,
                digest(self.env, "redirect", found), facts,
            )  # fmt: skip

        yield Planned(address, self.section, 1, make)

    def _feed(self) -> Page:
        lang = self.site.languages[0]
        items = self._news(lang)[:FEED_NEWS]
        bodies = {
            item["url"]: self._html(news.body, lang, item["url"])
            for item in items
            for news in self.content.news.values()
            if self.address("news", news.slug, news.lang) == item["url"]
        }
        facts = {
            "union": {"id": self.id, "title": self.site.title_in(lang), "url": self.url},
            "items": [{**item, "html": bodies[item["url"]]} for item in items],
        }
        return Page(
            f"{self.url}feed.xml", "union_feed", self.section, lang, self.site.title_in(lang),
            digest(self.env, "feed", facts), facts,
        )  # fmt: skip
