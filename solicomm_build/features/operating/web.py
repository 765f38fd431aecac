"""What operators see on the web."""

from __future__ import annotations

from solicomm_build.features.operating.agreepage import AgreePage
from solicomm_build.features.operating.section import Operators
from solicomm_build.features.operating.telling import ACTION
from solicomm_build.web.hooks import Served, Service


class Agreeing(Service):
    """The page behind the button of a letter that asks for a second yes."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        served.confirming[ACTION] = served.hold(AgreePage(served.config)).answer


SERVICE = Agreeing
MINE = (Operators,)
