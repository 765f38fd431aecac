"""Addresses by the machine that may answer what is sent to them, where each cell of a hub has an
owner of its own. Reading is answered by each; writing where cell 0 is, unless a route says more."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.membership import TokenFacts
from solicomm_build.web.hooks import Confirm, Served
from solicomm_build.web.nodes.atnode import SAFE, away


class Anywhere(Route):
    """What is sent here any machine takes: all that comes of it are objects for the spools of who
    has the cell, steps in repositories, and sessions."""


class AtHome(Route):
    """Looking needs files that are where cell 0 is alone."""


def guard(config: Config, routes: Iterable[Route], served: Served) -> None:
    """Has a machine without cell 0 answer so."""
    for route in routes:
        if not isinstance(route, Anywhere):
            route.app = _Guarded(config, route.app, reads=not isinstance(route, AtHome))
    for action, confirm in served.confirming.items():
        served.confirming[action] = _asking(config, confirm)


class _Guarded:
    """ASGI application: what cannot be done here gets 503."""

    def __init__(self, config: Config, app: ASGIApp, *, reads: bool) -> None:
        self._config, self._app, self._reads = config, app, reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        may = self._reads and scope["method"] in SAFE
        answer = self._app if may else away(self._config, scope, receive)
        await answer(scope, receive, send)


def _asking(config: Config, confirm: Confirm) -> Confirm:
    async def answered(request: Request, facts: TokenFacts) -> Response:
        if request.method in SAFE:
            return await confirm(request, facts)
        return away(config, request.scope, request.receive)

    return answered
