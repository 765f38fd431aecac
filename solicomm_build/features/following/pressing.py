"""Pages by which somebody follows a topic, stops, or mutes it: without scripts, without a login.

    POST /conferences/<id>/t/<tid>/follow   signed in: done, and back to the topic (303)
                                            else: a mail with one button, the same for everybody
    POST /unfollow/<token>                  done (RFC 8058); GET asks, and changes nothing

A post from another site does nothing (Origin, Sec-Fetch-Site, and the cookie is SameSite=Lax). An
address is asked once an hour at most about what somebody says in its name, and ten times a day.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.following import asking, links, topics, words
from solicomm_build.features.following.follows import Follows
from solicomm_build.features.following.words import FOLLOW, MUTE, UNFOLLOW
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.lately import Lately
from solicomm_build.foundation.types import Mailbox
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.message.mailbox import mailbox
from solicomm_build.people import token as tokens
from solicomm_build.people.address import SITE, Purpose, local_part
from solicomm_build.people.membership import TokenFacts
from solicomm_build.post.conference import Conference
from solicomm_build.web import givenaddress
from solicomm_build.web.asking import Kind, too_many
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.hooks import Served
from solicomm_build.web.plainform import fields as fields_of
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own
from solicomm_build.web.signedin import Session

ASK = Kind("letters", 30, 10, 10)
_HOUR = 3600.0
_TID = re.compile(r"[a-z2-7]{32}")
_OPEN = ("public", "unlisted")

Answer = Callable[[Request], Awaitable[Response]]


class Pressing:
    """The pages of one hub. What it reads of the disk it reads in threads. Close it."""

    def __init__(self, served: Served) -> None:
        self._served, self._config = served, served.config
        self._follows = Follows(served.config)
        self._post = DeskPost(served.config)
        self._asked = Lately(time.monotonic, _HOUR)

    def close(self) -> None:
        """Lets go of the files."""
        self._follows.close()
        self._post.close()

    # -- a topic's buttons ---------------------------------------------------------------------

    def about(self, what: str) -> Answer:
        """What answers at one of the addresses below a topic."""

        async def answer(request: Request) -> Response:
            return await self._about(request, what)

        return answer

    async def _about(self, request: Request, what: str) -> Response:
        said = request.path_params.get("lang", "")
        lang = said if said in i18n.LANGUAGES else wanted_language(request)
        name, tid = request.path_params["conference"], request.path_params["topic"]
        session = await asyncio.to_thread(self._served.sessions.of, request)
        found = await asyncio.to_thread(self._found, name, tid, session)
        if found is None:
            text = gettext(lang, "There is no such topic, or you may not read it.")
            return _page(lang, gettext(lang, "Follow a topic"), [text], 404)
        conference, title = found
        if request.method != "POST":
            return self._form(lang, conference, tid, title, what, session)
        if not is_own(request):
            text = gettext(lang, "This came from another site, so nothing was done.")
            return _page(lang, gettext(lang, "Follow a topic"), [text], 403)
        if session is not None:
            await asyncio.to_thread(self._wish, session, name, tid, what, lang)
            back = request.url.path.rpartition("/")[0] + "/"
            return RedirectResponse(back, 303, {"cache-control": "no-store"})
        return await self._ask(request, lang, conference, tid, title, what)

    def _found(self, name: str, tid: str, session: Session | None) -> tuple[Conference, str] | None:
        """A conference that may be read with its topic's title; None for all others alike."""
        conference = self._served.readers.settings().get(name)
        if conference is None or not _TID.fullmatch(tid) or not conference.has_pages:
            return None
        if conference.visibility not in _OPEN and not (
            session is not None and self._served.readers.may_read(session.member.number, name)
        ):
            return None
        with Reader(open_repo(self._config.conference_repo(name))) as reader:
            if not topics.exists(reader, tid):
                return None
            return conference, topics.title(reader, tid)

    def _wish(self, session: Session, name: str, tid: str, what: str, lang: str) -> None:
        member = session.member
        asking.wish(
            self._follows,
            name,
            tid,
            what,
            address=member.address,
            number=member.number,
            lang=member.lang or lang,
            member=name in self._served.readers.own(member.number).lists,
            at=clock.now(),
        )

    def _form(
        self,
        lang: str,
        conference: Conference,
        tid: str,
        title: str,
        what: str,
        session: Session | None,
        *,
        address: str = "",
        wrong: str = "",
    ) -> Response:
        """Asks; with a field for the address of who is not signed in."""
        fault = f'<p role="alert"><strong>{escape(wrong)}</strong></p>' if wrong else ""
        field = ""
        if session is None:
            label = escape(gettext(lang, "Your e-mail address"))
            field = (
                f'<p><label>{label}<br><input type="email" dir="ltr" name="email" required'
                f' value="{escape(address)}" autocomplete="email" maxlength="254"></label></p>'
            )
        rest = gettext(lang, "We write to this address and ask. Nothing happens before.")
        calm = f"<p>{escape(rest)}</p>" if session is None else ""
        button = f'<p><button type="submit">{escape(_button(lang, what))}</button></p>'
        inside = f'{self._topic(conference, tid, title)}{fault}<form method="post">{field}{button}'
        others = (one for one in (FOLLOW, UNFOLLOW, MUTE) if one != what)
        ways = "".join(
            f'<li><a href="{one}">{escape(_button(lang, one))}</a></li>' for one in others
        )
        all_ = gettext(
            lang, "All of this place: each post, daily, weekly, only answers, or nothing"
        )
        mine = session is not None and conference.id in self._lists(session)
        more = "/members/lists/" + (f"{conference.id}/" if mine else "join/")
        ways += f'<li><a href="{more}">{escape(all_)}</a></li>'
        title_ = gettext(lang, "Follow a topic") if what == FOLLOW else _button(lang, what)
        inside = f"{inside}</form>{calm}<ul>{ways}</ul>"
        return _page(lang, title_, [], 400 if wrong else 200, inside=inside)

    def _lists(self, session: Session) -> Collection[str]:
        return self._served.readers.own(session.member.number).lists

    async def _ask(
        self,
        request: Request,
        lang: str,
        conference: Conference,
        tid: str,
        title: str,
        what: str,
    ) -> Response:
        """Has the desk ask the address by mail. The page is the same whoever that is."""
        if not self._served.asking.may_read(ASK, request):
            return self._too_many(lang)
        address = givenaddress.read((await fields_of(request)).get("email", ""))
        if not address:
            return self._form(lang, conference, tid, title, what, None)
        if wrong := givenaddress.wrong(address, lang):
            form = (lang, conference, tid, title, what, None)
            return self._form(*form, address=address, wrong=wrong)
        about = f"{conference.id}/{tid}/{what}/{mailbox(address)}"
        if self._asked.has_room(about, 1):
            if not self._served.asking.may(ASK, request, address):
                of_day = self._served.asking.is_of_day(ASK, request, address)
                return self._too_many(lang, of_day=of_day)
            to = local_part(conference.id, Purpose.TOPIC, tid)
            with self._asked.counting(about):
                said = words.shown(what, "en") + "\n"
                await self._post.put(to, Mailbox("", address), lang, said)
        text = gettext(
            lang, "In a few minutes you get a mail. Press the button in it; then it holds."
        )
        spam = gettext(lang, "No mail? Look into the folder for spam. We write once a day at most.")
        inside = self._topic(conference, tid, title)
        return _page(lang, gettext(lang, "Thank you"), [text, spam], inside=inside)

    def _too_many(self, lang: str, *, of_day: bool = False) -> Response:
        text = too_many(lang, of_day=of_day)
        answer = _page(lang, gettext(lang, "Follow a topic"), [text], 429)
        answer.headers["retry-after"] = "86400" if of_day else "3600"
        return answer

    def _topic(self, conference: Conference, tid: str, title: str) -> str:
        link = f"/conferences/{conference.id}/t/{tid}/"
        return f'<p><a href="{link}" dir="auto">{escape(title or link)}</a></p>'

    # -- behind the link of the asking mail -------------------------------------------------------

    async def confirm(self, request: Request, facts: TokenFacts) -> Response:
        """`/confirm/<token>`: GET asks, POST does it."""
        said, what = str(facts.data.get("lang", "")), str(facts.data.get("what", FOLLOW))
        lang = said if said in i18n.LANGUAGES else wanted_language(request)
        tid = str(facts.data.get("tid", ""))
        link = topics.address(self._config, facts.conference, tid)
        place = f'<p><a dir="ltr" href="{escape(link)}">{escape(link)}</a></p>'
        if request.method == "POST":
            plain = tokens.normalise(request.path_params["token"]) or ""
            await self._post.put(f"{SITE}-confirm+{plain}", Mailbox("", facts.address), lang)
            text = gettext(lang, "Done. A mail tells you in a moment what is now.")
            return _page(lang, gettext(lang, "Thank you"), [text], inside=place)
        button = escape(_button(lang, what))
        form = f'<form method="post"><p><button type="submit">{button}</button></p></form>'
        calm = gettext(lang, "If you do not want it, close this page: nothing happens then.")
        inside = f"{place}{form}<p>{escape(calm)}</p>"
        return _page(lang, gettext(lang, "Please confirm"), [_question(lang, what)], inside=inside)

    # -- behind the link of each mail -------------------------------------------------------------

    async def stop(self, request: Request) -> Response:
        """`/unfollow/<token>`: GET asks, POST ends it, also of a program without a page."""
        token = request.path_params["token"]
        number = links.number_of(self._config.keys, token)
        lang, place = await asyncio.to_thread(self._meant, number, wanted_language(request))
        if request.method == "POST":
            if number is not None:
                await asyncio.to_thread(asking.stop, self._follows, number, clock.now())
            text = gettext(lang, "No more mail about this topic comes to you.")
            return _page(lang, gettext(lang, "Unfollow"), [text], inside=place)
        button = escape(_button(lang, UNFOLLOW))
        form = (
            '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
            f'<p><button type="submit">{button}</button></p></form>'
        )
        calm = gettext(lang, "If you did not ask for this, close this page: nothing has changed.")
        question = _question(lang, UNFOLLOW)
        inside = f"{place}{form}<p>{escape(calm)}</p>"
        return _page(lang, gettext(lang, "Unfollow"), [question], inside=inside)

    def _meant(self, number: int | None, lang: str) -> tuple[str, str]:
        """The language of who holds a link, and the topic as HTML; nothing for a strange link."""
        found = self._follows.by_id(number) if number is not None else None
        if found is None:
            return lang, ""
        conference = self._served.readers.settings().get(found.conference)
        member = self._served.readers.member(found.person.number) if found.person.number else None
        said = (found.person.lang or (member.lang if member else "")).partition("-")[0]
        lang = said if said in i18n.LANGUAGES else lang
        if conference is None or conference.visibility not in _OPEN:
            return lang, ""
        with Reader(open_repo(self._config.conference_repo(found.conference))) as reader:
            title = topics.title(reader, found.tid)
        return lang, self._topic(conference, found.tid, title)


def _button(lang: str, what: str) -> str:
    if what == MUTE:
        return gettext(lang, "Mute this topic")
    return gettext(lang, "Follow this topic") if what == FOLLOW else gettext(lang, "Unfollow")


def _question(lang: str, what: str) -> str:
    if what == FOLLOW:
        return gettext(lang, "Shall what is written in this topic come to you by mail?")
    if what == MUTE:
        return gettext(lang, "Do you want nothing of this topic any more?")
    return gettext(lang, "Do you want no more mail about this topic?")


def _page(
    lang: str, title: str, texts: list[str], status: int = 200, *, inside: str = ""
) -> Response:
    """A whole page; `texts` are plain, `inside` is HTML."""
    return page(lang, title, "".join(f"<p>{escape(text)}</p>" for text in texts) + inside, status)
