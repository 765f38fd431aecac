"""Following a topic on its page, and the links that end it."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.following.answersection import AnswersToMe
from solicomm_build.features.following.asking import ACTION
from solicomm_build.features.following.followed import Followed
from solicomm_build.features.following.links import PREFIX
from solicomm_build.features.following.pressing import Pressing
from solicomm_build.features.following.words import FOLLOW, MUTE, UNFOLLOW
from solicomm_build.web.hooks import Served, Service

_BOTH = ["GET", "POST"]
_TOPIC = "/conferences/{conference}/t/{topic}/"


class Answers(Service):
    """Buttons about one topic."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._pressing = served.hold(Pressing(served))
        served.confirming[ACTION] = self._pressing.confirm

    def routes(self) -> Iterable[Route]:
        """`/unfollow/<token>`, and `follow`, `unfollow` and `mute` below each topic's page."""
        yield Route(f"/{PREFIX}/{{token}}", endpoint=self._pressing.stop, methods=_BOTH)
        for path in (_TOPIC, f"/{{lang}}{_TOPIC}"):
            for what in (FOLLOW, UNFOLLOW, MUTE):
                endpoint = self._pressing.about(what)
                yield Route(f"{path}{what}", endpoint=endpoint, methods=_BOTH)


SERVICE = Answers
MINE = (AnswersToMe, Followed)
