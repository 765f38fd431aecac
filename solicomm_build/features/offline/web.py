"""What the hub answers to phones that keep something."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.offline import scripts
from solicomm_build.features.offline.answering import Answering
from solicomm_build.web.hooks import Service


class Answers(Service):
    """The worker, the page, the lists and the manifest."""

    def routes(self) -> Iterable[Route]:
        """Their addresses."""
        answering = Answering(self.served.config)
        yield Route("/offline/", endpoint=answering.page, methods=["GET"])
        yield Route("/offline/list", endpoint=answering.list, methods=["GET"])
        yield Route(scripts.PAGE, endpoint=answering.page_script, methods=["GET"])
        yield Route(scripts.WORKER, endpoint=answering.worker, methods=["GET"])
        yield Route("/manifest.webmanifest", endpoint=answering.manifest, methods=["GET"])


SERVICE = Answers
