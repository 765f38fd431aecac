"""What a site's repository holds at a commit, checked file by file.

A file that cannot be read is a *stub*: its address shows that it is being mended, its fault goes to
`solicomm status`, and all other pages are as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from solicomm_build.features.sites.values import sitecheck
from solicomm_build.features.sites.values.site import (
    MEDIA,
    Event,
    News,
    Site,
    SitePage,
    check_site,
    decode_event,
    decode_news,
    decode_page,
)
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader

Item = SitePage | News | Event
Name = tuple[str, str]
"""(slug, language)."""

MAX_FILES = 20_000
MAX_MEDIA = 8 * 1024 * 1024
"""Octets of one file in media: a photo of a telephone has 3 to 6 MB."""
OTHER_MEDIA = (".pdf", ".odt", ".ods", ".csv", ".txt", ".mp3", ".ogg", ".opus", ".epub", ".ics")
"""What is published as it lies there; pictures are made anew."""

_DECODERS: Mapping[str, Any] = {"pages": decode_page, "news": decode_news, "events": decode_event}


@dataclass(slots=True)
class Content:
    """Readable and published items by (slug, language), with the blob each came from."""

    pages: dict[Name, SitePage] = field(default_factory=dict)
    news: dict[Name, News] = field(default_factory=dict)
    events: dict[Name, Event] = field(default_factory=dict)
    blobs: dict[tuple[str, str, str], str] = field(default_factory=dict)  # folder, slug, lang
    paths: dict[tuple[str, str, str], str] = field(default_factory=dict)  # likewise
    stubs: list[tuple[str, str, str]] = field(default_factory=list)  # likewise
    pictures: dict[str, str] = field(default_factory=dict)  # name below media/ -> blob
    files: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)  # file, reason

    def folder(self, name: str) -> Mapping[Name, Item]:
        """`pages`, `news` or `events`."""
        found: Mapping[Name, Item] = getattr(self, name)
        return found

    def item(self, folder: str, slug: str, *languages: str) -> Item | None:
        """An item in the first of the languages that it exists in."""
        items = self.folder(folder)
        return next((items[slug, lang] for lang in languages if (slug, lang) in items), None)


def read(reader: Reader, commit: str, site: Site) -> Content:
    """The whole repository. Never raises for what is in its files."""
    found = Content()
    texts: list[tuple[str, str, Oid]] = []
    for count, entry in enumerate(reader.tree(commit, recursive=True)):
        if count >= MAX_FILES:
            fault = f"more than {MAX_FILES:,} files: the rest is left out"
            found.faults.append(("site.yaml", fault))
            break
        folder, _, name = entry.path.partition("/")
        if entry.mode not in ("100644", "100755"):
            found.faults.append((entry.path, "neither a file nor a folder. Take it out"))
        elif folder == "media" and name:
            _media(found, name, entry.oid, reader.size(entry.oid))
        elif folder in _DECODERS and name.endswith(".md"):
            texts.append((folder, entry.path, entry.oid))
    blobs = reader.blobs(oid for _, _, oid in texts)
    for (folder, path, oid), blob in zip(texts, blobs, strict=True):
        _text(found, site, folder, path, oid, blob)
    every = [*found.pictures, *found.files]
    found.faults += [
        (fault.file, fault.public) for fault in check_site(site, found.pages.values(), every)
    ]
    return found


def put(found: Content, site: Site, path: str, blob: bytes) -> None:
    """A text as it shall be, in place of the one that is there; published, whatever it says. Raises
    SoliCommError when it cannot be read."""
    folder = path.partition("/")[0]
    item = _DECODERS[folder](blob, path, default_lang=site.languages[0])
    getattr(found, folder)[item.slug, item.lang] = replace(item, status="published")
    found.blobs[folder, item.slug, item.lang] = hashlib.sha256(blob).hexdigest()
    found.paths[folder, item.slug, item.lang] = path


def _media(found: Content, name: str, oid: str, size: int) -> None:
    fault = sitecheck.check_media(name, size, most=MAX_MEDIA)
    if fault:
        found.faults.append((fault.file, fault.public))
    elif not MEDIA.fullmatch(f"media/{name}"):
        found.faults.append((f"media/{name}", "the name is not understood. Use small letters"))
    elif name.endswith(sitecheck.PICTURES):
        found.pictures[name] = oid
    elif name.endswith(OTHER_MEDIA):
        found.files[name] = oid
    else:
        found.faults.append((f"media/{name}", "files of this kind are not published"))


def _text(found: Content, site: Site, folder: str, path: str, oid: str, blob: bytes) -> None:
    default = site.languages[0]
    try:
        item: Item = _DECODERS[folder](blob, path, default_lang=default)
    except SoliCommError as error:
        found.faults.append((path, error.public))
        slug, dot, lang = path.rpartition("/")[2].removesuffix(".md").partition(".")
        if slug.isascii() and (lang or default) in site.languages:
            found.stubs.append((folder, slug, lang if dot else default))
        return
    if item.status != "published" or item.lang not in site.languages:
        return
    key = (item.slug, item.lang)
    if key in found.folder(folder):
        found.faults.append((path, f"another file is called {item.slug} too. Rename one"))
        return
    getattr(found, folder)[key] = item
    found.blobs[folder, item.slug, item.lang] = oid
    found.paths[folder, item.slug, item.lang] = path
    if "![" in item.body:
        faults: list[ContentError] = sitecheck.check_text(blob.decode("utf-8", "replace"), path)
        found.faults += [(path, fault.public) for fault in faults]
