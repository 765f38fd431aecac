"""Pages of conferences for members only, and `/members/`, where a member sees which there are.

    /conferences/<id>/…, /<lang>/conferences/<id>/…   their pages, for who may read <id>
    /members/, /members/indexes.json                  what one may read, and where one may search

For everybody else, whether signed in or not, there is nothing at these addresses: the same 404 as
everywhere, in the same time, since what is asked does not depend on what there is. Nothing of this
is kept by a browser or on the way.
"""

from __future__ import annotations

import asyncio
import re
from html import escape

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.gittoken import Grant
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import readertokens
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.plainform import fields
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own
from solicomm_build.web.signedin import MemberSessions, Session, cookie
from solicomm_build.web.static import StaticPages

INDEX, _MANIFEST = "search/index/", "manifest.js"
"""Where a conference's index lies below its pages."""

_CONFERENCE = re.compile(
    r"/(?:[a-z]{2,3}/)?conferences/([a-z0-9][a-z0-9-]{0,27})(?:/.*)?", re.DOTALL
)
_NOT_KEPT = ("etag", "last-modified", "vary", "accept-ranges", "access-control-allow-origin")


class MemberPages:
    """ASGI application: the pages of conferences that the member may read; `others` for the rest,
    and for everybody who is not signed in."""

    def __init__(
        self, config: Config, sessions: MemberSessions, readers: Readers, others: ASGIApp
    ) -> None:
        self._sessions, self._readers, self._others = sessions, readers, others
        self._pages = StaticPages(config.member_pages, missing=config.public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _CONFERENCE.fullmatch(scope["path"])
        if found is None or not cookie(request := Request(scope)):
            await self._others(scope, receive, send)
        elif await asyncio.to_thread(self._may_read, request, found[1]):
            await self._pages(scope, receive, _unkept(send, data=INDEX in scope["path"]))
        else:
            await self._others(scope, receive, send)

    def _may_read(self, request: Request, conference: str) -> bool:
        session = self._sessions.of(request)
        return session is not None and self._readers.may_read(session.member.number, conference)


def _unkept(send: Send, *, data: bool) -> Send:
    """Nobody keeps an answer, nothing in it lets somebody ask whether it is still the same, and no
    other site gets hold of it. The index is `data`: read, and never run."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in _NOT_KEPT:
                if name in headers:
                    del headers[name]
            headers["cache-control"] = "private, no-store"
            headers["cross-origin-resource-policy"] = "same-origin"
            headers["x-robots-tag"] = "noindex"
            if data:
                headers["content-type"] = "text/plain; charset=utf-8"
        await send(message)

    return sent


class Members:
    """`/members/` of one hub. What it does on the disk it does in threads."""

    def __init__(self, config: Config, sessions: MemberSessions, readers: Readers) -> None:
        self._config, self._sessions, self._readers = config, sessions, readers

    async def home(self, request: Request) -> Response:
        """What one may read, and tokens for git; what is sent with its forms."""
        session = await asyncio.to_thread(self._sessions.of, request)
        if session is None:
            return RedirectResponse("/login/?to=/members/", 303, {"cache-control": "no-store"})
        lang = _spoken(session, request)
        sent = await fields(request) if request.method == "POST" else {}
        if not sent or not is_own(request) or not session.is_marked(sent.get("mark", "")):
            return await asyncio.to_thread(self._page, lang, session)
        if sent.get("do") == "everywhere":
            await asyncio.to_thread(self._sessions.stored.end_all, session.member.number)
            return RedirectResponse("/login/", 303, {"cache-control": "no-store"})
        return await asyncio.to_thread(self._change, lang, session, sent)

    async def indexes(self, request: Request) -> Response:
        """The roots of the indexes that one may search besides the public one, relative to the
        hub's: for the search page."""
        session = await asyncio.to_thread(self._sessions.of, request)
        found = await asyncio.to_thread(self._readable, session) if session else []
        roots = [
            f"conferences/{one.id}/{INDEX}"
            for one in found
            if (self._config.member_pages / "conferences" / one.id / INDEX / _MANIFEST).exists()
        ]
        return JSONResponse(roots, headers={"cache-control": "private, no-store"})

    def _readable(self, session: Session) -> list[Conference]:
        return self._readers.conferences(session.member.number)

    def _change(self, lang: str, session: Session, sent: dict[str, str]) -> Response:
        """Makes a token, or ends one."""
        number, conference = session.member.number, sent.get("conference", "")
        if sent.get("do") == "revoke":
            readertokens.revoke(self._config, self._readers, number, sent.get("token", ""))
            return self._page(lang, session)
        if sent.get("do") != "token" or not self._readers.may_read(number, conference):
            return self._page(lang, session)
        secret = readertokens.issue(self._config, self._readers, number, conference, lang)
        return self._page(lang, session, fresh=(conference, secret))

    def _page(self, lang: str, session: Session, fresh: tuple[str, str] = ("", "")) -> Response:
        rows = self._readable(session)
        grants = readertokens.of(self._config, self._readers, session.member.number)
        inside = [
            _text(
                gettext(lang, "You are signed in as %(address)s.", address=session.member.address)
            )
        ]
        if not rows:
            none = gettext(
                lang,
                "You are on no conference that is for members only. All others can be read without "
                "signing in.",
            )
            inside.append(_text(none))
        else:
            inside.append(
                '<p><a href="/search/">'
                + escape(gettext(lang, "Search in all of them"))
                + "</a></p>"
            )
        for one in rows:
            secret = fresh[1] if fresh[0] == one.id else ""
            own = [grant for grant in grants if grant.opens(f"conferences/{one.id}")]
            inside.append(self._conference(lang, session, one, own, secret))
        leave = escape(gettext(lang, "Sign out"))
        inside.append(f'<article><p><a href="/logout/">{leave}</a></p>')
        everywhere = gettext(lang, "Sign out on all devices")
        inside.append(_form(session, f"<p>{_button(everywhere)}</p>", do="everywhere"))
        home = escape(self._config.name)
        inside.append(f'<p><a href="/"><bdi>{home}</bdi></a></p></article>')
        return page(lang, gettext(lang, "My conferences"), "\n".join(inside))

    def _conference(
        self, lang: str, session: Session, one: Conference, grants: list[Grant], secret: str
    ) -> str:
        address, about = f"{one.id}@{self._config.domain}", one.description_in(lang)
        link = f'<a href="/conferences/{one.id}/"><bdi>{escape(one.title_in(lang))}</bdi></a>'
        rows = [f"<article><h2>{link}</h2>"]
        rows += [f'<p dir="auto">{escape(about)}</p>'] if about else []
        write = gettext(lang, "To write to everybody there:")
        mail = f'<a href="mailto:{escape(address)}"><bdi dir="ltr">{escape(address)}</bdi></a>'
        rows.append(f"<p>{escape(write)} {mail}</p>")
        copy = escape(gettext(lang, "A copy of everything, with git"))
        rows.append(f"<details{' open' if secret else ''}><summary>{copy}</summary>")
        rows.append(self._git(lang, session, one.id, grants, secret))
        rows.append("</details></article>")
        return "".join(rows)

    def _git(
        self, lang: str, session: Session, conference: str, grants: list[Grant], secret: str
    ) -> str:
        clone = f"git clone {self._config.url}/conferences/{conference}.git"
        rows = [f'<p dir="ltr"><code>{escape(clone)}</code></p>']
        if secret:
            how = gettext(
                lang,
                "git asks for a name and a password. Any name will do; the password is this. It is "
                "shown here only once:",
            )
            rows.append(_text(how))
            rows.append(f'<p dir="ltr"><code>{escape(secret)}</code></p>')
        else:
            what = gettext(
                lang,
                "git asks for a password: a token for reading that is yours. It ends with your "
                "membership, or when you end it.",
            )
            rows.append(_text(what))
            button = _button(gettext(lang, "Make a token"))
            rows.append(_form(session, f"<p>{button}</p>", do="token", conference=conference))
        for grant in grants:
            day = grant.made[:10]
            text = escape(gettext(lang, "End the token of %(day)s", day=day))
            rows.append(
                _form(
                    session,
                    f'<p><button type="submit">{text}</button></p>',
                    do="revoke",
                    token=grant.id,
                )
            )
        return "".join(rows)


def _spoken(session: Session, request: Request) -> str:
    """The member's language where we speak it, else what the browser asks for."""
    own = session.member.lang.partition("-")[0]
    return own if own in i18n.LANGUAGES else wanted_language(request)


def _form(session: Session, inside: str, **hidden: str) -> str:
    rows = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (hidden | {"mark": session.mark}).items()
    )
    return f'<form method="post" action="/members/">{rows}{inside}</form>'


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _button(text: str) -> str:
    return f'<button type="submit">{escape(text)}</button>'
