"""`/search/?q=…`: the hub searches, and the answer stands in the page that comes.

    form, link, script ─→ here ─→ public/search/index, members' indexes ─→ the built page, filled

The page is the one that was built, with what was found where its script would put it; ranked as
the script ranks (features/search/engine/finding.py). With scripts (`part=1`) only what was found
comes. One search at a time, in a thread; when more wait than a few, half as many of one place on
the network, the page comes as it was built, and the browser searches by itself, as it does wherever
no server of ours answers. Without scripts whoever comes too late is told to come back. While the
store that keeps sessions does not answer, a member gets what everybody may read, and a sentence
that says so.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import brotli
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from solicomm_build.features.search import asked
from solicomm_build.features.search.answers import Answer
from solicomm_build.features.search.asked import PAGES, PART, TYPING, Asked
from solicomm_build.features.search.engine.finding import Found, find
from solicomm_build.features.search.engine.reader import OpenIndex
from solicomm_build.features.search.engine.tiers import find_from
from solicomm_build.features.search.finding import opened_in
from solicomm_build.features.search.narrowlinks import narrowing
from solicomm_build.features.search.peers import mirroring
from solicomm_build.features.search.saved.pages import form as saving
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.web import plainpage
from solicomm_build.web.hooks import Served
from solicomm_build.web.shares import Shares
from solicomm_build.web.signedin import MARKER, Session

_compress: Callable[..., bytes] = brotli.compress
_INDEX = Path("search") / "index"
_PAGE = 10
_WAITING = 8
_WHOLE_WORD = re.compile(r"[^\s*~^]{3}$")
_SCRIPT = re.compile(r'<script src="[^"<>]*" defer(?: [^<>]*)?></script>\n?')
_FORM = re.compile(r'(<form class="find"[^<>]*) data-search')
_WHERE = '<p hidden><label for="where">'
_LAST = "</option></select></p>"
_RESULTS = re.compile(r'(<ol class="results rows"[^<>]*) hidden></ol>')
_STATUS = re.compile(
    r'(<p class="meta says" role="status" data-search-state=)"[a-z]*"([^<>]*)></p>'
)
_NARROW = re.compile(r'<nav class="narrow"[^<>]*></nav>')
_SAVE = re.compile(r'<details class="part save" hidden><summary></summary></details>')
_QUERY = re.compile(r'<input id="query"')
_MORE = re.compile(r'<p><button class="button" data-more hidden>([^<]*)</button></p>')

_OLDER = re.compile(r'(<a class="button" data-older) hidden>')


class ServedSearch:
    """ASGI application for the search pages; what asks nothing goes on to the built pages."""

    def __init__(self, served: Served) -> None:
        self._config, self._pages = served.config, served.pages
        self._sessions, self._readers = served.sessions, served.readers
        self._lock, self._shares = asyncio.Lock(), Shares(served.config.fronts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        wanted = asked.read(request.query_params)
        has_words = wanted.text and not self._config.search_peers
        if request.method not in ("GET", "HEAD") or not (wanted.scriptless or has_words):
            await self._pages(scope, receive, send)
            return
        answer = await self._answered(request, wanted)
        await (answer or self._pages)(scope, receive, send)

    async def _answered(self, request: Request, wanted: Asked) -> Response | None:
        """None where the browser had better search by itself."""
        lang = str(request.path_params.get("lang") or self._config.languages[0])
        if lang not in self._config.languages:
            return PlainTextResponse("There is nothing here.\n", 404)
        if not self._shares.has_room(request, _WAITING):
            return _busy(lang) if wanted.scriptless else None
        with self._shares.taken(request):
            who = _Who()
            if MARKER in request.cookies:  # others go on meanwhile: the store may be slow to say no
                who = await asyncio.to_thread(self._who, request)
            async with self._lock:
                return await asyncio.to_thread(self._make, request, wanted, lang, who)

    def _who(self, request: Request) -> _Who:
        try:
            return _Who(self._sessions.of(request))
        except ObjectsError:
            return _Who(is_known=False)

    def _make(self, request: Request, wanted: Asked, lang: str, who: _Who) -> Response | None:
        indexes = list(self._indexes(who.session))
        found = Found((), 0, state="failed")
        if indexes:
            typing = bool(request.query_params.get(TYPING))
            found, indexes = _found_in(indexes, wanted, lang, typing=typing)
        elif not wanted.scriptless:
            return None
        up = "../" * request.url.path.strip("/").count("/") + "../"
        places: dict[str, dict[str, dict[str, str]]] = {}
        for index in reversed(indexes):
            places |= index.manifest["places"]
        is_member = len(indexes) > 1 + len(mirroring.kept(self._config))
        save = "" if found.state != "done" else saving(wanted, lang, up, is_member=is_member)
        answer = Answer(wanted, found, lang, up, places, save, is_whole=who.is_known)
        is_part = bool(request.query_params.get(PART))
        text = _part(answer) if is_part else self._filled(answer)
        if text is None:
            return _plain(answer)
        return _packed(request, text)

    def _indexes(self, session: Session | None) -> Iterator[OpenIndex]:
        """The public index, those that whoever is signed in may search, and other hubs' that are
        kept here."""
        yield from _opened(self._config.public / _INDEX)
        for one in self._readers.conferences(session.member.number) if session else ():
            yield from _opened(self._config.member_pages / "conferences" / one.id / _INDEX)
        for hub in mirroring.kept(self._config):
            yield from _opened(mirroring.folder(self._config, hub))

    def _filled(self, answer: Answer) -> str | None:
        """The built page with all of it; None where a theme of the operator's has another shape."""
        try:
            page = (self._config.public / _built(self._config, answer.lang)).read_text("utf-8")
        except OSError:
            page = ""
        if not (_RESULTS.search(page) and _STATUS.search(page) and _QUERY.search(page)):
            return None
        wanted = answer.asked
        if wanted.scriptless:
            page = _SCRIPT.sub("", page)
        parts = _Parts(answer)
        page = _FORM.sub(lambda m: f"{m[1]} data-answered data-search", page, count=1)
        page = _with_places(page, _hidden(wanted), _options(answer))
        page = _QUERY.sub(lambda m: f'{m[0]} value="{escape(wanted.text)}"', page, count=1)
        page = _STATUS.sub(lambda m: f'{m[1]}"done"{m[2]}>{parts.says}</p>', page, count=1)
        page = _SAVE.sub(lambda m: answer.save or m[0], page, count=1)
        page = _NARROW.sub(lambda _: parts.narrow, page, count=1)
        page = _RESULTS.sub(lambda m: f"{m[1]}{parts.hidden}>{parts.rows}</ol>", page, count=1)
        if parts.older:
            page = _OLDER.sub(lambda m: f'{m[1]} href="{escape(parts.older)}">', page, count=1)
        return _MORE.sub(lambda m: _next(m[1], parts.more) + m[0], page, count=1)


@dataclass(frozen=True, slots=True)
class _Who:
    """Who asks; not `is_known` while the store that keeps sessions does not answer."""

    session: Session | None = None
    is_known: bool = True


class _Parts:
    """What is put into the page."""

    def __init__(self, answer: Answer, *, all_of_it: bool = False) -> None:
        wanted, found = answer.asked, answer.found
        hits = found.hits if all_of_it else found.hits[(wanted.number - 1) * _PAGE :]
        self.rows = "".join(answer.topics([hit.row for hit in hits]))
        self.says = " ".join(f"<span>{sentence}</span>" for sentence in answer.sentences())
        self.narrow = narrowing(answer) or '<nav class="narrow" hidden></nav>'
        self.hidden = "" if self.rows else " hidden"
        has_more = found.total > wanted.number * _PAGE and wanted.number < PAGES
        at = found.reach.number if found.reach else 0
        self.more = wanted.link(number=wanted.number + 1, older=at) if has_more else ""
        self.older = "" if has_more else answer.onward()


def _found_in(
    indexes: list[OpenIndex], wanted: Asked, lang: str, *, typing: bool
) -> tuple[Found, list[OpenIndex]]:
    """In all indexes; in our own when what another hub wrote cannot be searched."""
    limit = wanted.number * _PAGE
    try:
        return _found(indexes, wanted, lang, limit, typing=typing), indexes
    except (LookupError, TypeError, ValueError, ArithmeticError):
        own = [index for index in indexes if not index.manifest.get("base")]
        if len(own) == len(indexes):
            raise
        found = _found(own, wanted, lang, limit, typing=typing)
        return replace(found, incomplete=True), own


def _found(
    indexes: list[OpenIndex], wanted: Asked, lang: str, limit: int, *, typing: bool
) -> Found:
    """In one tier of large indexes. With `typing`, what begins like the last word, where the word
    alone finds nothing whole."""

    def look(some: Sequence[OpenIndex]) -> Found:
        found = find(some, wanted.query, lang, limit, narrow=True)
        if not typing or found.whole or not _WHOLE_WORD.search(wanted.text):
            return found
        begun = find(some, f"{wanted.query}*", lang, limit, narrow=True)
        return begun if begun.whole else found

    return find_from(indexes, wanted.query, wanted.older, look)


def _part(answer: Answer) -> str:
    """All that was found up to here, for the page's script."""
    parts = _Parts(answer, all_of_it=True)
    more = _next("", parts.more)
    return (
        f'<!doctype html><title>.</title><div data-part><p role="status">{parts.says}</p>'
        f"<select>{_options(answer)}</select>"
        f'{parts.narrow}<ol class="results">{parts.rows}</ol>{more}{answer.save}</div>'
    )


def _plain(answer: Answer) -> Response:
    parts = _Parts(answer)
    inside = f'<p role="status">{parts.says}</p><ol class="results rows">{parts.rows}</ol>'
    inside += f'<p><a href="{escape(parts.more)}" rel="next">+</a></p>' if parts.more else ""
    return plainpage.page(answer.lang, gettext(answer.lang, "Search"), inside)


def _packed(request: Request, text: str) -> Response:
    """Kept by nobody but the browser that asked, and only to go back to."""
    data = text.encode("utf-8", "replace")
    headers = {"cache-control": "no-store", "vary": "accept-encoding, cookie"}
    if re.search(r"\bbr\b", request.headers.get("accept-encoding", "")):
        headers["content-encoding"] = "br"
        data = _compress(data, quality=5)
    return HTMLResponse(data, headers=headers)


def _busy(lang: str) -> Response:
    words = gettext(lang, "The search does not work just now. You can also ask by mail.")
    busy = plainpage.page(lang, gettext(lang, "Search"), f"<p>{escape(words)}</p>", 503)
    busy.headers["retry-after"] = "5"
    return busy


def _next(words: str, more: str) -> str:
    """`words` are HTML already."""
    return f'<p><a class="button" rel="next" href="{escape(more)}">{words}</a></p>' if more else ""


def _with_places(page: str, kept: str, options: str) -> str:
    """The form with what it stays narrowed by, and the places to choose from."""
    start = page.find(_WHERE)
    end = page.find(_LAST, start) if start >= 0 else -1
    if end < 0:
        return page
    shown = page[start:end].replace("<p hidden>", "<p>", 1)
    return f"{page[:start]}{kept}{shown}</option>{options}</select></p>{page[end + len(_LAST) :]}"


def _hidden(wanted: Asked) -> str:
    """What a new question in the form stays narrowed by."""
    kept = replace(wanted, where="").chosen
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in kept.items()
    )


def _options(answer: Answer) -> str:
    """The places to choose from."""
    chosen = answer.asked.where
    found = []
    for key in answer.places:
        is_chosen = chosen and f"/{key}".endswith(f"/{chosen}")
        if key and "://" not in key:
            mark = " selected" if is_chosen else ""
            found.append(
                f'<option value="{escape(key)}"{mark}>{escape(answer.place(key))}</option>'
            )
    if chosen and not any(" selected" in option for option in found):
        found.append(f"<option selected>{escape(chosen)}</option>")
    return "".join(found)


def _built(config: Config, lang: str) -> str:
    return "search/index.html" if lang == config.languages[0] else f"{lang}/search/index.html"


def _opened(root: Path) -> Iterator[OpenIndex]:
    """The index in a folder, if it can be read."""
    index = opened_in(root)
    if index is not None:
        yield index
