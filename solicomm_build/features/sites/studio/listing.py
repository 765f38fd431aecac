"""What a site holds, as an editor thinks of it: things with a title, each in some languages. Pure.

A file whose head cannot be read is listed by its name, so that it can be mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from solicomm_build.features.sites.values import sitefiles
from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import SoliCommError

_DAY = {"news": "date", "events": "starts"}


@dataclass(frozen=True, slots=True)
class Version:
    """One file: the thing in one language. `status` is `published` or `draft`."""

    path: str
    lang: str
    title: str
    status: str = "published"
    day: date | None = None


@dataclass(slots=True)
class Item:
    """A page, a piece of news or an event with its versions by language."""

    kind: str
    slug: str
    versions: dict[str, Version] = field(default_factory=dict)

    def shown(self, languages: Sequence[str]) -> Version:
        """The version in the first of these languages that there is, else any."""
        found = (self.versions[lang] for lang in languages if lang in self.versions)
        return next(found, next(iter(self.versions.values())))

    @property
    def day(self) -> date | None:
        """The day of news, or the first one of an event."""
        return next((one.day for one in self.versions.values() if one.day), None)


def items(kind: str, blobs: Mapping[str, bytes], lang: str) -> list[Item]:
    """The things of one kind, by path and octets: pages by their names, what has a day with the
    newest first. `lang` is the language of files that name none."""
    found: dict[str, Item] = {}
    for path, blob in sorted(blobs.items()):
        slug = sitefiles.slug_of(path)
        version = _version(kind, path, blob, lang)
        found.setdefault(slug, Item(kind, slug)).versions.setdefault(version.lang, version)
    rows = list(found.values())
    if kind in _DAY:
        rows.sort(key=lambda item: (item.day or date.max, item.slug), reverse=True)
    return rows


def language_of(path: str, lang: str) -> str:
    """The language that a file's name says, else the site's first."""
    return path.rpartition("/")[2].removesuffix(".md").partition(".")[2] or lang


def translations(paths: Iterable[str], path: str) -> list[str]:
    """The files of the same thing in all its languages, this one too."""
    kind, slug = sitefiles.place(path), sitefiles.slug_of(path)
    return sorted(
        one for one in paths if sitefiles.place(one) == kind and sitefiles.slug_of(one) == slug
    )


def _version(kind: str, path: str, blob: bytes, lang: str) -> Version:
    own = language_of(path, lang)
    try:
        table = frontmatter.document(blob, file="").table
        title, status = table.text("title"), table.text("status") or "published"
        day = _day(table.text(_DAY[kind])) if kind in _DAY else None
    except SoliCommError:
        return Version(path, own, path)
    return Version(path, own, title or path, status, day)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
