"""Signing in with a passkey.

    GET  /passkeys/challenge  what a browser is to sign: fresh, the same kind for everybody
    POST /passkeys/           the answer: led on (303), or one page for all that is wrong

A passkey gives what a link by mail gives, and no more: who would get no link gets in by none. The
session is made by a link that is used at once, so there is one way to begin one.
"""

from __future__ import annotations

import asyncio
from html import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from solicomm_build.features.passkeys import ceremony, showing
from solicomm_build.features.passkeys.ceremony import RefusedError
from solicomm_build.features.passkeys.challenges import SIGN_IN, Challenges
from solicomm_build.features.passkeys.passkeyfile import Passkeys
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import webhost
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.sessions import DAY, STAYS
from solicomm_build.web.asking import Kind
from solicomm_build.web.hooks import Served
from solicomm_build.web.mine.forms import text
from solicomm_build.web.mine.section import HOME
from solicomm_build.web.plainform import fields
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own

KIND = Kind("passkey", 20, 24, 6)
"""As often as a place may ask to sign in by mail: 200 answers an hour are read."""
_NOT_KEPT = {"cache-control": "no-store"}


class Entering:
    """The pages of one hub. What they do on the disk they do in threads."""

    def __init__(self, served: Served, keys: Passkeys) -> None:
        self._served, self._config, self._keys = served, served.config, keys
        self._at = ceremony.party(served.config)

    async def script(self, request: Request) -> Response:
        """The script, for browsers to keep: its address changes with it."""
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "vary": "Accept-Encoding",
        }
        octets = showing.script()
        if "gzip" in request.headers.get("accept-encoding", ""):
            octets, headers["content-encoding"] = showing.small_script(), "gzip"
        return Response(octets, media_type="text/javascript", headers=headers)

    async def challenge(self, request: Request) -> Response:
        """What a browser is asked to sign; nothing is kept of it."""
        if self._at is None:
            return Response(status_code=404, headers=_NOT_KEPT)
        fresh = Challenges(self._config, self._at.id).fresh(SIGN_IN, "", clock.now())
        return JSONResponse(ceremony.request(self._at, fresh), headers=_NOT_KEPT)

    async def enter(self, request: Request) -> Response:
        """What a passkey signed. Whatever is wrong with it, the answer is the same."""
        lang = wanted_language(request)
        if not is_own(request):
            return self._refused(lang)
        if not self._served.asking.may_read(KIND, request):
            said = gettext(lang, "There were too many requests. Please try again in an hour.")
            return page(lang, self._title(lang), text(said), 429)
        sent = await fields(request)
        member = await asyncio.to_thread(self._member, sent)
        if member is None:
            return self._refused(lang)
        place = webhost.own_path(sent.get("to", "")) or HOME
        answer = RedirectResponse(place, 303, _NOT_KEPT)
        await asyncio.to_thread(self._begin, request, answer, member, sent.get("stay") == "yes")
        return answer

    def _member(self, sent: dict[str, str]) -> int | None:
        """The member whose passkey signed one of our challenges, once."""
        try:
            return self._proved(sent.get("challenge", ""), sent.get("credential", ""))
        except RefusedError:
            return None

    def _proved(self, challenge: str, answer: str) -> int:
        """The member's number. Raises RefusedError."""
        now, at = clock.now(), self._at
        if at is None or len(challenge) > ceremony.LONGEST_ID:
            raise RefusedError("not here")
        asked = ceremony.octets(challenge)
        ends = Challenges(self._config, at.id).ends(asked, SIGN_IN, "", now)
        named = ceremony.named(answer)
        key = self._keys.find(named.id)
        if ends is None or key is None or key.handle != named.handle:
            raise RefusedError("it is none that we know")
        count = ceremony.asserted(at, asked, answer, key.key, key.count)
        if not self._served.readers.is_anybody(key.member):
            raise RefusedError("a link by mail would not come either")
        if not self._keys.use(key, count, (asked, ends), now):
            raise RefusedError("it was used before")
        return key.member

    def _begin(self, request: Request, answer: Response, member: int, stays: bool) -> None:
        sessions = self._served.sessions
        link = sessions.stored.link(member, "", clock.now())
        sessions.begin(request, answer, link, STAYS if stays else DAY, stays=stays)

    def _title(self, lang: str) -> str:
        return gettext(lang, "Sign in to %(hub)s", hub=self._config.name)

    def _refused(self, lang: str) -> Response:
        said = gettext(
            lang,
            "This passkey does not let you in: it was removed, it is another hub's, or the answer "
            "came too late.",
        )
        again = escape(gettext(lang, "Try again, or ask for a link by mail"))
        inside = f'{text(said)}<p><a href="/login/">{again}</a></p>'
        return page(lang, self._title(lang), inside, 403)
