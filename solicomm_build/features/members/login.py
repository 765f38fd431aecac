"""`/login/`, `/login/<link>` and `/logout/`: members sign in by a link that comes by mail.

    POST /login/         → a request in spool/desk → the desk writes, if it knows the address
    GET  /login/<link>   a question with a button: programs that check mail open every link
    POST /login/<link>   signs in, and leads to the page that was asked for

The answer to a request is the same, and comes as soon, whoever the address belongs to. Where to go
afterwards comes from the page that led here, in a field that holds a path of ours and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.members import signedout
from solicomm_build.foundation.hub import webhost
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.lately import Lately
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.mailbox import mailbox
from solicomm_build.people.address import SITE
from solicomm_build.people.sessions import DAY, STAYS
from solicomm_build.web import givenaddress, hooks
from solicomm_build.web.asking import LOGIN, Asking, too_many
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.plainform import fields, whole
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_here, is_own
from solicomm_build.web.signedin import MemberSessions

HOME = "/members/"
_MINUTES = 300.0
"""One request for a mailbox in so many seconds goes on to the desk."""


class SigningIn:
    """The pages of one hub. What they do on the disk they do in threads. Close it."""

    def __init__(
        self,
        config: Config,
        sessions: MemberSessions,
        asking: Asking | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._name = config, config.name
        self._sessions = sessions
        self._post = DeskPost(config)
        self._asking = asking or Asking(config, now)
        self._lately = Lately(now, _MINUTES)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def ask(self, request: Request) -> Response:
        """The form for an address, and what is sent with it."""
        lang = wanted_language(request)
        if request.method != "POST":
            if await asyncio.to_thread(self._sessions.of, request):
                return _to(_came_from(request) or HOME)
            return self._form(lang, _came_from(request))
        if not is_own(request):
            return self._form(lang, "", status=403)
        if not self._asking.may_read(LOGIN, request):
            return self._too_many(lang)
        sent = await fields(request)
        address = givenaddress.read(sent.get("address", ""))
        place = webhost.own_path(sent.get("to", ""))
        if wrong := givenaddress.wrong(address, lang):
            return self._form(lang, place, address, wrong=wrong, status=400)
        who = mailbox(address)
        if self._lately.has_room(who, 1):
            if not self._asking.may(LOGIN, request, address):
                of_day = self._asking.is_of_day(LOGIN, request, address)
                return self._too_many(lang, of_day=of_day)
            with self._lately.counting(who):
                await self._post.put(f"{SITE}-login", Mailbox("", address), lang, place)
        return page(
            lang,
            self._title(lang),
            _text(
                gettext(
                    lang,
                    "Thank you. If this address is a member's, a mail with a link comes in a few "
                    "minutes. Open the link on this device, within 30 minutes.",
                ),
                gettext(
                    lang,
                    "No mail? Look into the folder for spam, and use the address that you get the "
                    "mail of your conferences at. One link comes in five minutes at most.",
                ),
            ),
        )

    async def enter(self, request: Request) -> Response:
        """The question behind a link, and the yes to it."""
        lang, text = wanted_language(request), request.path_params["link"]
        link = await asyncio.to_thread(self._sessions.of_link, text)
        is_pressed = request.method == "POST" and is_own(request)
        if link is None:
            here = await asyncio.to_thread(self._sessions.of, request)
            was_pressed_twice = is_pressed and here is not None
            return _to(HOME) if was_pressed_twice else self._spent(lang)
        if not is_pressed:
            return self._question(lang)
        sent = await whole(request, 0)
        if sent is None:  # it broke off: the link is good still
            return self._question(lang)
        stays = sent.get("stay") == "yes"
        answer = _to(link.place or HOME)
        span = STAYS if stays else DAY
        begun = await asyncio.to_thread(
            self._sessions.begin, request, answer, text, span, stays=stays
        )
        return answer if begun else self._spent(lang)

    async def leave(self, request: Request) -> Response:
        """The question, and the end of the session in this browser."""
        lang = wanted_language(request)
        title = gettext(lang, "Sign out")
        if request.method != "POST" or not is_own(request):
            form = f'<form method="post"><p>{_button(title)}</p></form>'
            return page(lang, title, form)
        answer = signed_out(lang)
        await asyncio.to_thread(self._sessions.end, request, answer)
        return answer

    def _title(self, lang: str) -> str:
        return gettext(lang, "Sign in to %(hub)s", hub=self._name)

    def _too_many(self, lang: str, *, of_day: bool = False) -> Response:
        return page(lang, self._title(lang), _text(too_many(lang, of_day=of_day)), 429)

    def _form(
        self, lang: str, place: str, address: str = "", *, wrong: str = "", status: int = 200
    ) -> Response:
        label = escape(gettext(lang, "Your e-mail address"))
        fault = f'<p role="alert"><strong>{escape(wrong)}</strong></p>' if wrong else ""
        why = gettext(
            lang,
            "Signed in, you see in My hub who answered you, what is new and what waits for you, "
            "and you choose there how your lists reach you. What you write on a page stands there "
            "at once, and you read what is for members only.",
        )
        how = gettext(lang, "It needs no password: we send a link to your address.")
        calm = gettext(lang, "Nobody is told whether an address is on a list.")
        inside = (
            f'{_text(why, how)}{fault}<form method="post" action="/login/">'
            f'<p><label>{label}<br><input type="email" dir="ltr" required name="address" '
            f'value="{escape(address)}" autocomplete="email" maxlength="254"></label></p>'
            f'<input type="hidden" name="to" value="{escape(place)}">'
            f"<p>" + _button(gettext(lang, "Send me a link")) + f"</p></form>{_text(calm)}"
        )
        inside += hooks.ways_in(self._config, lang, place)
        return page(lang, self._title(lang), inside, status)

    def _question(self, lang: str) -> Response:
        stay = escape(
            gettext(lang, "Stay signed in here for 30 days (not on a machine that others use, too)")
        )
        calm = gettext(lang, "You did not ask for this? Close this page: nothing happens then.")
        inside = (
            '<form method="post"><p><label><input type="checkbox" name="stay" value="yes"> '
            f"{stay}</label></p><p>"
            + _button(gettext(lang, "Sign in"))
            + f"</p></form>{_text(calm)}"
        )
        return page(lang, self._title(lang), inside)

    def _spent(self, lang: str) -> Response:
        text = gettext(lang, "This link was used already, or it is too old.")
        again = escape(gettext(lang, "Ask for a new one"))
        inside = f'{_text(text)}<p><a href="/login/">{again}</a></p>'
        return page(lang, self._title(lang), inside, 404)


def signed_out(lang: str) -> Response:
    """The page for who is signed out now. Whoever answers with it ends the session."""
    done = gettext(
        lang, "You are signed out. Pages that were open can still be seen until you close them."
    )
    back = '<p><a href="/login/">' + escape(gettext(lang, "Sign in again")) + "</a></p>"
    return page(lang, gettext(lang, "Signed out"), _text(done) + back, more=signedout.tag())


def _came_from(request: Request) -> str:
    """The path of ours that led here: in the address, or as the browser says of our own pages."""
    said = webhost.own_path(request.query_params.get("to", ""))
    if said:
        return said
    referrer = request.headers.get("referer", "")
    if request.headers.get("host") and is_here(referrer, request):
        return webhost.own_path(urlsplit(referrer).path)
    return ""


def _to(place: str) -> Response:
    return RedirectResponse(place, 303, {"cache-control": "no-store"})


def _text(*texts: str) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _button(text: str) -> str:
    return f'<button type="submit">{escape(text)}</button>'
