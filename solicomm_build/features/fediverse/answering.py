"""What the web server answers to other servers: who is here, what was posted, and the inbox.

Everything but the inbox is the same for everybody. Pages of a browser stay where they are: who asks
for HTML is sent there.
"""

from __future__ import annotations

import asyncio
import functools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

import solicomm_build
from solicomm_build.features.fediverse import hearing, names, saying, shown, signing
from solicomm_build.features.fediverse.followpage import follow_page
from solicomm_build.features.fediverse.hearing import Heard, Inbox
from solicomm_build.features.fediverse.remote import ACTIVITY_JSON
from solicomm_build.features.fediverse.saying import Document
from solicomm_build.features.fediverse.ties import Ties
from solicomm_build.foundation import clock, network
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.placesettings import PlaceSettings

WORKERS = 8
"""Requests to the inbox that are dealt with at once, apart from everything else that is served:
each may wait for another server's answer."""
OF_A_PLACE, WAITING = 3, 100
"""Requests to the inbox from one place on the network, and from all, at once; more get 503 and
come again."""
_MAX_AGE = {"Cache-Control": "public, max-age=60", "Vary": "Accept"}
_NO_STORE = {"Cache-Control": "no-store"}
_JRD = "application/jrd+json"
_MOST_PAGES = 100_000
_NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/2.1"


class Answers:
    """The documents of one hub, and its inbox. Close it."""

    def __init__(
        self, config: Config, settings: PlaceSettings[Conference], ties: Ties, inbox: Inbox
    ) -> None:
        self._config, self._settings, self._ties, self._inbox = config, settings, ties, inbox
        self._workers = ThreadPoolExecutor(WORKERS, "fediverse")
        self._busy: Counter[str] = Counter()

    def close(self) -> None:
        """Takes nothing more."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._ties.close()

    # -- who is here ----------------------------------------------------------------------------

    async def webfinger(self, request: Request) -> Response:
        """`/.well-known/webfinger?resource=acct:…` (RFC 7033)."""
        resource = request.query_params.get("resource", "")
        if not resource:
            return PlainTextResponse("Which resource?\n", 400, _NO_STORE)
        found = names.of_handle(self._config, resource)
        one = await self._offered(found[0]) if found else None
        if found is None or one is None:
            return _nothing()
        me = self._actor_id(*found)
        name = one.id if found[1] == names.GROUP else f"{one.id}.{names.WRITERS}"
        page = f"{self._config.url}/conferences/{one.id}/"
        links = [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page},
            {"rel": "self", "type": ACTIVITY_JSON, "href": me},
        ]
        told = {"subject": f"acct:{name}@{names.host(self._config)}", "aliases": [me, page]}
        headers = {**_MAX_AGE, "Access-Control-Allow-Origin": "*"}
        return Response(saying.encoded({**told, "links": links}), 200, headers, _JRD)

    async def nodeinfo_links(self, _request: Request) -> Response:
        """`/.well-known/nodeinfo`."""
        href = f"{self._config.url}{names.ROOT}/nodeinfo/2.1"
        body = saying.encoded({"links": [{"rel": _NODEINFO, "href": href}]})
        return Response(body, 200, _MAX_AGE, "application/json")

    async def nodeinfo(self, _request: Request) -> Response:
        """What runs here. How many people there are is told to nobody."""
        told = {
            "version": "2.1",
            "software": {"name": "solicomm", "version": solicomm_build.__version__},
            "protocols": ["activitypub"],
            "services": {"inbound": [], "outbound": []},
            "openRegistrations": False,
            "usage": {"users": {}},
            "metadata": {"nodeName": self._config.name},
        }
        return Response(saying.encoded(told), 200, _MAX_AGE, "application/json")

    async def actor(self, request: Request) -> Response:
        """A group, or its writers."""
        one = await self._offered(request.path_params["conference"])
        if one is None:
            return _nothing()
        if not wants_activity(request):
            return _page(f"/conferences/{one.id}/")
        pem = await asyncio.to_thread(signing.public_pem, self._config)
        is_writers = request.url.path.endswith(f"/{names.WRITERS}")
        make = saying.writers if is_writers else saying.group
        return _answer(saying.with_context(make(self._config, one, pem)))

    async def follow(self, request: Request) -> Response:
        """How to follow a group, for people."""
        one = await self._offered(request.path_params["conference"])
        return _nothing() if one is None else follow_page(self._config, one, request)

    async def followers(self, request: Request) -> Response:
        """How many follow; who does is told to nobody."""
        one = await self._offered(request.path_params["conference"])
        if one is None:
            return _nothing()
        address = f"{self._config.url}{request.url.path}"
        is_writers = f"/{names.WRITERS}/" in request.url.path
        total = 0 if is_writers else await asyncio.to_thread(self._ties.followers, one.id)
        return _answer(saying.with_context(saying.collection(address, total)))

    # -- what was posted ------------------------------------------------------------------------

    async def outbox(self, request: Request) -> Response:
        """What a group has announced, the newest first: its size and the newest, or a page."""
        one = await self._offered(request.path_params["conference"])
        page = request.query_params.get("page", "")
        page = "1" if page == "true" else page  # as Mastodon names the first of its own
        if one is None or (page and not _is_number(page)):
            return _nothing()
        if f"/{names.WRITERS}/" in request.url.path:
            address = f"{names.writers(self._config, one.id)}/outbox"
            return _answer(saying.with_context(saying.collection(address, 0, orderedItems=[])))
        return await asyncio.to_thread(self._outbox, one, int(page or 0))

    def _outbox(self, one: Conference, page: int) -> Response:
        address = f"{names.group(self._config, one.id)}/outbox"
        total, posts = 0, list[shown.Shown]()
        with shown.opened(self._config) as db:
            if db is not None:
                total = shown.count(db, one.id)
                posts = shown.newest(self._config, db, one.id, max(1, page))
        items = [self._announced(one, post) for post in posts]
        if page:
            made = saying.page_of(address, page, total, items, shown.A_PAGE)
            return _answer(saying.with_context(made))
        last = max(1, -(-total // shown.A_PAGE))
        ends = {"first": f"{address}?page=1", "last": f"{address}?page={last}"}
        made = saying.collection(address, total, **ends, orderedItems=items)
        return _answer(saying.with_context(made))

    def _announced(self, one: Conference, post: shown.Shown) -> Document:
        made = saying.create(self._config, one.id, post)
        return saying.announced(self._config, one.id, made)

    async def post(self, request: Request) -> Response:
        """A post, or what was done with it."""
        one = await self._offered(request.path_params["conference"])
        if one is None:
            return _nothing()
        done = request.path_params.get("done", "")
        wants = wants_activity(request)
        mid = request.path_params["mid"]
        return await asyncio.to_thread(self._post, one, mid, done, wants=wants)

    def _post(self, one: Conference, mid: str, done: str, *, wants: bool) -> Response:
        with shown.opened(self._config) as db:
            post = shown.one(self._config, db, one.id, mid) if db is not None else None
            is_all = db is not None and shown.is_current(self._config, db, one.id)
        if post is None:
            return self._not_shown(one, mid, is_all=is_all)
        if not wants:
            return _page(post.url.removeprefix(self._config.url))
        make = _DONE.get(done)
        if make is None:
            return _nothing()
        return _answer(saying.with_context(make(self._config, one.id, post)))

    def _not_shown(self, one: Conference, mid: str, *, is_all: bool) -> Response:
        """That a post is gone, for servers that know it: who hears that takes it away for good. So
        nothing is said while the builder has not read all there is (`is_all`), as after an
        upgrade."""
        told = self._ties.told(one.id, mid)
        if told is None:
            return _nothing()
        is_gone, _ = told
        if not is_gone and not is_all:
            return _said(Heard(503, "The pages are made anew. Try again in a minute"))
        gone = saying.tombstone(names.post(self._config, one.id, mid))
        return _answer(saying.with_context(gone), 410)

    # -- the inbox ------------------------------------------------------------------------------

    async def inbox(self, request: Request) -> Response:
        """What another server says, signed."""
        place = network.place(request.client.host if request.client else "", self._config.fronts)
        most = WAITING if place == network.HERE else OF_A_PLACE
        if self._busy[place] >= most or self._busy.total() >= WAITING:
            return _said(Heard(503, "Too much at once. Try again in a minute"))
        self._busy[place] += 1
        try:
            return _said(await self._heard(request, place))
        finally:
            self._busy[place] -= 1
            self._busy += Counter()  # names of zero go

    async def _heard(self, request: Request, place: str) -> Heard:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > hearing.BODY_OCTETS:
                return Heard(413, f"At most {hearing.BODY_OCTETS // 1024} KB are taken")
        query = request.url.query
        path = request.scope.get("raw_path") or quote(request.url.path).encode()
        target = path.decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")
        asked = signing.Request(request.method, target, _fields(request), body)
        loop = asyncio.get_running_loop()
        take = functools.partial(self._inbox.take, asked, clock.now(), place)
        return await loop.run_in_executor(self._workers, take)

    # -- helpers --------------------------------------------------------------------------------

    async def _offered(self, conference: str) -> Conference | None:
        if not SLUG.fullmatch(conference):
            return None
        now = await asyncio.to_thread(self._settings.now)
        return shown.offered(self._config, now).get(conference)

    def _actor_id(self, conference: str, kind: str) -> str:
        make = names.writers if kind == names.WRITERS else names.group
        return make(self._config, conference)


def _announced_create(config: Config, conference: str, post: shown.Shown) -> Document:
    return saying.announced(config, conference, saying.create(config, conference, post))


_DONE: dict[str, Callable[[Config, str, shown.Shown], Document]] = {
    "": saying.post,
    "create": saying.create,
    "create/announce": _announced_create,
    "share": saying.shared,
}


def wants_activity(request: Request) -> bool:
    """Whether who asks speaks ActivityPub: a browser names HTML."""
    accept = request.headers.get("accept", "")
    return "html" not in accept.lower()


def asks_for_activity(accept: str) -> bool:
    """Whether an Accept field names ActivityPub, as who looks for the object of a page does."""
    return ACTIVITY_JSON in accept or (
        "application/ld+json" in accept and "activitystreams" in accept
    )


def _fields(request: Request) -> dict[str, str]:
    """Header fields by names in lower case; several of a name as one (RFC 9110 5.3)."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7 and 0 < int(text) <= _MOST_PAGES


def _answer(document: Document, status: int = 200) -> Response:
    return Response(saying.encoded(document), status, _MAX_AGE, ACTIVITY_JSON)


def _page(path: str) -> Response:
    return RedirectResponse(path, 303, {"Vary": "Accept"})


def _said(heard: Heard) -> Response:
    headers = {**_NO_STORE, "Retry-After": "60"} if heard.status in (429, 503) else _NO_STORE
    return PlainTextResponse(f"{heard.said}\n" if heard.said else "", heard.status, headers)


def _nothing() -> Response:
    return PlainTextResponse("There is nothing of this name.\n", 404, _NO_STORE)
