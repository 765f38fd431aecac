"""`/trust/`: how a device comes to trust a hub in an office, whose certificate no authority knows.

Only where setup has made an authority (`trust/root.pem` of the hub). It says nothing secret.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web import plainpage
from solicomm_build.web.dress import qrcode
from solicomm_build.web.mine.forms import text, way

FILE = "trust/root.pem"
"""The root certificate, below the hub's folder."""
PAGE, ROOT, CODE = "/trust/", "/trust/root.crt", "/trust/code.svg"
_KIND = "application/x-x509-ca-cert"
_NOTHING = "There is nothing here.\n"


class Trusting:
    """Answers for one hub."""

    def __init__(self, config: Config) -> None:
        self._config = config

    async def page(self, request: Request) -> Response:
        """What to do, the fingerprint to compare, and a code for telephones."""
        pem = self._pem()
        if pem is None:
            return PlainTextResponse(_NOTHING, 404)
        return plainpage.page(*self._words(plainpage.wanted_language(request), pem))

    async def root(self, request: Request) -> Response:
        """The certificate, in the type with which devices ask whether to trust it."""
        pem = self._pem()
        if pem is None:
            return PlainTextResponse(_NOTHING, 404)
        named = {"content-disposition": f'attachment; filename="{self._config.domain}.crt"'}
        return Response(pem, media_type=_KIND, headers=named)

    async def code(self, request: Request) -> Response:
        """The address of the page as a QR code."""
        if self._pem() is None:
            return PlainTextResponse(_NOTHING, 404)
        octets = qrcode.picture(f"{self._config.url}{PAGE}")
        return Response(octets, media_type="image/svg+xml")

    def _pem(self) -> str | None:
        path: Path = self._config.root / FILE
        return path.read_text("ascii") if path.is_file() else None

    def _words(self, lang: str, pem: str) -> tuple[str, str, str]:
        from solicomm_build.features.setup import authority

        title = gettext(lang, "Let this device trust the hub")
        why = gettext(
            lang,
            "This hub lives in your own network, so your browser does not know it yet. Take its "
            "certificate once, on each device, and the warning goes away.",
        )
        only = gettext(
            lang,
            "It counts for %(domain)s alone: nobody can use it to pose as another site.",
            domain=self._config.domain,
        )
        compare = gettext(
            lang,
            "Your device shows a fingerprint. It has to be the one that hangs in your office; ask "
            "whoever looks after the hub:",
        )
        code = gettext(lang, "For telephones: hold the camera on this picture")
        printed = f'<p><code dir="ltr">{escape(authority.fingerprint(pem))}</code></p>'
        picture = f'<p>{escape(code)}</p><p><img src="{CODE}" alt="{escape(code)}"></p>'
        take = way(ROOT, gettext(lang, "Take the certificate"))
        return lang, title, f"{text(why, only)}{take}{text(compare)}{printed}{picture}"
