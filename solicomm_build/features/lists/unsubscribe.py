"""`/unsubscribe/<token>`: a subscription ends with one click, on POST only (RFC 8058).

GET shows a question and a form and changes nothing, because programs that check mail for harmful
links open every one (docs/mail-rules.md#copies). POST with `List-Unsubscribe=One-Click`, as
urlencoded or multipart, ends it and is answered 200, for a token that is used or unknown as well:
whoever asks gets no more mail, and learns nothing about others. No cookie, no redirect, no login.
"""

from __future__ import annotations

import asyncio
import logging
import re
from html import escape
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from solicomm_build.features.lists.leaving import Leaving, Subscription
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.plainpage import chosen_language, page, wanted_language

_log = logging.getLogger("solicomm.web")

_BODY = 16 * 1024  # octets; the pair is 28
_PAIR = ("List-Unsubscribe", "One-Click")
_PART = re.compile(
    rb"Content-Disposition:\s*+form-data;[^\r\n]{0,200}?\bname=\"?List-Unsubscribe\"?"
    rb"(?:[ \t]*+;[^\r\n]*+)?\r?\n(?:[^\r\n]++\r?\n){0,20}+\r?\n\s*+One-Click[ \t]*+(?:\r?\n|$)",
    re.IGNORECASE,
)


class Unsubscribe:
    """Answers for one hub. What it reads of the disk it reads in threads."""

    def __init__(self, leaving: Leaving, domain: str) -> None:
        self._leaving, self._domain = leaving, domain

    async def answer(self, request: Request) -> Response:
        """GET, HEAD and POST of a token."""
        token = request.path_params["token"]
        try:
            if request.method == "POST":
                return await self._post(request, token)
            found = await asyncio.to_thread(self._leaving.read, token)
        except SoliCommError as error:
            _log.error("no unsubscription: %s", error.public)
            return self._busy(wanted_language(request))
        return self._question(found, _lang(found, request))

    async def _post(self, request: Request, token: str) -> Response:
        if not _is_one_click(request.headers.get("content-type", ""), await _body(request)):
            found = await asyncio.to_thread(self._leaving.read, token)
            return self._question(found, _lang(found, request), status=400)
        found = await asyncio.to_thread(self._leaving.leave, token)
        return self._done(found, _lang(found, request))

    def _question(self, found: Subscription | None, lang: str, *, status: int = 200) -> Response:
        text = (
            gettext(lang, "Do you want to get no more mail from %(list)s?", list=found.title)
            if found
            else gettext(lang, "Do you want to get no more mail from here?")
        )
        button = escape(gettext(lang, "Yes, unsubscribe me"))
        calm = gettext(lang, "If you did not ask for this, close this page: nothing has changed.")
        form = (
            f'<form method="post"><input type="hidden" name="{_PAIR[0]}" value="{_PAIR[1]}">'
            f'<button type="submit">{button}</button></form>'
        )
        return _page(lang, f"<p>{escape(text)}</p>{form}<p>{escape(calm)}</p>", status)

    def _done(self, found: Subscription | None, lang: str) -> Response:
        if found is None:
            return _page(
                lang, "<p>" + escape(gettext(lang, "You get no more mail from here.")) + "</p>"
            )
        text = gettext(lang, "You get no more mail from %(list)s.", list=found.title)
        address = f"{found.conference}-join@{self._domain}"
        back = escape(gettext(lang, "Was it a mistake? Write to %(address)s and come back."))
        link = f'<a href="mailto:{escape(address)}"><bdi>{escape(address)}</bdi></a>'
        return _page(lang, f"<p>{escape(text)}</p><p>{back % {'address': link}}</p>")

    def _busy(self, lang: str) -> Response:
        text = gettext(lang, "That did not work. Please try again in a moment.")
        answer = _page(lang, f"<p>{escape(text)}</p>", 503)
        answer.headers["retry-after"] = "60"
        return answer


def _page(lang: str, inside: str, status: int = 200) -> Response:
    """A whole page; `inside` is HTML."""
    return page(lang, gettext(lang, "Leave"), inside, status)


def _lang(found: Subscription | None, request: Request) -> str:
    """What was chosen on a page of ours; else the member's language where we speak it, else what
    the browser asks for."""
    if chosen := chosen_language(request):
        return chosen
    if found is not None and found.lang.partition("-")[0] in i18n.LANGUAGES:
        return found.lang.partition("-")[0]
    return wanted_language(request)


async def _body(request: Request) -> bytes:
    """What was sent, up to a limit; empty when the client left."""
    octets = b""
    try:
        async for piece in request.stream():
            octets += piece
            if len(octets) > _BODY:
                break
    except ClientDisconnect:
        return b""
    return octets


def _is_one_click(content_type: str, body: bytes) -> bool:
    """Whether the body holds the pair of RFC 8058 3.2."""
    if len(body) > _BODY:
        return False
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        return _PART.search(body) is not None
    pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20)
    return _PAIR in ((name, value.strip()) for name, value in pairs)
