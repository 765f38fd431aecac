"""What other servers ask. Nothing is here while `activitypub` of hub.yaml names no conference."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.features.fediverse import names
from solicomm_build.features.fediverse.answering import Answers, asks_for_activity
from solicomm_build.features.fediverse.bells import bell_of
from solicomm_build.features.fediverse.hearing import Inbox
from solicomm_build.features.fediverse.replies import Replies
from solicomm_build.features.fediverse.ties import Ties
from solicomm_build.foundation.errors import StoreError
from solicomm_build.post.store import placesettings
from solicomm_build.web.hooks import Served, Service

_log = logging.getLogger("solicomm.web")

_CONFERENCE = re.compile(r"/conferences/([a-z0-9][a-z0-9-]{0,27})/")
_TOPIC = re.compile(r"/conferences/([a-z0-9][a-z0-9-]{0,27})/t/([a-z2-7]{32})/")
_ROUTES = (
    ("c/{conference}", "actor"),
    (f"c/{{conference}}/{names.WRITERS}", "actor"),
    ("c/{conference}/follow/", "follow"),
    ("c/{conference}/outbox", "outbox"),
    (f"c/{{conference}}/{names.WRITERS}/outbox", "outbox"),
    ("c/{conference}/followers", "followers"),
    (f"c/{{conference}}/{names.WRITERS}/followers", "followers"),
    ("c/{conference}/p/{mid}", "post"),
    ("c/{conference}/p/{mid}/{done:path}", "post"),
)
_INBOXES = ("inbox", "c/{conference}/inbox", f"c/{{conference}}/{names.WRITERS}/inbox")


class Fediverse(Service):
    """Groups, posts and the inbox."""

    rank = 90

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._is_on = bool(served.config.activitypub.conferences)

    def around(self, pages: ASGIApp) -> ASGIApp:
        """Who asks for a page as a server does is led to what the page is of."""
        return _Led(pages) if self._is_on else pages

    def routes(self) -> Iterable[Route]:
        """`/.well-known/webfinger`, `/.well-known/nodeinfo` and `/ap/…`."""
        if not self._is_on:
            return
        config = self.served.config
        settings, ties = placesettings.conferences(config), Ties(config)
        if not self.served.is_node:
            _begin(ties)
        replies = self.served.hold(Replies(config))
        inbox = Inbox(config, ties, settings.now, replies.take, bell_of(config).ring)
        answers = self.served.hold(Answers(config, settings, ties, inbox))
        yield Route("/.well-known/webfinger", endpoint=answers.webfinger)
        yield Route("/.well-known/nodeinfo", endpoint=answers.nodeinfo_links)
        yield Route(f"{names.ROOT}/nodeinfo/2.1", endpoint=answers.nodeinfo)
        for path in _INBOXES:
            yield Route(f"{names.ROOT}/{path}", endpoint=answers.inbox, methods=["POST"])
        for path, name in _ROUTES:
            yield Route(f"{names.ROOT}/{path}", endpoint=getattr(answers, name))


def _begin(ties: Ties) -> None:
    """Has the stage be needed from now on. A damaged file takes nobody the pages: whoever follows
    hears of it, and the stage says what is wrong."""
    try:
        ties.begin()
    except StoreError as error:
        _log.error("%s", error)


class _Led:
    """ASGI application: the address of the object for who asks for it, else the pages."""

    def __init__(self, pages: ASGIApp) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and asks_for_activity(Headers(scope=scope).get("accept", "")):
            place = _object(scope["path"])
            if place:
                await RedirectResponse(place, 303, {"Vary": "Accept"})(scope, receive, send)
                return
        await self._pages(scope, receive, send)


def _object(path: str) -> str:
    """The object that a page shows: a conference's group, or the post that begins a topic."""
    if found := _CONFERENCE.fullmatch(path):
        return f"{names.ROOT}/c/{found[1]}"
    if found := _TOPIC.fullmatch(path):
        return f"{names.ROOT}/c/{found[1]}/p/{found[2]}"
    return ""


SERVICE = Fediverse
