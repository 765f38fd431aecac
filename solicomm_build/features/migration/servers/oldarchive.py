"""Which address of an old web archive showed which message: for redirects.

Pipermail numbers the messages of a list in the order of its mbox, from 000000 on, and files them by
the month of their Date in the server's own time zone. So near the end of a month both months are
named: the number is what counts. Where the HTML is still there it is asked instead, since it names
the Message-ID of each page: archives that were cut or built again have other numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from email.utils import parsedate, parsedate_to_datetime
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from solicomm_build.foundation.types import post_id
from solicomm_build.ingest import archive
from solicomm_build.message.msgid import own_id
from solicomm_build.post.reading.oldlinks import Links

PREFIX = "/pipermail"
"""Private archives were at /mailman/private; web/redirects.py knows that these are the same."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ZONES = timedelta(hours=14)  # no time zone is further from UTC
_FIELD = re.compile(
    rb"^(message-id|date|x-list-received-date):[ \t]*((?:[^\r\n]|\r?\n[ \t])*)", re.I | re.M
)
_HEADER = re.compile(rb"\r?\n\r?\n")
_VOLUME = re.compile(r"(?:[0-9]{4}-[A-Z][a-z]+|[0-9]{4}(?:q[1-4])?|Week-of-Mon-[0-9]{8}|[0-9]{8})")
_ASKED = re.compile(rb"In-Reply-To=([^\"&\s]{3,500})", re.IGNORECASE)
_MHONARC = re.compile(rb"<!--X-Message-Id:\s*+(\S.{0,499}?)-->", re.DOTALL)
_INDEXES = ("thread", "date", "subject", "author", "index")
_PAGE = 64 * 1024  # octets at the start of an HTML page that name its message


def pipermail(name: str, boxes: Iterable[Path], html: Path | None = None) -> Links:
    """The addresses that pipermail gave the messages of these mboxes, and those of the HTML."""
    pages: dict[str, str] = {}
    number = 0
    for box in boxes:
        for found in archive.read(box):
            if found.raw:
                pages |= _of_message(name, number, found.raw)
            number += 1
    if html is not None:
        pages |= _of_html(name, html)
    for volume in {path.split("/")[-2] for path in pages if path.endswith(".html")}:
        pages |= _indexes(name, volume)
    pages |= {f"{PREFIX}/{name}/{end}": "" for end in ("", "index.html")}
    return Links(pages)


def _of_message(name: str, number: int, raw: bytes) -> dict[str, str]:
    end = _HEADER.search(raw)
    fields = {
        match[1].lower(): " ".join(match[2].decode("latin-1").split())
        for match in reversed(list(_FIELD.finditer(raw, 0, end.start() if end else len(raw))))
    }
    msgid = fields.get(b"message-id", "")
    if not msgid:
        return {}
    mid = str(post_id(own_id(msgid)))
    written = fields.get(b"date", "")
    pages = {
        f"{PREFIX}/{name}/{volume}/{number:06d}.html": mid
        for volume in _volumes(written or fields.get(b"x-list-received-date", ""))
    }
    day = parsedate(written)
    digest = hashlib.sha1(msgid.encode("latin-1"), usedforsecurity=False).hexdigest()
    if day and b"multipart" in raw[:8192].lower():
        folder = f"attachments/{day[0]:04d}{day[1]:02d}{day[2]:02d}/{digest[:4]}{digest[-4:]}/*"
        pages[f"{PREFIX}/{name}/{folder}"] = mid
    return pages


def _volumes(date: str) -> list[str]:
    """The names of the months in which the message may be, whatever the server's time zone."""
    try:
        moment = parsedate_to_datetime(date)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        around = [moment - _ZONES, moment, moment + _ZONES]
    except (ValueError, TypeError, OverflowError):
        return []
    return list(dict.fromkeys(f"{one.year}-{_MONTHS[one.month - 1]}" for one in around))


def _of_html(name: str, folder: Path) -> dict[str, str]:
    """What the pages themselves say: each offers to answer its message."""
    pages: dict[str, str] = {}
    for file in sorted(folder.glob("*/[0-9]*.html")):
        if not _VOLUME.fullmatch(file.parent.name):
            continue
        with file.open("rb") as stream:
            asked = _ASKED.search(stream.read(_PAGE))
        if asked:
            msgid = unescape(unquote(asked[1].decode("latin-1")))
            where = f"{name}/{file.parent.name}/{file.name}"
            pages[f"{PREFIX}/{where}"] = str(post_id(own_id(msgid)))
    return pages


def _indexes(name: str, volume: str) -> dict[str, str]:
    """The lists of a month lead to our month; of a year, quarter or week to the conference."""
    year, _, month = volume.partition("-")
    place = f"{year}/{_MONTHS.index(month) + 1:02d}/" if month in _MONTHS else ""
    pages = {f"{PREFIX}/{name}/{volume}/{one}.html": place for one in _INDEXES}
    return pages | {f"{PREFIX}/{name}/{volume}/": place}


def sympa(name: str, files: Iterable[Path]) -> Links:
    """The addresses of Sympa's archive: `arctxt/1` was shown as msg00000.html, if no HTML beside it
    says otherwise."""
    pages: dict[str, str] = {f"/sympa/arc/{name}": "", f"/sympa/arc/{name}/": ""}
    months: dict[Path, dict[str, str]] = {}
    for file in files:
        month = file.parent.parent
        if month not in months:
            months[month] = _mhonarc(month)
        for found in archive.read(file):
            match = _FIELD.search(found.raw)
            fields = {m[1].lower(): m[2] for m in _FIELD.finditer(found.raw[:65_536])}
            msgid = fields.get(b"message-id", b"").decode("latin-1").strip() if match else ""
            if msgid:
                page = f"msg{int(file.name) - 1:05d}.html"
                months[month].setdefault(page, str(post_id(own_id(msgid))))
            break
    for month, shown in months.items():
        year, _, number = month.name.partition("-")
        place = f"{year}/{number}/"
        for where in (f"/sympa/arc/{name}/{month.name}", f"/wws/arc/{name}/{month.name}"):
            pages |= {f"{where}/{page}": mid for page, mid in shown.items()}
            pages |= {
                f"{where}/": place,
                f"{where}/mail1.html": place,
                f"{where}/thrd1.html": place,
            }
    return Links(pages)


def _mhonarc(month: Path) -> dict[str, str]:
    return dict(_mhonarc_pages(month))


def _mhonarc_pages(month: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(month.glob("msg[0-9]*.html")):
        with file.open("rb") as stream:
            match = _MHONARC.search(stream.read(_PAGE))
        if match:
            msgid = unescape(match[1].rstrip().decode("latin-1")).replace("&#45;", "-")
            yield file.name, str(post_id(own_id(msgid)))
