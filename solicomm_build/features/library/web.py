"""The library for harvesters and readers, the page to hand in on, and documents that wait for who
looks at them."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.library.comparing.clausedesk import ClauseDesk
from solicomm_build.features.library.comparing.comparing import Comparing
from solicomm_build.features.library.copies.serving import CopiedFiles
from solicomm_build.features.library.correcting.correcting import Correcting
from solicomm_build.features.library.curating.cardpages import CardPages
from solicomm_build.features.library.curating.documentsection import Documents, WaitingDocuments
from solicomm_build.features.library.curating.withdrawnsection import WithdrawnDocuments
from solicomm_build.features.library.deposits.depositlinks import Offers
from solicomm_build.features.library.deposits.download import DepositLinks
from solicomm_build.features.library.deposits.pagepictures import PagePictures
from solicomm_build.features.library.exchange.citing import FILES
from solicomm_build.features.library.filtering.filtering import Filtering
from solicomm_build.features.library.handin import asked
from solicomm_build.features.library.handin.handin import HandingIn
from solicomm_build.features.library.harvesting.oai import OaiProvider
from solicomm_build.features.library.reading.citations import Citations
from solicomm_build.features.library.reading.doctext import Texts
from solicomm_build.features.library.reading.openlibraries import OpenLibraries
from solicomm_build.features.library.reading.reader import DocumentReader
from solicomm_build.features.library.versions.versions import Versions
from solicomm_build.web.hooks import Served, Service
from solicomm_build.web.nodes.routes import AtHome


class Answers(Service):
    """OAI-PMH, documents that are handed in, and documents behind a link."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._oai = served.hold(OaiProvider(served.config))
        self._cards = served.hold(CardPages(served.config))
        self._offers = served.hold(Offers(served.config))
        self._correcting = served.hold(Correcting(served))
        self._libraries = served.hold(OpenLibraries(served))
        self._texts = Texts(served.config)
        self._handing_in = served.hold(HandingIn(served))
        served.confirming[asked.ACTION] = served.hold(asked.Asked(served)).answer

    def routes(self) -> Iterable[Route]:
        """`/oai`, the pages to hand in on, and the links in letters to who looks at documents."""
        links = DepositLinks(self._offers, self.served.pages)
        yield Route("/oai", endpoint=self._oai.answer, methods=["GET", "POST"])
        for lang in ("", "/{lang}"):
            address = f"{lang}/libraries/{{library}}/deposit/"
            yield Route(address, endpoint=self._handing_in.answer, methods=["GET", "POST"])
        card = "/libraries/{library}/{key}/"
        both = ["GET", "POST"]
        yield Route(f"{card}correct/", endpoint=self._correcting.card, methods=both)
        yield Route(f"{card}history/", endpoint=self._correcting.history, methods=both)
        yield from self._reading(both)
        yield Route(f"{card}files/{{name}}", endpoint=self.served.hold(CopiedFiles(self.served)))
        yield AtHome("/review/{token}", endpoint=self._cards.review, methods=["GET", "POST"])
        yield AtHome("/card/{token}", endpoint=self._cards.card, methods=["GET", "POST"])
        yield AtHome("/deposits/{deposit}/{letters}", endpoint=links)
        pictures = PagePictures(self.served.config, self._offers, self.served.pages)
        yield AtHome("/deposits/{deposit}/{letters}/{page:int}", endpoint=pictures)

    def _reading(self, both: list[str]) -> Iterable[Route]:
        """What is made of documents for who reads them."""
        library, card = "/libraries/{library}/", "/libraries/{library}/{key}/"
        comparing = Comparing(self._libraries, self._texts)
        yield Route(f"{library}compare/", endpoint=comparing.compare, methods=["GET"])
        yield Route(f"{library}compare/table/", endpoint=comparing.table, methods=["GET"])
        yield Route(f"{library}compare/agreements.{{end}}", comparing.file, methods=["GET"])
        yield Route(f"{library}find/", Filtering(self._libraries).find, methods=["GET"])
        reader = DocumentReader(self._libraries, self._texts)
        yield Route(f"{card}read/", endpoint=reader.read, methods=["GET"])
        yield Route(f"{card}pages/{{number:int}}.webp", reader.picture, methods=["GET"])
        cited = Citations(self._libraries)
        for name in FILES:
            yield Route(f"{card}{name}", endpoint=cited.answer, methods=["GET"])
        versions = Versions(self._libraries, self._texts)
        yield Route(f"{card}changes/", endpoint=versions.changes, methods=["GET"])
        clauses = ClauseDesk(self._libraries, self._texts)
        yield Route(f"{card}clauses/", endpoint=clauses.answer, methods=both)


SERVICE = Answers
MINE = (Documents, WaitingDocuments, WithdrawnDocuments)
