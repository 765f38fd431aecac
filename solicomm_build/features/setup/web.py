"""How devices come to trust a hub in an office."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.setup import trusting
from solicomm_build.features.setup.trusting import Trusting
from solicomm_build.web.hooks import Service


class Trust(Service):
    """`/trust/` and what belongs to it."""

    def routes(self) -> Iterable[Route]:
        """404 at every hub that has a certificate of the world's."""
        answers = Trusting(self.served.config)
        yield Route(trusting.PAGE, endpoint=answers.page, methods=["GET"])
        yield Route(trusting.ROOT, endpoint=answers.root, methods=["GET"])
        yield Route(trusting.CODE, endpoint=answers.code, methods=["GET"])


SERVICE = Trust
