"""Deciding on a page: what letters lead to, and what waits in My hub."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.moderation.decidedsection import DecidedLately
from solicomm_build.features.moderation.decidepage import DecidePages
from solicomm_build.features.moderation.onlistsection import OnList
from solicomm_build.features.moderation.waitingsection import Waiting
from solicomm_build.web.hooks import Served, Service
from solicomm_build.web.nodes.routes import Anywhere


class Decisions(Service):
    """The page behind the button of a letter about held mail."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._pages = served.hold(DecidePages(served))

    def routes(self) -> Iterable[Route]:
        """All below `/moderate/`."""
        both, file = ["GET", "POST"], "/moderate/{token}/{number:int}/{file:int}/{name}"
        yield Anywhere("/moderate/{token}", endpoint=self._pages.answer, methods=both)
        yield Route(file, endpoint=self._pages.file, methods=["GET"])


SERVICE = Decisions
MINE = (Waiting, DecidedLately, OnList)
