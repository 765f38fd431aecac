"""One at a time, and few that wait, fewer still of one place on the network: so what is made on
demand never crowds out reading, and nobody has all of it made for himself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from html import escape
from typing import ParamSpec, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.shares import Shares

WAITING = 8
"""Requests that wait for their turn, the one whose turn it is among them; more get 503."""

Given = ParamSpec("Given")
Made = TypeVar("Made")


class BusyError(Exception):
    """As many wait as may."""


class Turns:
    """Runs what blocks in a thread, one after the other."""

    def __init__(self, fronts: tuple[str, ...] = ()) -> None:
        self._one = asyncio.Lock()
        self._shares = Shares(fronts)

    async def run(
        self,
        request: Request,
        made: Callable[Given, Made],
        *given: Given.args,
        **more: Given.kwargs,
    ) -> Made:
        """What it gives, for who asks by a request. Raises BusyError, and what it raises."""
        if not self._shares.has_room(request, WAITING):
            raise BusyError
        with self._shares.taken(request):
            async with self._one:
                return await asyncio.to_thread(made, *given, **more)


def busy(request: Request) -> Response:
    """What is answered then: a page that says so."""
    lang = wanted_language(request)
    words = escape(gettext(lang, "That did not work. Please try again in a moment."))
    said = page(lang, gettext(lang, "Take it with you"), f"<p>{words}</p>", 503)
    said.headers["retry-after"] = "10"
    return said
