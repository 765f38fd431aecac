"""Signing in, and pages for members only."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route
from starlette.types import ASGIApp

from solicomm_build.features.members import signedout
from solicomm_build.features.members.browsersection import Browsers
from solicomm_build.features.members.login import SigningIn
from solicomm_build.features.members.me import Me
from solicomm_build.features.members.members import Indexes, MemberPages
from solicomm_build.features.members.myhub import MyHub
from solicomm_build.features.members.newsection import News
from solicomm_build.features.members.postsection import Posts
from solicomm_build.features.members.readingsection import Reading
from solicomm_build.web.hooks import Served, Service, sections
from solicomm_build.web.nodes.routes import Anywhere

_BOTH = ["GET", "POST"]


class Answers(Service):
    """Sessions of members, and what they open."""

    rank = 90  # outside: what members may read is looked for first

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._sessions = served.sessions
        self._signing_in = served.hold(SigningIn(served.config, self._sessions, served.asking))

    def around(self, pages: ASGIApp) -> ASGIApp:
        """Conferences for members only are served to those who may read them."""
        return MemberPages(self.served.config, self._sessions, self.served.readers, pages)

    def routes(self) -> Iterable[Route]:
        """`/login/`, `/logout/`, and My hub below `/members/`."""
        served, parts = self.served, sections(self.served)
        indexes = Indexes(served.config, self._sessions, served.readers)
        mine = served.hold(
            MyHub(served.config, self._sessions, served.readers, parts, served.pages)
        )
        signing_in = self._signing_in
        yield Anywhere("/login/", endpoint=signing_in.ask, methods=_BOTH)
        yield Anywhere("/login/{link}", endpoint=signing_in.enter, methods=_BOTH)
        yield Anywhere("/logout/", endpoint=signing_in.leave, methods=_BOTH)
        yield Route(signedout.PATH, endpoint=signedout.answer, methods=["GET"])
        yield Route("/members/indexes.json", endpoint=indexes.indexes, methods=["GET"])
        me = Me(self._sessions, served.readers)
        yield Route("/members/me", endpoint=me.answer, methods=["GET"])
        yield Route("/members/", endpoint=mine, methods=_BOTH)
        yield Route("/members/{section}/{rest:path}", endpoint=mine, methods=_BOTH)


SERVICE = Answers
MINE = (News, Posts, Reading, Browsers)
