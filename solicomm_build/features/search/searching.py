"""`/search/?q=…&nojs=1`: the search for browsers that cannot search themselves.

    form without scripts, or searchless.js ─→ here ─→ public/search/index ─→ the built page, filled

The page is the one that was built, with what was found where its script would put it; ranked as
the script ranks (features/search/engine/finding.py). A browser that runs search.js never asks
here. One search at a time, in a thread; few wait, the rest is told to come back.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.features.search.engine.document import Row
from solicomm_build.features.search.engine.finding import Found, find
from solicomm_build.features.search.engine.reader import OpenIndex, open_index
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.web import plainpage

ASKED = "nojs"
"""The field that says that whoever asks has no scripts."""

_INDEX = Path("search") / "index"
_LONGEST = 300  # characters of a query that are looked at; longer ones are pasted by accident
_PAGE = 10
_PAGES = 20
_WAITING = 8
_SCRIPT = re.compile(r'<script src="[^"<>]*" defer(?: [^<>]*)?></script>\n?')
_RESULTS = re.compile(r'(<ol class="results rows"[^<>]*) hidden></ol>')
_STATUS = re.compile(r'(<p class="meta says" role="status")[^<>]*></p>')
_QUERY = re.compile(r'<input id="query"')
_TOPIC = re.compile(r"(page/[0-9]+/)?#.*|files/[^/]*$")
_LEAF = re.compile(r"#page=([0-9]+)$")
_SAFE = "/#?=&%;,+:@~!$'()*-._"
_MORE = re.compile(r'<p><button class="button" data-more hidden>([^<]*)</button></p>')


class ScriptlessSearch:
    """ASGI application for the search pages; what has no `nojs=1` goes on to `pages`."""

    def __init__(self, config: Config, pages: ASGIApp) -> None:
        self._config, self._pages = config, pages
        self._lock, self._waiting = asyncio.Lock(), 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method not in ("GET", "HEAD") or not request.query_params.get(ASKED):
            await self._pages(scope, receive, send)
            return
        answer = await self._answered(request)
        await answer(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        lang = str(request.path_params.get("lang") or self._config.languages[0])
        if lang not in self._config.languages:
            return PlainTextResponse("There is nothing here.\n", 404)
        if self._waiting >= _WAITING:
            words = gettext(lang, "The search does not work just now. You can also ask by mail.")
            busy = plainpage.page(lang, gettext(lang, "Search"), f"<p>{escape(words)}</p>", 503)
            busy.headers["retry-after"] = "5"
            return busy
        self._waiting += 1
        try:
            async with self._lock:
                return await asyncio.to_thread(self._make, request, lang)
        finally:
            self._waiting -= 1

    def _make(self, request: Request, lang: str) -> Response:
        text = " ".join(request.query_params.get("q", "").split())[:_LONGEST]
        where = request.query_params.get("in", "").strip()[:100]
        number = _number(request.query_params.get("page", ""))
        index = _opened(self._config)
        found = Found((), 0, state="failed")
        if index is not None:
            query = f"in:{where} {text}" if where else text
            found = find([index], query, lang, number * _PAGE)
        shown = found.hits[(number - 1) * _PAGE :]
        up = "../" * request.url.path.strip("/").count("/") + "../"
        titles = index.manifest["places"] if index else {}
        rows = "".join(_topics([hit.row for hit in shown], up, lang, titles))
        more = ""
        if found.total > number * _PAGE and number < _PAGES:
            asked = {"q": text, "in": where, ASKED: "1", "page": str(number + 1)}
            more = "?" + urlencode({name: value for name, value in asked.items() if value})
        says = " ".join(_sentences(found, lang))
        return self._filled(lang, text, rows, says, more)

    def _filled(self, lang: str, text: str, rows: str, says: str, more: str) -> Response:
        """The built page with all of it; a plain page where a theme of the operator's has another
        shape."""
        file = self._config.public / _built(self._config, lang)
        headers = {"cache-control": "no-store"}
        try:
            page = file.read_text("utf-8")
        except OSError:
            page = ""
        if not (_RESULTS.search(page) and _STATUS.search(page) and _QUERY.search(page)):
            inside = f'<p role="status">{says}</p><ol class="results rows">{rows}</ol>'
            inside += f'<p><a href="{escape(more)}" rel="next">+</a></p>' if more else ""
            return plainpage.page(lang, gettext(lang, "Search"), inside)
        page = _SCRIPT.sub("", page)
        page = _QUERY.sub(lambda m: f'{m[0]} value="{escape(text)}"', page, count=1)
        page = _STATUS.sub(lambda m: f"{m[1]}>{says}</p>", page, count=1)
        page = _RESULTS.sub(lambda m: f"{m[1]}>{rows}</ol>", page, count=1)
        page = _MORE.sub(lambda m: _next(m[1], more), page, count=1)
        return HTMLResponse(page, headers=headers)


def _next(words: str, more: str) -> str:
    """`words` are HTML already."""
    return f'<p><a class="button" rel="next" href="{escape(more)}">{words}</a></p>' if more else ""


def _number(text: str) -> int:
    return min(int(text), _PAGES) if re.fullmatch(r"[1-9]\d?", text) else 1


def _built(config: Config, lang: str) -> str:
    return "search/index.html" if lang == config.languages[0] else f"{lang}/search/index.html"


def _opened(config: Config) -> OpenIndex | None:
    """The hub's public index; None when it cannot be read."""
    root = config.public / _INDEX

    def read(path: str) -> bytes | None:
        try:
            return (root / path).read_bytes()
        except OSError:
            return None

    try:
        return open_index(read)
    except ContentError:
        return None


Titles = Mapping[str, Mapping[str, Mapping[str, str]]]


def _topics(rows: Sequence[Row], up: str, lang: str, places: Titles) -> Iterator[str]:
    """A list item a topic, where its best post stands, with its posts below; anything else stands
    alone."""
    topics: dict[str, list[Row]] = {}
    for row in rows:
        topics.setdefault(_topic(row.address), []).append(row)
    for first, *others in topics.values():
        title = f"<a{_link(first, up)}><bdi>{escape(first.title or '–')}</bdi></a>"
        names = places.get(first.place, {}).get("title", {})
        where = names.get(lang) or next(iter(names.values()), first.place.rpartition("/")[2])
        head = [f"<bdi>{escape(where)}</bdi>"] if where else []
        hits = [_hit(first, " · ".join([*head, *_who_and_when(first, lang)]))]
        for row in others:
            said = " · ".join(_who_and_when(row, lang)) or "–"
            hits.append(_hit(row, f"<a{_link(row, up)}>{said}</a>"))
        spoken = _spoken(first)
        yield f'<li><h2{spoken}>{title}</h2><ol class="hits">{"".join(hits)}</ol></li>'


def _topic(address: str) -> str:
    """What a document belongs to: a post to its topic, a page of a text to its card."""
    return _TOPIC.sub("", address.partition("#page=")[0])


def _hit(row: Row, meta: str) -> str:
    text = f'<p{_spoken(row)} dir="auto"><bdi>{escape(row.snippet)}</bdi></p>'
    return f'<li><p class="meta">{meta}</p>{text if row.snippet else ""}</li>'


def _who_and_when(row: Row, lang: str) -> Iterator[str]:
    if leaf := _LEAF.search(row.url):
        number = i18n.format_number(lang, int(leaf[1]))
        yield escape(gettext(lang, "Page %(number)s", number=number))
    if row.author:
        yield f"<bdi>{escape(row.author)}</bdi>"
    if row.time:
        moment = datetime.fromtimestamp(row.time, UTC)
        shown = i18n.format_date(lang, moment)
        yield f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{shown}</time>'


def _link(row: Row, up: str) -> str:
    return f' href="{escape(up + quote(row.address, safe=_SAFE))}"'


def _spoken(row: Row) -> str:
    return f' lang="{escape(row.lang)}"' if row.lang else ""


def _sentences(found: Found, lang: str) -> Iterator[str]:
    """What the script would say, as HTML."""
    if found.state != "done":
        yield escape(gettext(lang, _STATES[found.state]))
        return
    if not found.hits:
        yield escape(gettext(lang, "Nothing was found. Try other words, or fewer."))
    else:
        count = i18n.format_number(lang, found.total)
        yield escape(gettext(lang, "Results:")) + f" {escape(count)}"
        if not found.every:
            yield escape(gettext(lang, "No text has all of these words. These have some of them."))
    if found.suggestions:
        yield _meant(lang, (likely for _, likely in found.suggestions))
    if found.incomplete:
        yield escape(
            gettext(lang, "Part of the index could not be loaded, so something may be missing.")
        )


def _meant(lang: str, words: Iterable[str]) -> str:
    text = " ".join(words)
    link = f'<a href="?{escape(urlencode({"q": text, ASKED: "1"}))}"><bdi>{escape(text)}</bdi></a>'
    return escape(gettext(lang, "Did you mean {words}?")).replace("{words}", link)


_STATES = {
    "empty": N_("Type one or more words."),
    "stopwords": N_("Words as frequent as these are not searched for. Add another."),
    "negated": N_("Say also which words the texts should have."),
    "failed": N_("The search does not work just now. You can also ask by mail."),
}
