"""What is written into a form on its page."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.forms.submitting import Forms
from solicomm_build.web.hooks import Served, Service
from solicomm_build.web.nodes.routes import Anywhere
from solicomm_build.web.posted import PostOrPage


class Answers(Service):
    """A form's page takes what is sent to it."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._forms = served.hold(Forms(served.config, served.asking))

    def routes(self) -> Iterable[Route]:
        """The pages of forms, in every language."""
        filled = PostOrPage(self._forms.answer, self.served.pages)
        yield Anywhere("/conferences/{conference}/forms/{form}/", endpoint=filled)
        yield Anywhere("/{lang}/conferences/{conference}/forms/{form}/", endpoint=filled)


SERVICE = Answers
