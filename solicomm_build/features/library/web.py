"""The library for harvesters, and documents that wait for who looks at them."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.library.deposits.download import DepositLinks
from solicomm_build.features.library.harvesting.oai import OaiProvider
from solicomm_build.web.hooks import Served, Service


class Answers(Service):
    """OAI-PMH, and documents behind a link."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._oai = served.hold(OaiProvider(served.config))

    def routes(self) -> Iterable[Route]:
        """`/oai`, and the links in letters to who looks at documents."""
        links = DepositLinks(self.served.config, self.served.pages)
        yield Route("/oai", endpoint=self._oai.answer, methods=["GET", "POST"])
        yield Route("/deposits/{deposit}/{letters}", endpoint=links)


SERVICE = Answers
