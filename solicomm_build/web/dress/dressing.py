"""A page of the server in the hub's frame, for whoever asks for it.

The frame says who is signed in: only the server can, and only on pages that nobody keeps. Nothing
of the page's own address goes into the frame but the links to other languages, which the theme
writes as `?lang=<code>`; what else the address asks stays in them. Without a frame, as before the
first build, a page is plain.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.types import Scope

from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.dress.frames import Frames
from solicomm_build.web.signedin import MemberSessions, cookie


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says. `title` is plain text, the others HTML; `site` is the union's whose it is,
    or nothing."""

    lang: str
    title: str
    inside: str
    style: str
    more: str = ""
    site: str = ""


class Dressing:
    """Dresses the pages of one hub. For one event loop."""

    def __init__(self, config: Config, sessions: MemberSessions) -> None:
        self._name, self._sessions = config.name, sessions
        self._frames = Frames(config.public)

    async def of(self, words: Words, scope: Scope) -> str:
        """The whole page as this request gets it."""
        frame = self._frames.of(words.lang, words.site)
        if frame is None:
            return plain(words, self._name)
        request = Request(scope)
        heading = escape(words.title)
        values = {
            "title": f"{heading} · {{}}",
            "main": f"<h1>{heading}</h1>\n{words.inside}\n",
            "head": words.more,
        }
        session = None
        if not words.site and cookie(request):
            session = await asyncio.to_thread(self._sessions.known, request)
        values["stranger" if session else "member"] = ""
        if request.method not in ("GET", "HEAD"):
            values["languages"] = ""  # the answer to a form cannot be asked for again
        text = frame.filled(values)
        rest = [pair for pair in parse_qsl(_query(scope)) if pair[0] != "lang"]
        return text.replace('"?lang=', f'"?{escape(urlencode(rest))}&amp;lang=') if rest else text


def plain(words: Words, hub: str = "") -> str:
    """The page without a frame."""
    language, heading = i18n.language(words.lang), escape(words.title)
    name = escape(hub)
    back = f'<header><p><a href="/"><bdi>{name}</bdi></a></p></header>\n' if hub else ""
    return (
        f'<!doctype html>\n<html lang="{escape(language.code)}" dir="{language.dir}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f'<meta name="robots" content="noindex">\n<title>{heading}</title>\n'
        f'<link rel="stylesheet" href="{words.style}">\n{words.more}</head>\n'
        f"<body>{back}<main>\n<h1>{heading}</h1>\n{words.inside}\n</main></body>\n</html>\n"
    )


def _query(scope: Scope) -> str:
    return bytes(scope.get("query_string", b""))[:2000].decode("latin-1")
