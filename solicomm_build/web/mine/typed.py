"""What somebody typed into a form that was not taken, to be copied: nobody writes it twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.foundation.i18n import gettext
from solicomm_build.web import formdata
from solicomm_build.web.mine.forms import text, way
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own
from solicomm_build.web.signedin import MemberSessions

_OURS = frozenset({"mark", "do", "challenge", "credential"})
"""Fields that nobody types into."""
_HIDDEN = frozenset({"now", "fresh", "again"})
"""Fields that show dots for what is typed: passwords (mailboxes/passwordsection.py), which may well
be some words."""


def shown(lang: str, sent: Mapping[str, str]) -> str:
    """The words of all fields, without what was only chosen; "" where there are none."""
    words = [value for name, value in sent.items() if _is_text(name, value)]
    if not words:
        return ""
    label = escape(gettext(lang, "What you typed, to copy:"))
    rows = escape("\n\n".join(words))
    return f'<p><label>{label}<br><textarea readonly rows="8">{rows}</textarea></label></p>'


def signed_out(request: Request, sent: Mapping[str, str]) -> Response | None:
    """The page for who is not signed in any more, with what was typed and the way back; None where
    nothing was, or another site sent it."""
    lang = wanted_language(request)
    typed = shown(lang, sent)
    if not typed or not is_own(request):
        return None
    said = text(gettext(lang, "You are not signed in any more, so nothing was done."))
    again = way(login(request), gettext(lang, "Sign in"))
    return page(lang, gettext(lang, "Please sign in again"), said + again + typed, 403)


async def when_signed_out(request: Request, sessions: MemberSessions, most: int) -> Response | None:
    """The same for a form that was not read yet, with up to `most` octets beside its files; None
    also for who is signed in, and where no form came. It depends on no more than that, so it tells
    nobody whether there is anything at the address."""
    if request.method != "POST":
        return None
    if await asyncio.to_thread(sessions.of, request) is not None:
        return None
    came = await formdata.sieved(request, most)
    return signed_out(request, came.fields) if came else None


def still_there(lang: str) -> str:
    """What is said where nothing of a form was read."""
    return gettext(lang, "Nothing of what you sent was kept. Go back: it is still in the form.")


def login(request: Request) -> str:
    """Where one signs in, and comes back from."""
    return f"/login/?to={quote(request.url.path)}"


def _is_text(name: str, value: str) -> bool:
    if name in _OURS or name in _HIDDEN:
        return False
    return bool(value.strip()) if name == "text" else len(value.split()) > 1
