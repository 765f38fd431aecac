"""Pages, news and events of a site: typed front matter, Markdown below. Pure.

    pages/<slug>.<lang>.md   news/<yyyy>/<id>.<lang>.md   events/<id>.<lang>.md

A name without `.<lang>` is in the site's default language. Nothing of the front matter is passed
through: a key that is not listed is a fault. Format: docs/formats/site.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.language import languagetag
from solicomm_build.foundation.schema import Section

MEDIA = re.compile(r"media/[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
"""A picture or other file of the site."""
STATUS = ("published", "draft")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}", re.ASCII)
_HTTP = re.compile(r"https?://[^\s<>\"]+")
_TAG = re.compile(r"[\w][\w -]{0,39}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CHANGE = 60
"""Minutes by which clocks change in spring and in autumn."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture below `media/`; `alt` is empty only for a decoration."""

    file: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class SitePage:
    slug: str
    lang: str
    title: str
    summary: str
    image: Image | None
    status: str
    body: str


@dataclass(frozen=True, slots=True)
class News:
    """`date` is the day it was published; `author` is a name as shown; `tags` are words for
    themes that sort by them."""

    slug: str
    lang: str
    title: str
    date: date
    summary: str
    author: str
    image: Image | None
    status: str
    body: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """`starts` and `ends` are UTC-aware; an event of whole days has `all_day` and midnights.
    `offset` is how far the clocks of the place are ahead of UTC, in minutes, as written, and
    `end_offset` how far they are at the end, where they change in between. With `ends_day` the end
    is written as a day alone: the last minute of it."""

    slug: str
    lang: str
    title: str
    starts: datetime
    ends: datetime | None
    all_day: bool
    place: str
    online: str
    summary: str
    image: Image | None
    status: str
    body: str
    offset: int = 0
    end_offset: int = 0
    ends_day: bool = False


def decode_page(blob: bytes, file: str, *, default_lang: str) -> SitePage:
    """Reads `pages/<slug>.<lang>.md`; raises ContentErrors with every fault."""
    slug, lang = _named(file, default_lang)
    content = frontmatter.document(blob, file=file)
    table = content.table
    _common(table, "page", lang)
    page = SitePage(
        slug=slug,
        lang=lang,
        title=table.text("title", required=True, longest=200, example="About us"),
        summary=table.text("summary", longest=500, lines=True),
        image=_image(table),
        status=table.choice("status", STATUS, "published"),
        body=content.body,
    )
    table.close()
    content.table.raise_faults()
    return page


def decode_news(blob: bytes, file: str, *, default_lang: str) -> News:
    """Reads `news/<yyyy>/<id>.<lang>.md`; raises ContentErrors with every fault."""
    slug, lang = _named(file, default_lang)
    content = frontmatter.document(blob, file=file)
    table = content.table
    _common(table, "news", lang)
    news = News(
        slug=slug,
        lang=lang,
        title=table.text("title", required=True, longest=200, example="We won"),
        date=_day(table, file),
        summary=table.text("summary", longest=500, lines=True),
        author=table.text("author", longest=120),
        image=_image(table),
        status=table.choice("status", STATUS, "published"),
        body=content.body,
        tags=table.words("tags", repeats=True, pattern=_TAG, example="wages", most=10),
    )
    table.close()
    content.table.raise_faults()
    return news


def decode_event(blob: bytes, file: str, *, default_lang: str) -> Event:
    """Reads `events/<id>.<lang>.md`; raises ContentErrors with every fault."""
    slug, lang = _named(file, default_lang)
    content = frontmatter.document(blob, file=file)
    table = content.table
    _common(table, "event", lang)
    starts, ends = table.moment("starts", required=True), table.moment("ends")
    written, end = table.text("starts"), table.text("ends")
    all_day, ends_day = (bool(_DATE.fullmatch(one)) for one in (written, end))
    if starts and ends and ends_day and not all_day:
        ends += timedelta(days=1, minutes=-1 - _offset(written))
    if starts and ends and ends < starts:
        table.fault("ends", "the event ends before it starts", "Exchange the dates")
    title = table.text("title", required=True, longest=200, example="Branch meeting")
    place = table.text("place", longest=200)
    online = table.text("online", pattern=_HTTP, example="https://meet.example/room")
    summary = table.text("summary", longest=500, lines=True)
    image, status = _image(table), table.choice("status", STATUS, "published")
    table.close()
    content.table.raise_faults()
    assert starts is not None  # noqa: S101 -- a missing one was a fault
    offset = _offset(written)
    return Event(
        slug,
        lang,
        title,
        starts,
        ends,
        all_day,
        place,
        online,
        summary,
        image,
        status,
        content.body,
        offset,
        offset if ends_day and not all_day else _end_offset(end, offset),
        ends_day,
    )


def _offset(written: str) -> int:
    """Minutes ahead of UTC of a moment that was read without a fault."""
    offset = datetime.fromisoformat(written).utcoffset()
    return round(offset.total_seconds() / 60) if offset else 0


def _end_offset(end: str, offset: int) -> int:
    """The same of the end, where it is the place's: clocks change by an hour at most. Else that of
    the beginning."""
    is_own = len(end) > 10 and end[-6] in "+-"  # and not in UTC (Z), whatever the place is
    own = _offset(end) if is_own else offset
    return own if abs(own - offset) <= _CHANGE else offset


def _named(file: str, default_lang: str) -> tuple[str, str]:
    stem = file.rsplit("/", 1)[-1].removesuffix(".md")
    slug, dot, lang = stem.partition(".")
    if not _SLUG.fullmatch(slug) or (dot and not languagetag.TAG.fullmatch(lang)):
        fault = f"the name {stem[:80]}.md is not understood"
        remedy = "Use small letters, digits and -, then the language, as in about-us.en.md"
        raise ContentErrors([ContentError(fault, file=file, line=1, remedy=remedy)])
    return slug, lang or default_lang


def _common(table: Section, kind: str, lang: str) -> None:
    table.schema(f"solicomm/{kind}@1", required=False)
    written = table.text("lang", pattern=languagetag.TAG, example=lang)
    if written and written != lang:
        table.fault(
            "lang", f"`lang: {written}` is not the file's language", f"Write `lang: {lang}`"
        )


def _image(table: Section) -> Image | None:
    if not table.has("image"):
        table.text("image")
        return None
    inner = table.section("image")
    decorative = inner.flag("decorative")
    image = Image(
        inner.text("file", required=True, pattern=MEDIA, example="media/march.jpg"),
        inner.text("alt", required=not decorative, longest=300, example="What is to be seen"),
    )
    inner.close()
    return image


def _day(table: Section, file: str) -> date:
    text = table.text("date", required=True, pattern=_DATE, example="2026-10-03")
    try:
        day = date.fromisoformat(text or "1970-01-01")
    except ValueError:
        table.fault("date", f"`date: {text}` is not a day", "Write it as in `2026-10-03`")
        return date(1970, 1, 1)
    folders = file.split("/")
    year = folders[-2] if folders[-3:-2] == ["news"] else ""
    if text and year.isdigit() and int(year) != day.year:
        table.fault("date", f"`date: {text}` is not of {year}", f"Move it to news/{day.year}/")
    return day
