"""Short answers of the pages on which documents are read."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.plainpage import page, wanted_language


def nothing(request: Request) -> Response:
    """Where there is nothing, or nothing that who asks may see."""
    lang = wanted_language(request)
    return said(lang, gettext(lang, "There is no such document."), 404)


def busy(lang: str) -> Response:
    """Too many documents are being read."""
    text = gettext(lang, "The hub is reading other documents just now. Try again in a minute.")
    return said(lang, text, 503)


def said(lang: str, text: str, status: int) -> Response:
    """One sentence."""
    return page(lang, gettext(lang, "Library"), f"<p>{escape(text)}</p>", status)
