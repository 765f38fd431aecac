"""`/members/me`: who is signed in here, for the script of built pages (themes/solicomm/static).

A built page is the same for everybody, so it asks, and only where the browser has the cookie that
tells of a session: a stranger's causes no request. The answer is nobody's to keep and for pages of
this origin alone; it holds words and where the member is a moderator, no address and no name.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.signedin import MemberSessions

_HEADERS = {
    "cache-control": "private, no-store",
    "vary": "Cookie",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
}


class Me:
    """Answers for one hub. What it reads of the disk it reads in threads."""

    def __init__(self, sessions: MemberSessions, readers: Readers) -> None:
        self._sessions, self._readers = sessions, readers

    async def answer(self, request: Request) -> Response:
        """`{}` for everybody who is not signed in, whose browser forgets that it was; else what the
        links to My hub and out, and a moderator's tools, are called in the language of the page
        (`?lang=`), and the conferences that the member looks after (`*`: all)."""
        session = await asyncio.to_thread(self._sessions.of, request)
        if session is None:
            nobody = JSONResponse({}, headers=_HEADERS)
            self._sessions.forget(request, nobody)
            return nobody
        asked = request.query_params.get("lang", "")
        lang = asked if asked in i18n.LANGUAGES else wanted_language(request)
        own = await asyncio.to_thread(self._readers.own, session.member.number)
        said = {
            "home": gettext(lang, "My hub"),
            "out": gettext(lang, "Sign out"),
            "tools": gettext(lang, "Moderate"),
            "moderates": sorted(place for place in own.roles if own.looks_after(place)),
        }
        return JSONResponse(said, headers=_HEADERS)
