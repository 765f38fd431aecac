"""Books at an address beside the page that each is of, made when somebody asks.

Of a conference for members they are for its members, signed in; for everybody else there is
nothing, as at the page itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.features.books import making
from solicomm_build.features.books.making import Made
from solicomm_build.features.books.turns import BusyError, Turns, busy
from solicomm_build.features.books.wanted import COURSE, LABEL, MONTH, MONTHS, TOPIC, Wanted
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.post.books import epub
from solicomm_build.post.store import placesettings
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.signedin import MemberSessions, cookie

Thing = TypeVar("Thing")


class Members:
    """Who asks: whether a browser is signed in as somebody who may read a conference for members
    only. Blocking."""

    def __init__(self, sessions: MemberSessions, readers: Readers) -> None:
        self._sessions, self._readers = sessions, readers

    def let(self, request: Request, conference: str, make: Callable[[bool], Thing]) -> Thing:
        """What is made of a conference: with True where it is for members only and whoever asks is
        one who may read it. Raises what `make` does, and ObjectsError where it is not for
        everybody and the store that keeps sessions does not answer."""
        try:
            is_closed = self._may_read(request, conference)
        except ObjectsError as unknown:
            try:
                return make(False)
            except SoliCommError:
                raise unknown from None
        return make(is_closed)

    def _may_read(self, request: Request, conference: str) -> bool:
        """Whether it is; False for a conference that is not for members only."""
        session = self._sessions.of(request) if cookie(request) else None
        return session is not None and self._readers.may_read(session.member.number, conference)


class Books:
    """Makes books one at a time."""

    def __init__(self, config: Config, members: Members) -> None:
        self._config, self._places = config, placesettings.conferences(config)
        self._members, self._turns = members, Turns(config.fronts)

    async def answer(self, request: Request) -> Response | None:
        """The book; None for what is not there, not for everybody, or too long for one."""
        wanted = _wanted(request.path_params)
        if wanted is None:
            return None
        try:
            made, is_closed = await self._turns.run(request, self._made, request, wanted)
        except BusyError:
            return busy(request)
        except ObjectsError:
            raise  # nobody can say who asks
        except SoliCommError:
            return None
        return _unkept(made) if is_closed else _sent(request, made)

    def _made(self, request: Request, wanted: Wanted) -> tuple[Made, bool]:
        """A book, and whether it is for members alone."""

        def make(is_closed: bool) -> tuple[Made, bool]:
            return making.made(self._config, wanted, self._places, closed=is_closed), is_closed

        return self._members.let(request, wanted.conference, make)


def _unkept(made: Made) -> Response:
    """A book for members: no browser and nobody on the way keeps it."""
    headers = {
        "cache-control": "private, no-store",
        "cross-origin-resource-policy": "same-origin",
        "x-robots-tag": "noindex",
        "content-disposition": f'attachment; filename="{made.name}"',
    }
    return Response(made.octets, media_type=epub.TYPE, headers=headers)


def _sent(request: Request, made: Made) -> Response:
    mark = f'"{hashlib.blake2b(made.octets, digest_size=9).hexdigest()}"'
    headers = {"cache-control": "no-cache", "etag": mark, "x-robots-tag": "noindex"}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = f'attachment; filename="{made.name}"'
    return Response(made.octets, media_type=epub.TYPE, headers=headers)


def _wanted(named: dict[str, str]) -> Wanted | None:
    """What an address says."""
    conference = named["conference"]
    if "topic" in named:
        return Wanted(conference, TOPIC, named["topic"])
    if "label" in named:
        return Wanted(conference, LABEL, named["label"])
    if "year" in named:
        month = f"{named['year']}-{named['month']}"
        return Wanted(conference, MONTH, month) if MONTHS.fullmatch(month) else None
    return Wanted(conference, COURSE)


class Asked:
    """ASGI application: the book, or what the pages say of an address where nothing is."""

    def __init__(self, books: Books, pages: ASGIApp) -> None:
        self._books, self._pages = books, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = await self._books.answer(Request(scope, receive))
        await (found or self._pages)(scope, receive, send)
