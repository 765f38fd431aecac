"""What is written on the pages of conferences and topics."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.features.writing.confirming import ACTION, Confirming
from solicomm_build.features.writing.showing import Showing
from solicomm_build.features.writing.taking import Writing
from solicomm_build.web.hooks import Served, Service
from solicomm_build.web.nodes.routes import Anywhere

_CONFERENCE = "/conferences/{conference}/"
_TOPIC = "/conferences/{conference}/t/{topic}/"


class Answers(Service):
    """Pages take what is sent to them."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        showing = served.hold(Showing(served.config))
        self._writing = served.hold(Writing(served, showing))
        served.confirming[ACTION] = served.hold(Confirming(served.config, showing)).answer

    def routes(self) -> Iterable[Route]:
        """The pages of conferences and topics, in every language."""
        sent = _Sent(self._writing, self.served.pages)
        for path in (_CONFERENCE, _TOPIC, f"{_TOPIC}page/{{page:int}}/"):
            yield Anywhere(path, endpoint=sent)
            yield Anywhere(f"/{{lang}}{path}", endpoint=sent)


class _Sent:
    """ASGI application: takes what is sent, and shows the form for an answer to one post; all else
    goes to the pages."""

    def __init__(self, writing: Writing, pages: ASGIApp) -> None:
        self._writing, self._pages = writing, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: Response | None = None
        request = Request(scope, receive)
        if scope["method"] == "POST":
            answer = await self._writing.answer(request)
        elif scope["method"] == "GET" and self._is_asked(request):
            answer = await self._writing.form(request)
        await (answer or self._pages)(scope, receive, send)

    @staticmethod
    def _is_asked(request: Request) -> bool:
        return "to" in request.query_params and "topic" in request.path_params


SERVICE = Answers
