"""The editor of union sites, drafts, and Decap beside them."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.routing import Route

from solicomm_build.features.sites.editing import editing
from solicomm_build.features.sites.editing.decap import create_cms
from solicomm_build.features.sites.editing.preview import Previews
from solicomm_build.features.sites.joining import Joining
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.hooks import Address, Served, Service
from solicomm_build.web.posted import PostOrPage

_BOTH = ["GET", "POST"]


class Answers(Service):
    """Editing in the browser, and drafts at their secret addresses."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._editor = served.hold(editing.Editing(served.config, served.asking))

    def routes(self) -> Iterable[Route]:
        """`/edit/`, `/preview/`, and `join/` of a union's site."""
        editor = self._editor
        joining = PostOrPage(Joining(self.served.config).answer, self.served.pages)
        yield Route("/unions/{union}/join/", endpoint=joining)
        yield Route("/unions/{union}/{lang}/join/", endpoint=joining)
        yield Route("/preview/{rest:path}", endpoint=Previews(self.served.config))
        yield Route("/edit/page.css", endpoint=editing.style, methods=["GET"])
        yield Route("/edit/preview.js", endpoint=editing.script, methods=["GET"])
        yield Route("/edit/{union}/", endpoint=editor.home, methods=_BOTH)
        yield Route("/edit/{union}/text", endpoint=editor.text, methods=_BOTH)
        yield Route("/edit/{union}/leave", endpoint=editor.leave, methods=["POST"])
        yield Route("/edit/{union}/enter/{link}", endpoint=editor.enter, methods=_BOTH)
        yield Route("/edit/{union}/media/{file}", endpoint=editor.media, methods=["GET"])


def _decap(config: Config) -> tuple[Address, Starlette] | None:
    """Decap on an origin of its own, where `cms` says so."""
    return (config.cms, create_cms(config)) if config.cms is not None else None


SERVICE = Answers
BESIDE = _decap
