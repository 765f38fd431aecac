"""The way into the editor: a token, a link by mail, or being signed in to My hub already.

    GET  /edit/                       the sites that one may edit, or the ways in
    POST /edit/                       a token, or an address and a site that a link is sent for
    POST /edit/<union>/               the same for this site
    GET, POST /edit/<union>/enter/<link>
    POST /edit/leave, /edit/<union>/leave

Nobody learns here who is an editor: the answer to an address is the same for everybody, and the
desk looks whose it is. What is remembered of who asked is in memory, as keyed hashes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.editing import editingform as forms
from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing.editingsession import Sessions
from solicomm_build.features.sites.siteaddress import PREFIX
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.lately import Lately
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.mailbox import mailbox
from solicomm_build.people.gittoken import Grant
from solicomm_build.web import givenaddress, plainform
from solicomm_build.web.asking import EDIT, Asking, too_many
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.posted import is_own

WRONG_TOKENS = 20
"""In ten minutes, from one place."""
_SPAN = 600.0
_MINUTES = 300.0
"""One request for a mailbox and a site in so many seconds goes on to the desk."""
_NOT_KEPT = {"cache-control": "no-store"}
_trace = logging.getLogger("solicomm.web")


class Entering:
    """Lets editors of one hub's sites in and out."""

    def __init__(
        self,
        config: Config,
        sessions: Sessions,
        asking: Asking,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._sessions, self._asking = config, sessions, asking
        self._post = DeskPost(config)
        self._wrong = Lately(now, _SPAN)
        self._lately = Lately(now, _MINUTES)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def asked(self, request: Request, union: str = "") -> Response:
        """What was filled in at the way in; without a union on the page of all sites."""
        lang = wanted_language(request)
        if not is_own(request):
            return foreign(lang)
        if not self._asking.may_read(EDIT, request):
            return self._too_many(lang, union)
        form = await forms.sent(request)
        if form.get("address"):
            return await self._mailed(request, lang, union, form)
        place = self._asking.place(request)
        if not self._wrong.count(f"token {place}", WRONG_TOKENS):
            return self._too_many(lang, union)
        token = form.get("token").strip()
        grant, first = await asyncio.to_thread(self._of_token, token, union)
        if grant is None:
            wrong = gettext(lang, "This token is not known for this site, or it was revoked.")
            return self.door(lang, union, wrong, 403)
        self._wrong.forget(f"token {place}")
        return self._begun(request, grant, first, f"/edit/{union}/" if union else "/edit/")

    def _of_token(self, token: str, union: str) -> tuple[Grant | None, str]:
        """Whose token it is, and a site that it opens."""
        editors = self._sessions.editors
        if union:
            return editors.of_token(token, union), union
        grants = editors.all_of_token(token)
        sites = editors.sites_of(grants)
        return (grants[0], next(iter(sites))) if sites else (None, "")

    async def _mailed(self, request: Request, lang: str, union: str, form: forms.Sent) -> Response:
        address, union = givenaddress.read(form.get("address")), union or form.get("site")
        if wrong := givenaddress.wrong(address, lang):
            return self.door(lang, union, wrong, 400)
        about = f"{union}/{mailbox(address)}"
        if self._lately.has_room(about, 1):
            if not self._asking.may(EDIT, request, address):
                of_day = self._asking.is_of_day(EDIT, request, address)
                return self.door(lang, union, too_many(lang, of_day=of_day), 429)
            with self._lately.counting(about):
                if siteedits.exists(self._config, union):
                    # the desk looks whose it is: here it takes as long for everybody
                    await self._post.put(f"{PREFIX}-{union}", Mailbox("", address), lang)
        told = gettext(
            lang, "If this is the address of an editor, a mail with a link is on its way."
        )
        return pages.said(lang, gettext(lang, "Edit the site"), escape(told))

    def door(
        self, lang: str, union: str, wrong: str = "", status: int = 200, written: str = ""
    ) -> Response:
        """The ways in, and what was `written` by who is out."""
        sites = [] if union else sorted(path.stem for path in self._config.unions.glob("*.git"))
        return pages.login(lang, union, escape(wrong), status, sites, written)

    def _too_many(self, lang: str, union: str) -> Response:
        return self.door(
            lang, union, gettext(lang, "Too many attempts. Please wait some minutes."), 429
        )

    def _begun(self, request: Request, grant: Grant, union: str, place: str) -> Response:
        answer = RedirectResponse(place, 303, _NOT_KEPT)
        self._sessions.begin(request, answer, grant, union)
        return answer

    async def enter(self, request: Request) -> Response:
        """The link from a mail: a button, and the way in behind it."""
        union, lang = request.path_params["union"], wanted_language(request)
        if request.method != "POST":
            return pages.entrance(lang)
        if not is_own(request):
            return foreign(lang)
        if await plainform.whole(request, 0) is None:  # it broke off: the link is good still
            return pages.entrance(lang)
        grant = await asyncio.to_thread(self._sessions.of_link, request.path_params["link"], union)
        if grant is None:
            told = gettext(lang, "This link was used already, or it is too old. Ask for another.")
            title = gettext(lang, "Edit the site")
            return pages.said(lang, title, escape(told), 403, f"/edit/{union}/")
        return self._begun(request, grant, union, f"/edit/{union}/")

    async def leave(self, request: Request) -> Response:
        """The end of a session of the editor's own."""
        union = request.path_params.get("union", "")
        form = await forms.sent(request)
        visitor = await asyncio.to_thread(self._sessions.visitor, request)
        place = f"/edit/{union}/" if union else "/edit/"
        answer = RedirectResponse(place, 303, _NOT_KEPT)
        if visitor is not None and visitor.own and visitor.is_marked(form.get("mark")):
            self._sessions.end(request, answer)
        return answer


def ended(lang: str, written: str) -> str:
    """What is said to who is out and has `written` something."""
    return gettext(lang, "You are not signed in any more, so nothing was done.") if written else ""


def foreign(lang: str, written: str = "") -> Response:
    """A form that is not ours, or one of ours from before somebody came in anew."""
    told = gettext(
        lang, "This form is too old, or another site sent it. Go back and load it again."
    )
    more = pages.typed(lang, written)
    return pages.said(lang, gettext(lang, "Edit the site"), escape(told), 403, more=more)


def failed(lang: str, written: str, error: Exception) -> Response:
    """Where the hub could not do what was asked, as on a full disk: what was `written` is there."""
    _trace.error("what an editor sent was not kept", exc_info=error)
    told = escape(gettext(lang, "That did not work. Please try again in a moment."))
    more = pages.typed(lang, written)
    return pages.said(lang, gettext(lang, "Edit the site"), told, 503, more=more)


def nothing(lang: str) -> Response:
    """Where nothing is."""
    told = escape(gettext(lang, "There is nothing here."))
    return pages.said(lang, gettext(lang, "Edit the site"), told, 404)
