"""One origin per union: the Host field says whose site is asked for.

ASGI middleware. At a union's host the site lies at the root: `/about/` is `/unions/<id>/about/`
below public/, and only what its pages need is there besides: the theme. Everything else of the hub
(git, joining lists, search, metrics, other sites) is at the hub's own host alone. A name that is
neither gets 421 (RFC 9110 15.5.20), and one of a union that is called otherwise now leads to the
origin of today. Without a pages domain in hub.yaml nothing of this applies, but
that the names of mail (mailnames.py) answer mail programs and mail servers, and nobody else.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from solicomm_build.foundation import formernames
from solicomm_build.foundation.hub import mailnames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.domains import Domains
from solicomm_build.foundation.hub.webhost import HUB, origin, plain

SHARED = ("/theme/",)
"""What lies at the root of every origin."""
_HUB_ONLY = ("/search/", "/conferences/", "/libraries/")

_MAIL_ONLY = "Only programs that read and bring mail ask here.\n"
_UNKNOWN = "No site of this hub has this name.\n"


class Hosts:
    """Wraps the application; `scope["path"]` becomes the one below `/unions/<id>/`."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self._app, self._config = app, config
        self._domains = Domains(config)
        self._mail = frozenset(mailnames.every(config))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        if plain(host) in self._mail:
            asked = scope["path"].lower().startswith(mailnames.PATHS)
            nothing = PlainTextResponse(_MAIL_ONLY, 404)
            await (self._app if asked else nothing)(scope, receive, send)
            return
        if self._config.pages is None:
            await self._app(scope, receive, send)
            return
        asked = self._domains.hosts.of(host)
        union = asked if asked is None or self._exists(asked) else named_now(self._config, asked)
        if union is None or (union != HUB and not self._exists(union)):
            await PlainTextResponse(_UNKNOWN, 421)(scope, receive, send)
            return
        path = scope["path"]
        if union != asked and scope["method"] in ("GET", "HEAD"):
            await self._led_on(union, scope, receive, send)
            return
        if union == HUB or path.startswith(SHARED):
            await self._app(scope, receive, send)
        elif path.startswith(_HUB_ONLY) and not self._has(union, path.split("/")[1]):
            await self._to_the_hub(scope, receive, send)
        else:
            root = f"/unions/{union}"
            below = {"path": root + path, "raw_path": quote(root + path).encode()}
            await self._app({**scope, **below}, receive, _at_the_root(root, send))

    def _exists(self, union: str) -> bool:
        return (self._config.public / "unions" / union).is_dir()

    def _has(self, union: str, name: str) -> bool:
        return (self._config.public / "unions" / union / name).is_dir()

    async def _led_on(self, union: str, scope: Scope, receive: Receive, send: Send) -> None:
        """From the origin that a site had under a former name; asked each time, as FormerNames
        is."""
        query = scope["query_string"].decode("latin-1")
        place = origin(self._config.url, self._config.pages, union)
        target = place + quote(scope["path"]) + (f"?{query}" if query else "")
        await RedirectResponse(target, 301, {"cache-control": "no-cache"})(scope, receive, send)

    async def _to_the_hub(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Old links from a site into the hub; today's pages name the hub's address themselves."""
        query = scope["query_string"].decode("latin-1")
        target = self._config.url + quote(scope["path"]) + (f"?{query}" if query else "")
        await RedirectResponse(target, 302)(scope, receive, send)


def named_now(config: Config, union: str) -> str:
    """What a union is called now, by a name that it has or had."""
    return formernames.now(config.private, "unions").get(union, union)


def _at_the_root(root: str, send: Send) -> Send:
    """Redirects within the site, as seen from its own host."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            where = headers.get("location", "")
            if where.startswith(f"{root}/"):
                headers["location"] = where.removeprefix(root)
        await send(message)

    return sent


class Known:
    """Answers a web server in front (Caddy's `ask`) whether it may get a certificate for a name:
    200 or 404. To the machine itself only."""

    def __init__(self, config: Config) -> None:
        self._config, self._domains = config, Domains(config)
        self._mail = frozenset(mailnames.every(config))

    async def answer(self, request: Request) -> Response:
        """`GET /hosts/known?domain=NAME`."""
        host = request.client.host if request.client else ""
        name = request.query_params.get("domain", "")
        if host not in ("127.0.0.1", "::1") or "x-forwarded-for" in request.headers:
            return PlainTextResponse("Not from here.\n", 403)
        hosts = self._domains.hosts
        union = hosts.of(name) if name else None
        named = (union == HUB and plain(name) in hosts.own) or plain(name) in self._mail
        now = named_now(self._config, union) if union else ""
        there = bool(now) and any(
            (self._config.public / "unions" / one).is_dir() for one in {now, str(union)}
        )
        return PlainTextResponse(
            "yes\n" if named or there else "no\n", 200 if named or there else 404
        )
