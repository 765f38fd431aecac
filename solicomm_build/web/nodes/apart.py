"""What a machine answers that does not know how the hub is now, where each cell has an owner of its
own: it cannot reach etcd, or has not followed the others yet.

What was erased or closed meanwhile nobody knows there (docs/adr/0060). Pages for everybody are
shown as long as they were confirmed lately, by what this machine noted itself
(foundation/hub/cluster/nodes.py); everything else, and those after that, gets 503 with a sentence.
It opens no file but those pages.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.foundation.hub.cluster import nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web import plainpage
from solicomm_build.web.headers import SecurityHeaders
from solicomm_build.web.hosts import Hosts
from solicomm_build.web.nodes.atnode import SAFE, away, found_or
from solicomm_build.web.static import StaticPages


def create_apart(config: Config) -> Starlette:
    """The application of such a machine."""
    app = Starlette(
        routes=[
            Route("/healthz", endpoint=_unwell, methods=["GET"]),
            Route(plainpage.STYLE, endpoint=plainpage.stylesheet, methods=["GET"]),
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(Hosts, config=config)],
    )
    pages = StaticPages(config.public, config.search_peers, first=config.languages[0])
    app.router.default = _Apart(config, pages)
    app.router.redirect_slashes = False
    app.state.held = ()
    return app


async def _unwell(_request: Request) -> PlainTextResponse:
    """A proxy goes to machines that know more, while there is one: 503 would leave it here."""
    said = "this machine does not know how the hub is now\n"
    return PlainTextResponse(said, 404, {"Cache-Control": "no-store"})


class _Apart:
    """ASGI application: pages that may be shown still, or 503."""

    def __init__(self, config: Config, pages: ASGIApp) -> None:
        self._config, self._pages = config, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        later = away(self._config, scope, receive)
        if scope["method"] in SAFE and nodes.may_show(self._config):
            await found_or(self._pages, later, scope, receive, send)
        else:
            await later(scope, receive, send)
