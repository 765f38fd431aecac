"""Where everything of a site is read: addresses by name, and what menus and links lead to.

/unions/<id>/ …/<page>/ …/news/<item>/ …/events/<item>/     the first language
/unions/<id>/<lang>/…                                       the others

A draft has all of it below an address of its own (features/sites/drafts.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from solicomm_build.features.sites.rendering.content import Content
from solicomm_build.features.sites.values.site import Site, Target
from solicomm_build.post.pages import relative

LISTS = ("news", "events", "people", "join", "library")
"""Places every site may have at a fixed address."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one site; `names` are titles of conferences and libraries by kind and id
    (surroundings.py), `base` is where a draft lies, `hub` what links to the hub's other places
    begin with where the site has an origin of its own."""

    site: Site
    content: Content
    names: Mapping[str, Mapping[str, str]]
    base: str = ""
    hub: str = ""

    @property
    def url(self) -> str:
        """The front page in the first language."""
        return self.base or f"/unions/{self.site.union}/"

    def home(self, lang: str) -> str:
        """The front page in `lang`."""
        return self.url if lang == self.site.languages[0] else f"{self.url}{lang}/"

    def of(self, folder: str, slug: str, lang: str) -> str:
        """Where an item (or, without slug, a folder's list) is read."""
        if folder == "pages":
            return f"{self.home(lang)}{slug}/"
        return f"{self.home(lang)}{folder}/" + (f"{slug}/" if slug else "")

    def year(self, year: int, lang: str) -> str:
        """The news of a year."""
        return f"{self.home(lang)}news/year/{year}/"

    def picture(self, name: str) -> str:
        """A picture as it is shown."""
        return f"{self.url}media/{quote(name)}.webp"

    def plain_picture(self, name: str) -> str:
        """The same picture as JPEG, for those who know no WebP."""
        return f"{self.url}media/{quote(name)}.jpg"

    def target(self, target: Target, lang: str) -> tuple[str, str] | None:
        """(title, url) of what a menu item or redirect names, or None when it does not exist. The
        title is empty where the interface has a word of its own for the place."""
        if target.kind == "home":
            return self.site.title_in(lang), self.home(lang)
        if target.kind == "page":
            page = self.content.item("pages", target.name, lang, self.site.languages[0])
            page = page or self.content.item("pages", target.name, *self.site.languages)
            return (page.title, self.of("pages", page.slug, page.lang)) if page else None
        if target.kind == "join":
            page = self.content.item("pages", "join", lang)
            return page.title if page else "", f"{self.home(lang)}join/"
        if target.kind in LISTS and not target.name:
            return "", f"{self.home(lang)}{target.kind}/"
        kind = "conferences" if target.kind == "conference" else "libraries"
        title = self.names[kind].get(target.name)
        now = self.names.get("now", {}).get(f"{kind}/{target.name}", target.name)
        return (title, f"/{kind}/{now}/") if title else None

    def resolve(self, lang: str, here: str, written: str) -> str | None:
        """The link in an editor's text at the page `here`: `media/x.png`, `page:about`,
        `about.md`, `news`, …"""
        name = written.removeprefix("../").removeprefix("./").removeprefix("/")
        path, mark, fragment = name.partition("#")
        if path.startswith("media/"):
            file = path.removeprefix("media/")
            if file in self.content.pictures:
                return relative(here, self.picture(file))
            known = file in self.content.files
            return relative(here, f"{self.url}{quote(path)}") if known else None
        if path.endswith(".md"):
            path = "page:" + path.rpartition("/")[2].removesuffix(".md").partition(".")[0]
        named = Target.parse(path)
        found = self.target(named, lang) if named else None
        if found and self.hub and not found[1].startswith(self.url):
            return self.hub + found[1] + mark + fragment
        return relative(here, found[1] + mark + fragment) if found else None
