"""`/metrics`, for programs on this machine."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.metrics.page import Metrics
from solicomm_build.web.hooks import Service


class Answers(Service):
    """The numbers of a hub."""

    def routes(self) -> Iterable[Route]:
        """`/metrics`."""
        yield Route("/metrics", endpoint=Metrics(self.served.config).answer, methods=["GET"])


SERVICE = Answers
