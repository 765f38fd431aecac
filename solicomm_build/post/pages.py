"""Facts of the pages to be written: what the pipeline decides and the Pelican plugins show.

Plain frozen values, no HTML but the already cleaned text of posts and cards. Every URL is
root-relative and ends in "/" or names a file. `key` is a digest of the ids of all that the page
shows: equal key, equal page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from solicomm_build.foundation.hub.webhost import absolute

FRAMES = "/frame/"
"""Where frames lie below a site: `/frame/<lang>.html` (frame_url)."""


class Facts(Mapping[str, Any]):
    """What the pages of one kind show: a frozen dataclass whose fields are the names that its
    template knows. The template gets them as they are."""

    def __getitem__(self, name: str) -> Any:
        if name not in self._names():
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    @classmethod
    def _names(cls) -> Mapping[str, Any]:
        names: Mapping[str, Any] = cls.__dict__["__dataclass_fields__"]
        return names


@dataclass(frozen=True, slots=True)
class Page:
    """One file to be written: its address, who shows it, and what it shows.

    `kind` names the template (without `.html`) or the feed; `lang` is the interface language;
    `section` is `hub`, `conference:<id>`, `library:<id>` or `union:<id>` and owns the file.
    """

    url: str
    kind: str
    section: str
    lang: str
    title: str
    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    alternates: tuple[tuple[str, str], ...] = ()
    feed: tuple[str, str] | None = None
    own_feed: tuple[str, str] | None = None  # of what the page shows alone; (title, address), too
    description: str = ""
    indexed: bool = True  # whether search engines may list it


def frame_url(lang: str, union: str = "") -> str:
    """The page that the server puts round what it makes itself, of the hub or of a union's site;
    its links are whole paths, since it is shown at any address."""
    return f"/unions/{union}{FRAMES}{lang}.html" if union else f"{FRAMES}{lang}.html"


@dataclass(frozen=True, slots=True)
class ConferenceFacts:
    """What pages say about their conference. `address` is where a new topic is mailed to; `closed`
    is whether only its members see them."""

    id: str
    title: str
    description: str
    kind: str
    address: str
    lang: str
    posting: str
    licence: str
    url: str
    indexed: bool = True
    closed: bool = False

    @property
    def feed(self) -> str:
        """The Atom feed's address (RFC 4287)."""
        return f"{self.url}feed.xml"


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """The reader's topic: one or more stored threads joined (the oldest gives the address)."""

    tid: str
    title: str
    posts: int
    started: datetime
    starter: str
    last: datetime
    last_name: str
    last_mid: str
    lang: str = ""
    names: tuple[str, ...] = ()
    closed: bool = False
    pinned: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post of a topic as something to link to; `page` is the topic's page it is on."""

    mid: str
    number: int
    page: int
    name: str
    date: datetime
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a translation translates: the post `of`, its number and page; `stale` is whether that
    is no longer what readers should go by."""

    of: str
    number: int
    page: int
    lang: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Cited:
    """What a reference in a post names, for everybody to read: `lang` is that of the title;
    `cover` the addresses of a small picture, and of one for who cannot show that, if any."""

    title: str
    url: str
    lang: str = ""
    cover: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: a title and an address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A picture as it stands in a page: its address, its blob, its size in pixels."""

    url: str
    oid: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording as a page plays it: (address, type) of what may be played, the smallest first;
    `length` as `2:05`, empty where it is not known. `small` is the address of the small copy and
    `oid` its blob, None where the file itself is all there is."""

    sources: tuple[tuple[str, str], ...]
    length: str
    small: str | None = None
    oid: str | None = None


@dataclass(frozen=True, slots=True)
class AttachmentFacts:
    """A file of a post; `url` and `oid` (its blob) are None when its bytes are not published.
    `bytes` are those that can be had, else those that were sent. `small` is shown in the page,
    `sound` is played in it."""

    name: str
    type: str
    bytes: int
    url: str | None
    oid: str | None = None
    small: SmallPicture | None = None
    sound: Sound | None = None


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post as shown: `number` counts from 1 within the topic, `html` is clean and final, `hub` is
    the hub that it was written at, if that is another one; `cites` are the references in it and
    what they name (None for nothing that everybody may read)."""

    mid: str
    message_id: str
    number: int
    name: str
    date: datetime
    subject: str
    lang: str
    html: str
    parent: str | None
    depth: int
    attachments: tuple[AttachmentFacts, ...] = ()
    notes: tuple[str, ...] = ()
    hub: Place | None = None
    cites: tuple[tuple[str, Cited | None], ...] = ()


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post in a list: where it is read and who wrote it when."""

    url: str
    title: str
    name: str
    date: datetime
    lang: str = ""


@dataclass(frozen=True, slots=True)
class BrandPicture:
    """A hub's logo or picture: its name among the theme's static files, its size in pixels, and the
    SHA-256 of what it was made of."""

    file: str
    width: int
    height: int
    source: str


@dataclass(frozen=True, slots=True)
class HubFacts:
    """What every page says about the hub. `pages` are its own pages per language: (title, url);
    `carried` what it is of, where no server stands behind them (`Config.carried`)."""

    name: str
    domain: str
    url: str
    languages: tuple[str, ...]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    pages_domain: str | None = None
    carried: str = ""
    sentence: Mapping[str, str] = field(default_factory=dict)
    """What it says of itself, by language."""
    logo: BrandPicture | None = None
    picture: BrandPicture | None = None
    places: tuple[tuple[str, str], ...] | None = None
    """Titles and addresses of what there is, where the pages stand in a site that is none of ours;
    it has no front page and no search of ours. None in a hub."""
    lacks: tuple[str, ...] = ()
    """Lists of the front page (`conferences`, `lists`, `libraries`, `unions`) with nothing in them,
    where pages are carried: no menu leads there."""

    def absolute(self, url: str) -> str:
        """The whole address of a root-relative one: below the union's own origin where it has one,
        else below the hub's."""
        return absolute(self.url, self.pages_domain, url)


def relative(source: str, target: str) -> str:
    """The link from the page at `source` to `target`, both root-relative; so pages also work below
    any path and from a folder. Fragments and queries of `target` stay.

    >>> relative("/conferences/a/", "/conferences/b/#x")
    '../b/#x'
    """
    if not target.startswith("/"):
        return target
    ways, top, up = _ways(source)
    if top and not target.startswith(top):  # most of a page's links: from the top
        return up + target[1:]
    for folder, up in ways:
        if target.startswith(folder):
            rest = target[len(folder) :]
            if up:
                return up + rest
            break
    if target[len(source) :][:1] == "#" and target.startswith(source):
        return target[len(source) :]
    return "./" + rest if rest[:1] in _NO_NAME else rest


_NO_NAME = ("", "#", "?")


@lru_cache(maxsize=256)
def _ways(source: str) -> tuple[tuple[tuple[str, str], ...], str, str]:
    """The folders that a page is in, the innermost first, each with the way to it; the outermost
    below the top, and the way to the top. A page has many links."""
    ends = [at for at, char in enumerate(source) if char == "/"]
    folders = [source[: at + 1] for at in reversed(ends)] or ["/"]
    ways = tuple((folder, "../" * number) for number, folder in enumerate(folders))
    return ways, folders[-2] if len(folders) > 1 else "", ways[-1][1]
