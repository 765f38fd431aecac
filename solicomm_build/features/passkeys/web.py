"""Signing in with a passkey, the list of one's own, and the button of the letter."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.passkeys import showing
from solicomm_build.features.passkeys.disowning import ACTION, Disowning
from solicomm_build.features.passkeys.entering import Entering
from solicomm_build.features.passkeys.passkeyfile import Passkeys
from solicomm_build.features.passkeys.passkeysection import MyPasskeys
from solicomm_build.web.hooks import Served, Service


class Answers(Service):
    """Addresses of passkeys."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._entering = Entering(served, served.hold(Passkeys(served.config)))
        served.confirming[ACTION] = served.hold(Disowning(served.config)).answer

    def routes(self) -> Iterable[Route]:
        """`/passkeys/`, the challenge, and the script."""
        entering = self._entering
        yield Route("/passkeys/", endpoint=entering.enter, methods=["POST"])
        yield Route("/passkeys/challenge", endpoint=entering.challenge, methods=["GET"])
        yield Route(showing.SCRIPT, endpoint=entering.script, methods=["GET"])


SERVICE = Answers
SIGN_IN = showing.sign_in
MINE = (MyPasskeys,)
