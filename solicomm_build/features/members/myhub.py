"""My hub: `/members/`, made of what each feature shows a member (web/mine/section.py).

    GET  /members/          the front
    GET  /members/<name>/…  one section whole
    POST /members/<name>/…  → mails of the member's to the desk → 303 to where the new state is seen

Who is not signed in is led to `/login/` and back, whatever the address; an address where there is
nothing for this member is answered like any other where nothing is. A form counts only if it has
the mark of this session and the browser says that a page of ours sent it. When somebody was here
last is kept by the browser alone, in a cookie that only these pages get.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.features.members.login import signed_out
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import NotKeptError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.types import Mailbox
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.headers import FILE_POLICY
from solicomm_build.web.mine import typed
from solicomm_build.web.mine.forms import text, way
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Section, Visit
from solicomm_build.web.plainform import whole
from solicomm_build.web.plainpage import chosen_language, page, wanted_language
from solicomm_build.web.posted import is_own
from solicomm_build.web.signedin import SEEN, MemberSessions, Session

_log = logging.getLogger("solicomm.web")

_WEEK = timedelta(days=7)
_APART = timedelta(minutes=30)
"""Looks closer together than this are one visit."""
_KEPT = 30 * 86_400
_TEXT = 1 << 20
"""Octets of a form beside its files: minutes of a meeting may have 100,000 characters, of which
browsers make up to nine octets each."""
_LEFT_OUT = 1 << 20
"""Octets of a file from which on it is left out of the form of who is not signed in."""
_NOT_KEPT = {"cache-control": "private, no-store"}


class MyHub:
    """ASGI application: the pages of one hub. Close it."""

    def __init__(
        self,
        config: Config,
        sessions: MemberSessions,
        readers: Readers,
        sections: list[Section],
        pages: ASGIApp,
    ) -> None:
        """`pages` answers where there is nothing."""
        self._config, self._sessions, self._readers = config, sessions, readers
        self._sections = {section.name: section for section in sections}
        self._pages = pages
        self._post = DeskPost(config)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        name, _, rest = scope["path"].removeprefix(HOME).partition("/")
        answer = await self._answer(request, name, rest)
        await (answer or self._pages)(scope, receive, send)

    async def _answer(self, request: Request, name: str, rest: str) -> Response | None:
        session = await asyncio.to_thread(self._sessions.of, request)
        if session is None:
            return await self._signed_out(request, name)
        visit = await asyncio.to_thread(self._visit, session, request)
        if request.method == "POST":
            return await self._posted(request, visit, name, rest)
        if not name:
            answer = page(visit.lang, gettext(visit.lang, "My hub"), await self._front(visit))
            _remember(request, answer, visit)
            return answer
        section = self._sections.get(name)
        found = await asyncio.to_thread(section.whole, visit, rest) if section else None
        if found is not None:
            return page(visit.lang, found[0], self._framed(visit, found[1]))
        file = await asyncio.to_thread(section.file, visit, rest) if section else None
        return None if file is None else _saved(*file)

    def _visit(self, session: Session, request: Request) -> Visit:
        own = self._readers.own(session.member.number)
        said = dict(list(request.query_params.items())[:10])
        settings = self._readers.settings()
        readable = self._readers.readable(session.member.number, settings)
        lang, since = _spoken(session, request), _seen(request)[0]
        return Visit(session, own, lang, since, settings, readable, said)

    async def _front(self, visit: Visit) -> str:
        return await asyncio.to_thread(self._shown, visit)

    def _shown(self, visit: Visit) -> str:
        lang = visit.lang
        who = escape(gettext(lang, "You are signed in as %(address)s.")) % {
            "address": f'<bdi dir="ltr">{escape(visit.address)}</bdi>'
        }
        out = escape(gettext(lang, "Sign out"))
        rows = [_noted(visit), f'<p>{who} <a href="/logout/">{out}</a></p>']
        for section in self._sections.values():
            if inside := _short(section, visit):
                head = f'<a href="{HOME}{section.name}/">{escape(section.title(visit))}</a>'
                rows.append(f'<article id="{section.name}"><h2>{head}</h2>{inside}</article>')
        return "\n".join(rows)

    def _framed(self, visit: Visit, inside: str) -> str:
        back = way(HOME, gettext(visit.lang, "My hub"))
        return f"{back}\n{_noted(visit)}{inside}"

    # -- forms ----------------------------------------------------------------------------------

    async def _signed_out(self, request: Request, name: str) -> Response:
        """To the login and back. What somebody typed is shown, so that it can be copied."""
        said = None
        if request.method == "POST":
            files, most = self._most(name)
            came = await whole(request, min(files, _LEFT_OUT), most, _TEXT)
            said = typed.signed_out(request, came.fields) if came else None
        return said or RedirectResponse(typed.login(request), 303, _NOT_KEPT)

    def _most(self, name: str) -> tuple[int, int]:
        """Octets of files, and fields, that a form of a section may have."""
        section = self._sections.get(name, Section)
        return section.most_files, section.most_fields

    async def _posted(
        self, request: Request, visit: Visit, name: str, rest: str
    ) -> Response | None:
        section = self._sections.get(name)
        came = await whole(request, *self._most(name), _TEXT)
        if came is None and section:
            said = f"{_too_much(visit.lang, section)} {typed.still_there(visit.lang)}"
            return self._wrong(visit, said, {}, request.url.path)
        sent = dict(came.fields) if came else {}
        visit = replace(visit, files=came.files if came else ())
        if not is_own(request) or not visit.session.is_marked(sent.get("mark", "")):
            return self._not_ours(visit, sent)
        if came and came.large and section:
            return self._wrong(visit, _too_much(visit.lang, section), sent, request.url.path)
        change = await asyncio.to_thread(section.change, visit, rest, sent) if section else None
        if change is None:
            return None
        if change.ended:
            answer = signed_out(visit.lang)
            await asyncio.to_thread(self._sessions.end, request, answer)
            return answer
        if change is NOTHING:
            said = gettext(visit.lang, "This is not there any more, or it is not for you to do.")
            return self._wrong(visit, said, sent, request.url.path)
        if change.wrong:
            return self._wrong(visit, change.wrong, sent, request.url.path)
        if change.shown:
            return page(
                visit.lang,
                section.title(visit) if section else "",
                self._framed(visit, change.shown),
                change.status,
            )
        done = "1" if await self._wrote(visit, change) else "later"
        place = change.place or request.url.path
        return RedirectResponse(f"{place}?done={done}", 303, _NOT_KEPT)

    async def _wrote(self, visit: Visit, change: Change) -> bool:
        """Whether the desk has done what these mails ask for."""
        member = visit.session.member
        author = Mailbox(member.name, member.address)
        files = [
            await self._post.put(
                one.local,
                author,
                visit.lang,
                one.text,
                subject=one.subject,
                files=one.files,
                proved=True,
            )
            for one in change.mails
        ]
        return all([await self._post.is_done(file) for file in files])

    def _not_ours(self, visit: Visit, sent: dict[str, str]) -> Response:
        said = gettext(
            visit.lang,
            "This form did not come from a page of yours here, or you have signed in anew since. "
            "Nothing was changed. Please open the page again and press the button once more.",
        )
        inside = text(said) + typed.shown(visit.lang, sent)
        title = gettext(visit.lang, "Nothing was changed")
        return page(visit.lang, title, self._framed(visit, inside), 403)

    def _wrong(self, visit: Visit, why: str, sent: dict[str, str], place: str) -> Response:
        again = way(place, gettext(visit.lang, "Back"))
        fault = f'<p role="alert"><strong>{escape(why)}</strong></p>'
        inside = fault + typed.shown(visit.lang, sent) + again
        return page(visit.lang, gettext(visit.lang, "Nothing was changed"), inside, 400)


def _short(section: Section, visit: Visit) -> str:
    """The short form of a section; where that fails, a sentence about it, and the others are shown.
    Raises what a machine without cell 0 answers otherwise."""
    try:
        return section.short(visit)
    except (NotKeptError, ObjectsError):
        raise
    except Exception:  # noqa: BLE001 - the edge of a feature: it takes nobody the others
        _log.exception("My hub cannot show %s", section.name)
        return text(gettext(visit.lang, "That did not work. Please try again in a moment."))


def _too_much(lang: str, section: Section) -> str:
    """What came is larger than what the section takes; browsers send such a form whole, so the
    answer is read."""
    size = i18n.format_size(lang, section.most_files or _TEXT)
    return gettext(lang, "That is too large: %(size)s at most.", size=size)


def _noted(visit: Visit) -> str:
    """What became of the form that led here."""
    done = visit.asked.get("done", "")
    said = ""
    if done == "1":
        said = gettext(visit.lang, "Done.")
    elif done == "later":
        said = gettext(visit.lang, "It is being done. Load the page again in a moment to see it.")
    return f'<p role="status">{escape(said)}</p>' if said else ""


def _saved(name: str, octets: bytes) -> Response:
    """A file that the browser saves: it is nobody's page and runs nothing."""
    headers = {
        **_NOT_KEPT,
        "content-security-policy": FILE_POLICY,
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, '')}",
    }
    return Response(octets, headers=headers, media_type="application/octet-stream")


def _spoken(session: Session, request: Request) -> str:
    """What was chosen on a page of ours; else the member's language where we speak it, else what
    the browser asks for."""
    own = chosen_language(request) or session.member.lang.partition("-")[0]
    return own if own in i18n.LANGUAGES else wanted_language(request)


def _seen(request: Request) -> tuple[datetime, datetime | None]:
    """When this browser was here before, and the last look; a week ago where it does not say."""
    now = clock.now()
    first, _, last = request.cookies.get(SEEN, "").partition("-")
    try:
        before, latest = (datetime.fromtimestamp(int(one), UTC) for one in (first, last))
    except (ValueError, OverflowError, OSError):
        return now - _WEEK, None
    if latest > now or before > latest:
        return now - _WEEK, None
    return (latest, None) if now - latest > _APART else (before, latest)


def _remember(request: Request, answer: Response, visit: Visit) -> None:
    """The browser keeps when it was here before, and now."""
    value = f"{int(visit.since.timestamp())}-{int(clock.timestamp())}"
    secure = request.url.scheme == "https"
    answer.set_cookie(
        SEEN, value, max_age=_KEPT, path=HOME, secure=secure, httponly=True, samesite="lax"
    )
