"""Voting on a page."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.polls.onpage.votepage import VotePages
from solicomm_build.features.polls.onpage.votesection import OpenVotes
from solicomm_build.web.hooks import Served, Service
from solicomm_build.web.nodes.routes import Anywhere


class Votes(Service):
    """The voter's page."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._pages = served.hold(VotePages(served))

    def routes(self) -> Iterable[Route]:
        """`/vote/` and `/members/vote/`."""
        yield Anywhere("/vote/{token}", endpoint=self._pages.answer, methods=["GET", "POST"])
        yield Route("/members/vote/{poll}", endpoint=self._pages.own, methods=["GET"])


SERVICE = Votes
MINE = (OpenVotes,)
