"""What programs ask every site for at one address: search engines, feed readers, researchers.

    /robots.txt                     who may list what, and where the sitemap is
    /sitemap.xml                    sitemaps of the hub, its conferences, libraries and sites
    /sitemap-hub.xml                the hub's own pages
    /conferences/<id>/sitemap.xml   the topics of a conference that may be listed
    /feed.xml                       what is talked about now, as Atom
    /.well-known/security.txt       whom to tell of a hole (RFC 9116)
    /favicon.ico                    for browsers that ask without looking at the page

Made when asked, from what the builder keeps, so that no post writes one file more. Conferences for
members, and those that say `robots: noindex`, are in none of them.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.webhost import absolute
from solicomm_build.foundation.types import SLUG
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import placesettings

_MOST = 50_000  # addresses in one sitemap (sitemaps.org)
_XML = "application/xml"
_SITEMAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_NOBODYS = (
    "/edit/",
    "/login/",
    "/members/",
    "/join/",
    "/confirm/",
    "/unsubscribe/",
    "/vote/",
    "/moderate/",
    "/preview/",
    "/deposits/",
    "/search/index/",
    "/oai",
)
"""Addresses that show a search engine nothing."""
_VALID = timedelta(days=180)
"""How long a security.txt is good; RFC 9116 2.5.5 asks for less than a year."""
_SOON = {"cache-control": "public, max-age=3600"}
_Rows = Iterable[tuple[str, str]]


class Standing:
    """Answers for one hub. Blocking work goes into a thread."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._conferences = placesettings.conferences(config)
        self._libraries = placesettings.of("libraries", config)

    def routes(self) -> list[Route]:
        """Where all of it is asked for."""
        return [
            Route("/robots.txt", endpoint=self._robots),
            Route("/unions/{union}/robots.txt", endpoint=self._robots_of_site),
            Route("/sitemap.xml", endpoint=self._sitemaps),
            Route("/sitemap-hub.xml", endpoint=self._sitemap_of_hub),
            Route("/conferences/{conference}/sitemap.xml", endpoint=self._sitemap_of_conference),
            Route("/feed.xml", endpoint=self._feed),
            Route("/.well-known/security.txt", endpoint=self._security),
            Route("/favicon.ico", endpoint=self._icon),
        ]

    async def _robots(self, request: Request) -> Response:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOBODYS), "Allow: /", ""]
        lines.append(f"Sitemap: {self._config.url}/sitemap.xml")
        return PlainTextResponse("\n".join(lines) + "\n", headers=_SOON)

    async def _robots_of_site(self, request: Request) -> Response:
        """Of a site at an origin of its own; below the hub's, the hub's own counts."""
        union = request.path_params["union"]
        is_one = self._config.pages is not None and SLUG.fullmatch(union)
        if not is_one or not self._lies(f"unions/{union}/sitemap.xml"):
            return PlainTextResponse("There is nothing here.\n", 404)
        where = self._absolute(f"/unions/{union}/sitemap.xml")
        return PlainTextResponse(f"User-agent: *\nAllow: /\n\nSitemap: {where}\n", headers=_SOON)

    async def _sitemaps(self, request: Request) -> Response:
        rows = await asyncio.to_thread(lambda: list(self._all_sitemaps()))
        return _sitemap("sitemapindex", "sitemap", rows)

    async def _sitemap_of_hub(self, request: Request) -> Response:
        rows = await asyncio.to_thread(lambda: list(self._hub_pages()))
        return _sitemap("urlset", "url", rows)

    async def _sitemap_of_conference(self, request: Request) -> Response:
        name, page = request.path_params["conference"], request.query_params.get("page", "1")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 0
        rows = await asyncio.to_thread(self._topics, name, number)
        if not rows:
            return PlainTextResponse("There is nothing here.\n", 404)
        return _sitemap("urlset", "url", rows)

    async def _feed(self, request: Request) -> Response:
        text = await asyncio.to_thread(self._latest)
        headers = {"cache-control": "no-cache"}
        return Response(text, headers=headers, media_type="application/atom+xml")

    async def _security(self, request: Request) -> Response:
        until = (clock.now() + _VALID).replace(hour=0, minute=0, second=0, microsecond=0)
        lines = (
            f"Contact: mailto:postmaster@{self._config.domain}",
            f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
            f"Preferred-Languages: {', '.join(self._config.languages)}",
            f"Canonical: {self._config.url}/.well-known/security.txt",
        )
        return PlainTextResponse("\n".join(lines) + "\n", headers=_SOON)

    async def _icon(self, request: Request) -> Response:
        octets = await asyncio.to_thread((data.theme() / "static" / "favicon.ico").read_bytes)
        headers = {"cache-control": "public, max-age=86400"}
        return Response(octets, headers=headers, media_type="image/x-icon")

    # -- what is said ---------------------------------------------------------------------------

    def _listed(self) -> dict[str, Conference]:
        """The conferences that search engines may list."""
        now = self._conferences.now()
        return {
            name: one
            for name, one in now.items()
            if one.visibility == "public" and one.robots != "noindex"
        }

    def _all_sitemaps(self) -> Iterator[tuple[str, str]]:
        yield f"{self._config.url}/sitemap-hub.xml", ""
        for name in self._listed():
            count, last = self._extent(name)
            for number in range(1, -(-count // _MOST) + 1):
                page = f"?page={number}" if number > 1 else ""
                where = f"/conferences/{name}/sitemap.xml{page}"
                yield self._config.url + where, _stamp(last) if number == 1 else ""
        for name, library in self._libraries.now().items():
            if library.visibility == "public" and self._lies(f"libraries/{name}/sitemap.xml"):
                where = f"/libraries/{name}/sitemap.xml"
                yield self._absolute(where), _written(self._config.public / "libraries" / name)
        for path in sorted((self._config.public / "unions").glob("*/sitemap.xml")):
            yield self._absolute(f"/unions/{path.parent.name}/sitemap.xml"), _written(path.parent)

    def _hub_pages(self) -> Iterator[tuple[str, str]]:
        """Front pages and the operator's own, in each language; fronts of conferences."""
        public, first = self._config.public, self._config.languages[0]
        roots = [public, *(public / lang for lang in self._config.languages if lang != first)]
        for root in roots:
            for path in (root / "index.html", *sorted(root.glob("*/index.html"))):
                name = path.parent.relative_to(public).as_posix()
                if path.is_file() and path.parent.name not in _NOT_OWN | set(
                    self._config.languages if path.parent != root else ()
                ):
                    yield f"{self._config.url}/{'' if name == '.' else name + '/'}", ""
        for name in self._listed():
            yield f"{self._config.url}/conferences/{name}/", _stamp(self._extent(name)[1])

    def _extent(self, name: str) -> tuple[int, int]:
        """How many topics a conference has, and when something was last said in one."""
        rows = self._asked("SELECT COUNT(*), MAX(last) FROM topic WHERE conf=?", name)
        return (rows[0][0], rows[0][1] or 0) if rows else (0, 0)

    def _topics(self, name: str, number: int) -> list[tuple[str, str]]:
        if number < 1 or name not in self._listed():
            return []
        rows = self._asked(
            "SELECT tid, last FROM topic WHERE conf=? ORDER BY started, tid LIMIT ? OFFSET ?",
            name,
            _MOST,
            (number - 1) * _MOST,
        )
        front = f"{self._config.url}/conferences/{name}/"
        return [(f"{front}t/{tid}/", _stamp(last)) for tid, last in rows]

    def _asked(self, question: str, *values: str | int) -> list[Any]:
        """What the builder knows (formats/pages.md); nothing before its first build."""
        where = f"{(self._config.state / 'pages.sqlite').absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(where, uri=True, timeout=2)) as found:
                return found.execute(question, values).fetchall()
        except sqlite3.OperationalError:
            return []

    def _latest(self) -> str:
        """The topics that the front page shows, as a feed (RFC 4287)."""
        url, name = self._config.url, self._config.name
        try:
            items = json.loads((self._config.public / "latest.json").read_bytes())
        except (OSError, ValueError):
            items = []
        newest = max((item["date"] for item in items), default="1970-01-01T00:00:00Z")
        entries = "".join(_entry(url, item) for item in items)
        return (
            f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><id>{escape(url)}/</id>'
            f"<title>{escape(name)}</title><updated>{newest}</updated>"
            f'<link href={quoteattr(url + "/")}/><link rel="self" type="application/atom+xml"'
            f" href={quoteattr(url + '/feed.xml')}/>{entries}</feed>\n"
        )

    def _absolute(self, path: str) -> str:
        return absolute(self._config.url, self._config.pages, path)

    def _lies(self, path: str) -> bool:
        return (self._config.public / path).is_file()


_NOT_OWN = {"search", "conferences", "libraries", "unions"}
"""Folders of public/ that are no page of the operator's."""


def _entry(url: str, item: dict[str, str]) -> str:
    where = f"{url}/{item['url']}"
    return (
        f"<entry><id>{escape(where)}</id><title>{escape(item['title'] or '–')}</title>"
        f"<updated>{escape(item['date'])}</updated><link href={quoteattr(where)}/>"
        f"<author><name>{escape(item['name'] or '–')}</name></author>"
        f"<category term={quoteattr(item['place'])}/></entry>"
    )


def _sitemap(root: str, each: str, rows: _Rows) -> Response:
    """A sitemap, or an index of such (sitemaps.org 0.9)."""
    parts = [f"{_HEAD}<{root} {_SITEMAPS}>\n"]
    for where, last in rows:
        moment = f"<lastmod>{last}</lastmod>" if last else ""
        parts.append(f"<{each}><loc>{escape(where)}</loc>{moment}</{each}>\n")
    parts.append(f"</{root}>\n")
    return Response("".join(parts), headers=_SOON, media_type=_XML)


def _written(folder: Path) -> str:
    """When the newest sitemap in a folder was written: files that stay the same are not."""
    times = [0.0]
    for path in folder.glob("sitemap*.xml"):
        with suppress(FileNotFoundError):  # taken away just now
            times.append(path.stat().st_mtime)
    return _stamp(int(max(times)))


def _stamp(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}" if seconds else ""
