"""One site as of a commit and a day: its settings and contents, and what all of its pages share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any

from solicomm_build.builder.apart import oldpictures
from solicomm_build.builder.apart.pictures import Picture, Pictures
from solicomm_build.builder.contents import Place
from solicomm_build.builder.sources import LazyFacts, Sources, digest
from solicomm_build.features.sites.rendering import content as contents
from solicomm_build.features.sites.rendering.addresses import Addresses
from solicomm_build.features.sites.rendering.content import Content
from solicomm_build.features.sites.rendering.rows import last_day
from solicomm_build.features.sites.rendering.surroundings import Shown
from solicomm_build.features.sites.values.site import Site
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.elsewhere import Home
from solicomm_build.git.log import Revised
from solicomm_build.git.repo import open_repo
from solicomm_build.post.editorial.markup import render_page
from solicomm_build.post.pages import Page

FOLDERS = ("pages", "news", "events")
"""Where a site's texts lie."""

Alternates = tuple[tuple[str, str], ...]
"""(language, address) of each version of a page."""
Facts = Mapping[str, Any]


_OURS = re.compile(r'<img src="([^"]*media/[^"/]+)\.webp"[^>]*>')


def _with_plain(html: str) -> str:
    """Clean HTML whose pictures from media can be seen by those who know no WebP, too."""
    return _OURS.sub(
        lambda m: (
            f'<picture><source srcset="{m[1]}.webp" type="image/webp">'
            f"{m[0].replace(f'{m[1]}.webp', f'{m[1]}.jpg', 1)}</picture>"
        ),
        html,
    )


@dataclass
class OpenSite:
    """A site whose pages are looked at; what they have in common is read when it is asked for, and
    once. Use in one process only. `faults` is what was found to be wrong so far.

    With a `base` its pages are those of a draft and lie there, and no search engine may list them.
    With an `overlay` some of its texts are others than in the commit, by their paths. With
    `copy_of` it is the copy of another hub's, and no draft; `name` is then its section.
    """

    sources: Sources
    config: Config
    place: Place[Site]
    shown: Shown
    env: str
    today: date
    base: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    copy_of: Home | None = None
    name: str = ""

    @property
    def settings(self) -> Site:
        """Its settings."""
        return self.place.settings

    @property
    def section(self) -> str:
        """Who owns the files."""
        return self.name or f"union:{self.settings.union}"

    @cached_property
    def content(self) -> Content:
        """What the repository holds."""
        reader = self.sources.reader(self.place.repo)
        found = contents.read(reader, self.place.commit, self.settings)
        self.faults += found.faults
        for path, blob in self.overlay.items():
            contents.put(found, self.settings, path, blob)
        return found

    @cached_property
    def revised(self) -> Mapping[str, Revised]:
        """The files of texts: when each was last changed, and how often before."""
        return log.revisions(open_repo(self.place.repo), Oid(self.place.commit), *FOLDERS)

    @cached_property
    def at(self) -> Addresses:
        """Where things are."""
        hub = self.config.url if self.config.pages else ""
        return Addresses(self.settings, self.content, self.shown.names, self.base, hub)

    @property
    def until(self) -> str:
        """The last day, as ISO date, on which the pages are right without a change in the
        repository: the day the next event ends. Empty when time changes nothing."""
        days = [last_day(event) for event in self.content.events.values()]
        coming = [day for day in days if day >= self.today]
        return min(coming).isoformat() if coming else ""

    @cached_property
    def pictures(self) -> dict[str, Picture]:
        """The finished pictures by their names in media; the faulty ones are left out, and said."""
        kept = Pictures(self.config.state)
        reader = self.sources.reader(self.place.repo)
        found: dict[str, Picture] = {}
        for name, oid in self.content.pictures.items():
            kind = "logo" if self.settings.theme.logo == f"media/{name}" else ""
            picture, fault = kept.get(oid, partial(reader.blob, oid), kind=kind)  # type: ignore[arg-type]
            if picture:
                found[name] = picture
            else:
                self.faults.append((f"media/{name}", f"media/{name}: {fault}"))
        for name in set(self.content.pictures) - set(found):
            del self.content.pictures[name]
        return found

    @cached_property
    def base_key(self) -> str:
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
        mark = digest(self.env, self.settings.theme)[:10]
        return (
            f"{self.base}{mark}.css"
            if self.base
            else (f"/theme/unions/{self.settings.union}.{mark}.css")
        )

    def _union(self, lang: str) -> dict[str, Any]:
        site = self.settings
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
            "logo": self.shown_picture(logo, "") if picture else None,
            "css": self.css,
            "preset": site.theme.preset,
            "menu": list(self.menu(lang)),
            "feed": f"{self.at.home(lang)}feed.xml",
            "join": f"{self.at.home(lang)}join/",
            "draft": bool(self.base) and self.copy_of is None,
            "copied": self._copy(),
        }

    def _copy(self) -> dict[str, Any] | None:
        """Of what this is a copy: the original's address, its hub, and when it came."""
        home = self.copy_of
        if home is None:
            return None
        at = datetime.fromisoformat(home.at).date() if home.at else None
        return {"url": home.url, "hub": home.name, "at": at}

    def menu(self, lang: str) -> Iterator[dict[str, str]]:
        """The site's menu; an empty label means the interface's word for the kind."""
        for item in self.settings.menu:
            found = self.at.target(item.to, lang)
            shelf = item.to.kind == "library" and not item.to.name
            if found is None or (shelf and not self.shown.documents):
                continue
            if item.to.kind == "people" and not self.settings.people:
                continue
            label = item.label.get(lang) or next(iter(item.label.values()), "")
            yield {"label": label or found[0], "url": found[1], "kind": item.to.kind}

    @cached_property
    def _unions(self) -> dict[str, dict[str, Any]]:
        return {lang: self._union(lang) for lang in self.settings.languages}

    def shown_picture(self, name: str, alt: str) -> dict[str, Any] | None:
        """A picture as templates show it; None when there is none of this name."""
        picture = self.pictures.get(name)
        if picture is None:
            return None
        return {
            "url": self.at.picture(name),
            "plain": self.at.plain_picture(name),
            "plain_size": oldpictures.size(picture.width, picture.height),
            "alt": alt,
            "width": picture.width,
            "height": picture.height,
        }

    def page(
        self,
        url: str,
        kind: str,
        lang: str,
        title: str,
        key: Sequence[object],
        facts: Callable[[], Facts],
        alternates: Alternates = (),
        description: str = "",
    ) -> Page:
        """A page whose facts are looked up only when its key (`key`, and what all share) is new."""

        def load() -> Facts:
            return {"union": self._unions[lang] | {"alternates": alternates}, **facts()}

        union = self.settings.title_in(lang)
        return Page(
            url,
            kind,
            self.section,
            lang,
            title,
            digest(self.base_key, kind, lang, title, key, alternates, description),
            LazyFacts(load),
            alternates=alternates,
            feed=(union, f"{self.at.home(lang)}feed.xml"),
            description=description,
            indexed=not self.base,
        )

    def alternates(self, folder: str, slug: str) -> Alternates:
        """The versions of an item in the site's languages."""
        items = self.content.folder(folder)
        return tuple(
            (lang, self.at.of(folder, slug, lang))
            for lang in self.settings.languages
            if (slug, lang) in items
        )

    def everywhere(self, path: str) -> Alternates:
        """The addresses of a page that is there in every language."""
        return tuple((lang, f"{self.at.home(lang)}{path}") for lang in self.settings.languages)

    def html(self, body: str, lang: str, url: str) -> str:
        """An editor's text as clean HTML for the page at `url`; news are kept for the feed."""
        if url not in self._rendered or "/news/" not in url:
            made = render_page(
                body, resolve=partial(self.at.resolve, lang, url), measure=partial(self._size, url)
            )
            self._rendered[url] = _with_plain(made)
        return self._rendered[url]

    @cached_property
    def _rendered(self) -> dict[str, str]:
        return {}

    def _size(self, url: str, src: str) -> tuple[int, int] | None:
        del url
        name = src.rpartition("media/")[2].removesuffix(".webp")
        picture = self.pictures.get(name)
        return (picture.width, picture.height) if picture else None

    def in_language(self, folder: str, lang: str) -> list[Any]:
        """The items of a folder in `lang`, or in the site's first language that has it."""
        slugs = dict.fromkeys(slug for slug, _ in self.content.folder(folder))
        found = [self.content.item(folder, slug, lang, *self.settings.languages) for slug in slugs]
        return [item for item in found if item is not None]
