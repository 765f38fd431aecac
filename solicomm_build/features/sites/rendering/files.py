"""The files of a site that are no pages of text: its style sheet and pictures, calendars, the feed,
the map for search engines, and what leads on from old addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solicomm_build.builder.apart import oldpictures
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.features.sites.rendering.listings import Listings
from solicomm_build.features.sites.rendering.opensite import FOLDERS, Alternates, Facts, OpenSite
from solicomm_build.features.sites.values.preset import PRESETS, colours
from solicomm_build.features.sites.values.site import Event, Target
from solicomm_build.foundation.hub.webhost import absolute
from solicomm_build.post.editorial.calendar import Entry, calendar
from solicomm_build.post.pages import Page

FEED_NEWS = 20


class SiteFiles:
    """Makes the files of one site."""

    def __init__(self, site: OpenSite, rows: Listings) -> None:
        self._site = site
        self._rows = rows

    def stylesheet(self) -> Page:
        """The style sheet: the site's preset and its accents."""
        theme = self._site.settings.theme
        by_night = PRESETS[theme.preset].by_night and theme.dark != "never"
        facts = {
            "preset": theme.preset,
            "dark": "always" if by_night else theme.dark,
            "light_colours": colours(theme.preset, theme.accent, dark=False),
            "dark_colours": colours(theme.preset, theme.accent, dark=True),
        }
        lang = self._site.settings.languages[0]
        return Page(
            self._site.css,
            "union.css",
            self._site.section,
            lang,
            "",
            digest(self._site.env, "css", facts),
            facts,
        )

    def picture(self, name: str) -> Page:
        """A finished picture."""
        oid = self._site.content.pictures[name]
        logo = self._is_logo(name)
        url, lang = self._site.at.picture(name), self._site.settings.languages[0]
        key = digest("picture", oid, logo, self._site.pictures[name].file.parent.parent.name)
        return Page(
            url,
            "local",
            self._site.section,
            lang,
            name,
            key,
            {"file": self._site.pictures[name].file},
        )

    def plain_picture(self, name: str) -> Page:
        """The same picture as JPEG."""
        oid = self._site.content.pictures[name]
        key = digest("jpeg", oldpictures.VERSION, oid, self._is_logo(name))
        file = self._site.pictures[name].file

        def data() -> Facts:
            return {"data": oldpictures.jpeg(file.read_bytes())}

        url, lang = self._site.at.plain_picture(name), self._site.settings.languages[0]
        return Page(url, "bytes", self._site.section, lang, name, key, LazyFacts(data))

    def _is_logo(self, name: str) -> bool:
        return self._site.settings.theme.logo == f"media/{name}"

    def file(self, name: str, oid: str) -> Page:
        """A document that the site offers, as it is."""
        url, lang = f"{self._site.at.url}media/{name}", self._site.settings.languages[0]
        return Page(url, "blob", self._site.section, lang, name, digest("blob", oid), {"oid": oid})

    def _absolute(self, url: str) -> str:
        return absolute(self._site.config.url, self._site.config.pages, url)

    def calendar(self, url: str, lang: str, events: Sequence[Event]) -> Page:
        """Events as other programs read them (RFC 5545)."""

        names = [("events", event.slug, event.lang) for event in events]
        revised = [self._site.revised.get(self._site.content.paths[name]) for name in names]

        def data() -> Facts:
            entries = [
                Entry(
                    event,
                    self._absolute(self._site.at.of("events", event.slug, event.lang)),
                    f"{event.slug}.{self._site.settings.union}@{self._site.config.domain}",
                    one,
                )
                for event, one in zip(events, revised, strict=True)
            ]
            octets = calendar(self._site.settings.title_in(lang), lang, entries)
            return {"data": octets.decode()}

        said = [
            (self._site.content.blobs[name], one and (one.at.isoformat(), one.before))
            for name, one in zip(names, revised, strict=True)
        ]
        key = digest(
            self._site.env, "ics/2", said, self._site.settings.title_in(lang), self._site.config.url
        )
        return Page(url, "exact", self._site.section, lang, "", key, LazyFacts(data))

    def redirect(self, old: str, to: Target) -> Iterator[Planned]:
        """What leads on from an old address, if what it leads to is there."""
        site, lang = self._site, self._site.settings.languages[0]
        found = site.at.target(to, lang)
        if found is None:
            return
        url = f"{site.at.url}{old.strip('/')}"
        address = url if url.endswith((".html", ".htm")) else url + "/"

        def make() -> Page:
            key = digest(site.base_key, "redirect", found)
            title = found[0] or site.settings.title_in("")
            facts = {"target": found[1]}
            return Page(address, "redirect", site.section, lang, title, key, facts)

        yield Planned(address, site.section, 0, make)

    def feed(self, lang: str) -> Page:
        """The newest news, with their texts."""
        # what came from a list has no text here: its own feed has it
        items = [row for row in self._rows.news(lang) if row["slug"]][:FEED_NEWS]
        keys = [
            (row["url"], self._site.content.blobs["news", row["slug"], row["lang"]])
            for row in items
        ]

        def facts() -> Facts:
            news = self._site.content.news
            rows = [
                {
                    **row,
                    "html": self._site.html(
                        news[row["slug"], row["lang"]].body, row["lang"], row["url"]
                    ),
                }
                for row in items
            ]
            return {"items": rows}

        title = self._site.settings.title_in(lang)
        url = f"{self._site.at.home(lang)}feed.xml"
        return self._site.page(url, "union_feed", lang, title, (keys,), facts)

    def sitemap(self) -> Page:
        """Every address readers should find, with its versions in other languages."""
        groups: list[Alternates] = [self._site.everywhere("")]
        groups += [self._site.everywhere(f"{name}/") for name in ("news", "events", "join")]
        if self._site.settings.people:
            groups.append(self._site.everywhere("people/"))
        changed = self._changed()
        for folder in FOLDERS:
            slugs = sorted({slug for slug, _ in self._site.content.folder(folder)} - {"join"})
            groups += [self._site.alternates(folder, slug) for slug in slugs]
        facts, said = {"groups": groups, "changed": changed}, sorted(changed.items())
        lang = self._site.settings.languages[0]
        return Page(
            f"{self._site.at.url}sitemap.xml",
            "union_sitemap",
            self._site.section,
            lang,
            "",
            digest(self._site.env, "sitemap", groups, said, self._site.config.url),
            facts,
        )

    def _changed(self) -> dict[str, str]:
        """When each text was last changed (W3C date and time), and the lists that show it, by
        address."""
        found: dict[str, str] = {}
        for (folder, slug, lang), path in self._site.content.paths.items():
            one = self._site.revised.get(path)
            if one is None:
                continue
            home, stamp = self._site.at.home(lang), f"{one.at:%Y-%m-%dT%H:%M:%SZ}"
            lists = (home,) if folder == "pages" else (home, f"{home}{folder}/")
            for url in (self._site.at.of(folder, slug, lang), *lists):
                found[url] = max(found.get(url, ""), stamp)
        return found
