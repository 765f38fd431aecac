"""A site as data: what `site.yaml` says, and the whole site checked together. Pure.

Format: docs/formats/site.md. The schema is closed: an editor chooses among what is offered here
(presets, an accent colour, a menu of targets) and can reach neither templates nor settings. Pages,
news and events are in `sitepage`; they are named here too, so that readers need one import.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from solicomm_build.features.sites.values.preset import PRESETS as _LOOKS
from solicomm_build.foundation import colour, frontmatter
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.types import SLUG
from solicomm_build.post.editorial.sitepage import (
    MEDIA,
    Event,
    News,
    SitePage,
    decode_event,
    decode_news,
    decode_page,
)

__all__ = [
    "MEDIA",
    "Block",
    "Contact",
    "Event",
    "MenuItem",
    "News",
    "Person",
    "Redirect",
    "Shelf",
    "Site",
    "SitePage",
    "Target",
    "Theme",
    "check_site",
    "decode_event",
    "decode_news",
    "decode_page",
    "decode_site",
]

FILE = "site.yaml"
PRESETS = tuple(_LOOKS)
BLOCKS = ("text", "news", "events", "appeal", "library", "conferences")
PLACES = ("home", "news", "events", "people", "join", "library", "conference", "page")
"""Kinds of menu targets; `page` and `conference` need a name, `library` may have one."""
RESERVED = ("/admin", "/api", "/git", "/cms", "/.well-known", "/files", "/index", "/feeds")

_TARGET = re.compile(
    r"(home|news|events|people|join|library)|(page|conference|library):([a-z0-9-]{1,60})"
)
_EMAIL = re.compile(r"[^\s@<>\"]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,24}", re.ASCII)
_OLD = re.compile(r"/(?!(?:.*/)?\.\.(?:/|$))[A-Za-z0-9._~/-]{1,200}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_THEME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", re.ASCII)
_SUBJECT = re.compile(r"[\w:. -]{1,80}")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a menu item or redirect leads: a kind of PLACES and, for some, a name."""

    kind: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Target | None:
        """`news`, `page:about`, `conference:organising`, `library:agreements`; else None."""
        match = _TARGET.fullmatch(text)
        return cls(match[1] or match[2], match[3] or "") if match else None

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An empty `label` means the target's own title."""

    to: Target
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the home page; `page` for `text`, `count` for what is a list, `subject` for
    `library`, `ids` for `conferences` (none: those of the menu)."""

    type: str
    page: str = ""
    count: int = 5
    subject: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who speaks for the union. `photo` is a picture in media; her name describes it."""

    name: str
    role: Mapping[str, str]
    photo: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Which entries of the hub's libraries are this union's: those made or published by one of
    `organisations` (none: the union itself), and of one of `subjects`, if any are named."""

    organisations: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """An old address below the site, and where it leads now."""

    old: str
    to: Target


@dataclass(frozen=True, slots=True)
class Contact:
    email: str = ""
    phone: str = ""
    address: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """A preset and one colour, which the dark page shows as it reads there (colour.py).
    `name` is a Pelican theme that the operator offers, in place of a preset."""

    preset: str = "plain"
    accent: str = "#8a1020"
    logo: str = ""
    dark: str = "auto"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A union's site. The first of `languages` is the default one. New news also goes as a post to
    the list `news_list`, if there is one; what is sent to the list `news_from` is among the news.
    """

    union: str
    title: Mapping[str, str]
    languages: tuple[str, ...]
    description: Mapping[str, str]
    country: str
    contact: Contact
    theme: Theme
    menu: tuple[MenuItem, ...]
    home: tuple[Block, ...]
    join: str
    redirects: tuple[Redirect, ...]
    people: tuple[Person, ...] = ()
    shelf: Shelf = Shelf()
    news_list: str = ""
    news_from: str = ""

    def title_in(self, lang: str) -> str:
        """The title in `lang`, else in the site's first language that has one."""
        return _in(self.title, lang, self.languages)

    @property
    def conferences(self) -> tuple[str, ...]:
        """The conferences and lists whose newest topics the site shows, also as news."""
        blocks = [block for block in self.home if block.type == "conferences"]
        menu = [item.to.name for item in self.menu if item.to.kind == "conference"]
        named = [name for block in blocks for name in block.ids or menu]
        return tuple(dict.fromkeys([*named, *filter(None, (self.news_from,))]))

    @property
    def has_shelf(self) -> bool:
        """Whether the site shows the union's documents."""
        in_menu = any(item.to.kind == "library" and not item.to.name for item in self.menu)
        return in_menu or any(block.type == "library" for block in self.home)

    def description_in(self, lang: str) -> str:
        """One or two sentences on who this is, as `title_in` chooses."""
        return _in(self.description, lang, self.languages)


def decode_site(blob: bytes, file: str = FILE, *, union: str | None = None) -> Site:
    """Reads `site.yaml`; raises ContentErrors with every fault.

    `union` is the id the hub gave to this repository: the file cannot name another.
    """
    content = frontmatter.plain(blob, file=file)
    table = content.table
    table.schema("solicomm/site@1")
    site = Site(
        union=_union(table, union),
        title=table.by_language("title", required=True, longest=120),
        languages=table.languages(required=True),
        description=table.by_language("description", longest=600, lines=True),
        country=table.text("country", pattern=_COUNTRY, example="KE"),
        contact=_contact(table.section("contact")),
        theme=_theme(table.section("theme")),
        menu=tuple(_menu_item(row) for row in table.sections("menu", most=12)),
        home=_home(table.section("home")),
        join=_join(table),
        redirects=_redirects(table),
        people=tuple(_person(row) for row in table.sections("people", most=60)),
        shelf=_shelf(table.section("library")),
        **_news(table.section("news")),
    )
    table.close()
    content.table.raise_faults()
    return site


def check_site(
    site: Site, pages: Iterable[SitePage], media: Collection[str], *, file: str = FILE
) -> list[ContentError]:
    """The faults that only show when the files are seen together; empty when all is well.

    `media` are the names below `media/`. Missing translations are no fault.
    """
    pages = tuple(pages)
    slugs = {page.slug for page in pages}
    targets = [item.to for item in site.menu] + [redirect.to for redirect in site.redirects]
    addresses = {place: place for place in ("news", "events", "people", "join", "library", "media")}
    addresses |= {page.slug: f"pages/{page.slug}.md" for page in pages}
    faults = [
        ContentError(f"`{to}` leads nowhere", file=file, remedy=f"Add pages/{to.name}.md")
        for to in targets
        if to.kind == "page" and to.name not in slugs
    ]
    faults += [
        ContentError(f"no page `{block.page}`", file=file, remedy=f"Add pages/{block.page}.md")
        for block in site.home
        if block.page and block.page not in slugs
    ]
    for redirect in site.redirects:
        taken = addresses.get(redirect.old.strip("/").removesuffix("/index.html").casefold())
        if taken:
            fault = f"`{redirect.old}` is redirected, and it is the address of {taken}"
            faults.append(ContentError(fault, file=file, remedy="Take the redirect out"))
    logo = site.theme.logo.removeprefix("media/")
    if logo and logo not in media:
        faults.append(ContentError(f"no file media/{logo}", file=file, remedy="Add the logo"))
    faults += [
        ContentError(f"no file {person.photo}", file=file, remedy=f"Add {person.photo}")
        for person in site.people
        if person.photo and person.photo.removeprefix("media/") not in media
    ]
    return faults


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address as sites may name one."""
    return _EMAIL.fullmatch(text) is not None


def _union(table: Section, assigned: str | None) -> str:
    union = table.text("union", required=True, pattern=SLUG, example=assigned or "metal")
    if union and assigned is not None and union != assigned:
        fault = f"`union: {union}` is another union's name"
        table.fault("union", fault, f"Write `union: {assigned}`")
    return union


def _contact(table: Section) -> Contact:
    contact = Contact(
        email=table.text("email", pattern=_EMAIL, example="office@union.example"),
        phone=table.text("phone", pattern=_PHONE, example="+254 20 555 0100"),
        address=table.by_language("address", longest=400, lines=True) or None,
    )
    table.close()
    return contact


def _theme(table: Section) -> Theme:
    accent = table.text("accent", pattern=colour.COLOUR, example='"#8a1020"') or Theme().accent
    ratio = colour.contrast(accent, colour.LIGHT)
    if ratio < colour.ENOUGH:
        fault = f"`accent: {accent}` has a contrast of {ratio:.1f} to 1 on white"
        near = colour.readable(accent, colour.LIGHT)
        table.fault("accent", fault, f'{colour.ENOUGH} is needed, as with "{near}"')
    theme = Theme(
        preset=table.choice("preset", PRESETS, "plain"),
        accent=accent.lower(),
        logo=table.text("logo", pattern=MEDIA, example="media/logo.png"),
        dark=table.choice("dark", ("auto", "never", "always"), "auto"),
        name=table.text("name", pattern=_THEME, example="notmyidea"),
    )
    table.close()
    return theme


def _target(row: Section, key: str = "to") -> Target:
    text = row.text(key, required=True, example="page:about")
    target = Target.parse(text) if text else None
    if text and not target:
        remedy = "Write home, news, events, people, join, library, page:<name> or conference:<id>"
        row.fault(key, f"`{key}: {text[:60]}` is no place of a site", remedy)
    return target or Target("home")


def _menu_item(row: Section) -> MenuItem:
    item = MenuItem(_target(row), row.by_language("label", longest=60))
    row.close()
    return item


def _home(table: Section) -> tuple[Block, ...]:
    blocks = []
    for row in table.sections("blocks", most=12):
        kind = row.choice("type", BLOCKS)
        page = row.text("page", required=kind == "text", pattern=SLUG, example="welcome")
        count = row.integer("count", low=1, high=50) or 5
        subject = row.text("subject", pattern=_SUBJECT, example="collective-bargaining")
        ids = row.words("ids", repeats=True, pattern=SLUG, example="organising", most=12)
        blocks.append(Block(kind, page, count, subject, ids))
        row.close()
    table.close()
    return tuple(blocks)


def _join(table: Section) -> str:
    inner = table.section("join")
    how = inner.choice("how", ("mail", "form"), "mail")
    inner.close()
    return how


def _redirects(table: Section) -> tuple[Redirect, ...]:
    found: dict[str, Redirect] = {}
    for row in table.sections("redirects", most=500):
        redirect = _redirect(row)
        if redirect.old.casefold() in found:
            row.fault("from", f"`{redirect.old}` is redirected twice", "Leave one")
        found[redirect.old.casefold()] = redirect
    return tuple(found.values())


def _person(row: Section) -> Person:
    person = Person(
        name=row.text("name", required=True, longest=120, example="Amina Otieno"),
        role=row.by_language("role", longest=120),
        photo=row.text("photo", pattern=MEDIA, example="media/amina.jpg"),
        email=row.text("email", pattern=_EMAIL, example="amina@union.example"),
        phone=row.text("phone", pattern=_PHONE, example="+254 20 555 0100"),
    )
    row.close()
    return person


def _shelf(table: Section) -> Shelf:
    shelf = Shelf(
        organisations=table.words("organisations", repeats=True, example="Dock Workers", most=20),
        subjects=table.words(
            "subjects", repeats=True, pattern=_SUBJECT, example="free:water", most=20
        ),
    )
    table.close()
    return shelf


def _news(table: Section) -> dict[str, str]:
    names = {
        f"news_{key}": table.text(key, pattern=SLUG, example="members") for key in ("list", "from")
    }
    if names["news_list"] and names["news_list"] == names["news_from"]:
        table.fault("from", "the news would go to the list they come from", "Keep one of the two")
    table.close()
    return names


def _redirect(row: Section) -> Redirect:
    old = row.text("from", required=True, pattern=_OLD, example="/old.html")
    if old.lower().startswith(RESERVED):
        row.fault("from", f"`{old}` belongs to the hub", f"Not one of {', '.join(RESERVED)}")
    redirect = Redirect(old, _target(row))
    row.close()
    return redirect


def _in(texts: Mapping[str, str], lang: str, languages: tuple[str, ...]) -> str:
    return next((texts[tag] for tag in (lang, *languages) if tag in texts), "")
