"""The studio of union sites, and drafts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.editing import editing, editingpages
from solicomm_build.features.sites.editing.editingsession import Sessions
from solicomm_build.features.sites.editing.entering import Entering
from solicomm_build.features.sites.editing.preview import Previews
from solicomm_build.features.sites.joining import Joining
from solicomm_build.features.sites.studio.history import History
from solicomm_build.features.sites.studio.home import Home, MySites
from solicomm_build.features.sites.studio.making import Making
from solicomm_build.features.sites.studio.seeing import Seeing
from solicomm_build.features.sites.studio.settings import Settings
from solicomm_build.foundation import formernames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.hooks import Address, Served, Service
from solicomm_build.web.nodes.routes import AtHome
from solicomm_build.web.posted import PostOrPage

_BOTH = ["GET", "POST"]
Answer = Callable[[Request], Awaitable[Response]]


class Answers(Service):
    """Editing in the browser, and drafts at their secret addresses."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        sessions = Sessions(served.config, served.sessions)
        self._entering = served.hold(Entering(served.config, sessions, served.asking))
        self._editor = editing.Editing(served.config, sessions, self._entering)
        self._history = History(served.config, sessions, self._entering)
        self._seeing = Seeing(served.config, sessions)
        self._settings = Settings(served.config, sessions, self._entering)
        self._making = served.hold(Making(served.config, sessions, served.readers))
        self._home = Home(served.config, sessions, self._entering, self._making)

    def routes(self) -> Iterable[Route]:
        """`/edit/`, `/preview/`, and `join/` of a union's site."""
        editor, entering = self._editor, self._entering
        joining = PostOrPage(Joining(self.served.config).answer, self.served.pages)
        yield Route("/unions/{union}/join/", endpoint=joining)
        yield Route("/unions/{union}/{lang}/join/", endpoint=joining)
        yield AtHome("/preview/{rest:path}", endpoint=Previews(self.served.config))
        yield Route("/admin/", endpoint=_moved, methods=["GET"])
        for name in ("page.css", "studio.css", "studio.js"):
            yield Route(f"/edit/{name}", endpoint=editingpages.part, methods=["GET"])
        yield AtHome("/edit/", endpoint=self._home.answer, methods=_BOTH)
        yield AtHome("/edit/new", endpoint=self._making.answer, methods=_BOTH)
        yield AtHome("/edit/leave", endpoint=entering.leave, methods=["POST"])
        for path, endpoint, methods in (
            ("", editor.home, _BOTH),
            ("text", editor.text, _BOTH),
            ("seen/{id}/", self._seeing.answer, ["GET"]),
            ("seen/{id}/{part}", self._seeing.answer, ["GET"]),
            ("settings", self._settings.answer, _BOTH),
            ("look", self._settings.answer, _BOTH),
            ("menu", self._settings.answer, _BOTH),
            ("history", self._history.answer, _BOTH),
            ("drop", editor.drop, ["POST"]),
            ("leave", entering.leave, ["POST"]),
            ("enter/{link}", entering.enter, _BOTH),
            ("media/{file}", editor.media, ["GET"]),
        ):
            by_now = _by_name_of_now(self.served.config, endpoint)
            yield AtHome(f"/edit/{{union}}/{path}", endpoint=by_now, methods=methods)


def _by_name_of_now(config: Config, answer: Answer) -> Answer:
    """Has a page of the editor be found by a name that its union had before: what is looked at is
    led on, what is sent there arrives."""

    async def answered(request: Request) -> Response:
        union = request.path_params["union"]
        now = formernames.current(config.private, config.unions, union)
        if now != union and request.method in ("GET", "HEAD"):
            rest = request.url.path.removeprefix(f"/edit/{union}/")
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/edit/{now}/{rest}{query}", 302)
        request.path_params["union"] = now
        return await answer(request)

    return answered


def _old_place(config: Config) -> tuple[Address, Starlette] | None:
    """The origin where Decap CMS was (`cms` in hub.yaml): every address leads to the studio."""
    if config.cms is None:
        return None

    async def moved(request: Request) -> Response:
        union = request.path_params["rest"].partition("/")[0]
        site = f"{union}/" if siteedits.exists(config, union) else ""
        return RedirectResponse(f"{config.url}/edit/{site}", 303)

    return config.cms, Starlette(routes=[Route("/{rest:path}", endpoint=moved)])


async def _moved(request: Request) -> Response:
    """Where other programs have their editor, ours is led to."""
    del request
    return RedirectResponse("/edit/", 303)


SERVICE = Answers
MINE = (MySites,)
BESIDE = _old_place
