"""`POST /conferences/<id>/` and `POST /conferences/<id>/t/<tid>/`: what is written on the page.

    signed in  → a mail in spool/in → the page of the post, as soon as it shows it
    otherwise  → private/written    → one mail that asks, at most one an hour to an address
                                      (asking.py) → /confirm/<token> (confirming.py) → spool/in

What comes from a page goes the way of all mail from then on. What cannot be taken comes back in the
form with what is wrong; how often a place may have mail sent says web/asking.py. Nothing that a
stranger is told, or that happens then, depends on whose address it is. docs/formats/writing.md has
each outcome.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.writing import boxes, composing, keeping, posting, waiting
from solicomm_build.features.writing import written as forms
from solicomm_build.features.writing.places import Place, Places
from solicomm_build.features.writing.showing import Showing
from solicomm_build.features.writing.waiting import Waiting
from solicomm_build.features.writing.written import Written
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.lately import Lately
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox, post_id
from solicomm_build.message.address import key as folded
from solicomm_build.message.mailbox import mailbox
from solicomm_build.message.values import Attachment
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import knownids
from solicomm_build.web import formdata
from solicomm_build.web.asking import Kind, too_many
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.formdata import Sent
from solicomm_build.web.hooks import Served
from solicomm_build.web.mine.typed import still_there
from solicomm_build.web.nodes.atnode import later
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.posted import is_own
from solicomm_build.web.signedin import Session, cookie

WRITE = Kind("letters", 20, 10, 10)
"""Letters that ask; they count with those of other pages, as the desk counts them."""
ASK = "written"
"""The subject of our own mail to the desk that has it ask."""
_HOUR = timedelta(hours=1)
"""As long the same words are one text."""
_TEXTS = 30
"""Texts an hour from one place, and of one member."""
_KEPT = 40
"""Times an hour that files of a form are kept for one place."""
_MORE = 512 * 1024  # octets of a form beside its files


class Writing:
    """The forms of one hub. What it does on the disk it does in threads. Close it."""

    def __init__(
        self, served: Served, showing: Showing, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._config, self._sessions, self._asking = served.config, served.sessions, served.asking
        self._is_node = served.is_node
        self._places = Places(served.config, served.readers)
        self._showing = showing
        self._post, self._in = DeskPost(served.config), Spool(served.config.spool_in)
        self._hour = Lately(now, 3600.0)

    def close(self) -> None:
        """Lets go of the spools."""
        self._post.close()
        self._in.close()

    async def answer(self, request: Request) -> Response:
        """What comes of a form that was sent."""
        conference, session, lang = await self._found(request)
        if conference is None:
            return await self._nowhere(request, lang)
        if not is_own(request):
            text = gettext(lang, "This did not come from a page of ours, so nothing was sent.")
            return boxes.told(lang, text, 403)
        if not self._asking.may_read(WRITE, request):
            return boxes.told(lang, f"{too_many(lang)} {still_there(lang)}", 429)
        most = min(forms.most_bytes(conference.attachments), self._config.limits.message_bytes)
        most += _MORE
        sent = await formdata.sieved(request, most)
        if sent is None:
            text = gettext(
                lang,
                "That was too much at once, so nothing was sent. Go back: your text is still in "
                "the form. Please take smaller files, or fewer.",
            )
            return boxes.told(lang, text, 413)
        written = await asyncio.to_thread(self._with_kept, conference, forms.of(sent), sent)
        place, missing = await self._place(request, conference, written)
        if missing:
            text = gettext(lang, "This topic is not here any more. You can begin a new one.")
            return await self._again(request, place, lang, written, session, [text], 404)
        if conference.posting == "announce":
            text = gettext(lang, "Only the editors write here; everyone may read.")
            return await self._again(request, place, lang, written, session, [text], 403)
        written, author = _who(written, session)
        large = forms.too_large(sent.large, conference.attachments, lang)
        if sent.get("preview"):
            status = 413 if large else 200
            return await self._again(
                request, place, lang, written, author, large, status, preview=True
            )
        is_new = place.topic is None
        wrong = forms.faults(written, conference.attachments, lang, is_new=is_new)
        if written.is_lost:
            wrong.append(_lost(lang))
        wrong += large
        if wrong:
            status = 413 if large or forms.is_too_long(written) else 422
            return await self._again(request, place, lang, written, author, wrong, status)
        return await self._taken(request, place, lang, written, author)

    async def form(self, request: Request) -> Response | None:
        """The form for an answer to one post (`?to=<mid>`); None where there is no such page."""
        conference, session, lang = await self._found(request)
        if conference is None:
            return None
        blank = Written(to=request.query_params.get("to", ""))
        place, missing = await self._place(request, conference, blank)
        if missing or place.to is None or conference.posting == "announce":
            return None
        return await self._again(request, place, lang, blank, session, [], 200)

    def _with_kept(self, conference: Conference, written: Written, sent: Sent) -> Written:
        """The text with the files that were kept for it, before those that were chosen now."""
        if not written.kept:
            return written
        found = keeping.kept(self._config, conference.id, written.kept)
        files = [one for nth, one in enumerate(found) if sent.get(f"keep{nth}")]
        is_lost = not found and bool(sent.get("keep0"))
        return replace(written, files=(*files, *written.files), before=len(files), is_lost=is_lost)

    # -- who and where ---------------------------------------------------------------------------

    async def _found(self, request: Request) -> tuple[Conference | None, Session | None, str]:
        """The conference, None where there is no such place for who asks; who is signed in, and the
        language to speak."""
        session = None
        if cookie(request):
            session = await asyncio.to_thread(self._sessions.of, request)
        name = request.path_params["conference"]
        conference = await asyncio.to_thread(self._places.conference, name, session)
        lang = request.path_params.get("lang", "")
        if conference is None or (lang and lang not in i18n.LANGUAGES):
            spoken = lang if lang in i18n.LANGUAGES else wanted_language(request)
            return None, session, spoken
        return conference, session, lang or _language(request, conference)

    async def _nowhere(self, request: Request, lang: str) -> Response:
        """There is no such place; with what was typed, for it may be one for members only, and
        whoever wrote there not signed in any more. It says the same whatever there is."""
        words = ""
        if is_own(request) and self._asking.may_read(WRITE, request):
            sent = await formdata.sieved(request, _MORE)
            words = "\n\n".join(filter(None, map(sent.get, ("subject", "text")))) if sent else ""
        return boxes.nowhere(lang, gettext(lang, "There is no such place."), words)

    async def _place(
        self, request: Request, conference: Conference, written: Written
    ) -> tuple[Place, bool]:
        """Where it goes, and whether the topic that was asked for is missing."""
        tid = request.path_params.get("topic", "")
        if not tid:
            return Place(conference), False
        place = await asyncio.to_thread(self._places.topic, conference, tid, written.to)
        return (place or Place(conference)), place is None

    async def _again(
        self,
        request: Request,
        place: Place,
        lang: str,
        written: Written,
        session: Session | None,
        wrong: list[str],
        status: int,
        *,
        preview: bool = False,
    ) -> Response:
        """The form again, with its files kept."""
        if written.before and keeping.used_for(self._config, written.kept):
            written = replace(written, files=written.files[written.before :])
        files = keeping.worth(written.files, place.conference.attachments, lang)
        if files:
            where = self._asking.place(request)
            kept = await asyncio.to_thread(self._keep, written, place.conference.id, files, where)
            written = replace(written, files=tuple(files if kept else written.files), kept=kept)
        else:
            written = replace(written, kept="")
        return boxes.form(
            place,
            lang,
            self._config.domain,
            written,
            session,
            wrong=wrong,
            status=status,
            preview=preview,
        )

    def _keep(
        self, written: Written, conference: str, files: Sequence[Attachment], where: str
    ) -> str:
        """The token of the files for the next time: the one that came, where it has just these."""
        if written.kept and not keeping.used_for(self._config, written.kept):
            if keeping.kept(self._config, conference, written.kept) == [*files]:
                return written.kept
            keeping.forget(self._config, written.kept)
        if self._is_node or not self._hour.count(f"files {where}", _KEPT):
            return ""
        return keeping.keep(self._config, conference, files)

    # -- taking ----------------------------------------------------------------------------------

    async def _taken(
        self,
        request: Request,
        place: Place,
        lang: str,
        written: Written,
        session: Session | None,
    ) -> Response:
        where = self._asking.place(request) if session is None else str(session.member.number)
        if not self._hour.count(f"text {where}", _TEXTS):
            return await self._again(request, place, lang, written, session, [_many(lang)], 429)
        now = clock.now()
        name = await asyncio.to_thread(self._name, written, place, now)
        used = keeping.used_for(self._config, written.kept)
        if written.before and used not in ("", name):  # it has made another post
            return await self._again(request, place, lang, written, session, [_lost(lang)], 422)
        try:
            raw = composing.mail(self._config, written, place, name, now)
        except MessageError:
            text = gettext(lang, "This cannot be sent: there are odd characters in a line.")
            return await self._again(request, place, lang, written, session, [text], 422)
        conference = place.conference
        own = knownids.made(self._config, conference, f"{name}@{self._config.domain}")
        mid, topic = str(post_id(own)), str(place.topic or "")
        at = now.isoformat(timespec="seconds")
        waits = Waiting(name, written.email, conference.id, topic, mid, at, raw)
        if session is not None:
            if written.key and (there := await self._showing.now(conference, topic, mid)):
                return RedirectResponse(there, 303, {"cache-control": "no-store"})
            if self._is_node:
                await asyncio.to_thread(posting.hand_over, self._config, self._in, waits)
            else:
                await asyncio.to_thread(posting.post, self._config, self._in, waits)
                keeping.use(self._config, written.kept, name)
            outcome = await self._showing.until(conference, topic, mid)
            if outcome.what == "shown":
                return RedirectResponse(outcome.url, 303, {"cache-control": "no-store"})
            return boxes.became(outcome, place.url, conference, lang)
        if self._is_node:  # what waits for a yes lies where cell 0 is
            text = later(lang)
            return await self._again(request, place, lang, written, None, [text], 503)
        if not await self._waits(request, waits, written.author, lang):
            of_day = self._asking.is_of_day(WRITE, request, waits.address)
            text = _tomorrow(lang) if of_day else _many(lang)
            return await self._again(request, place, lang, written, None, [text], 429)
        keeping.use(self._config, written.kept, name)
        return boxes.asked(lang)

    def _name(self, written: Written, place: Place, now: datetime) -> str:
        """What the text is called: as it was when it came before the full hour, where that is less
        than an hour ago."""
        before = composing.name_of(self._config, written, place, now - _HOUR)
        came = waiting.get(self._config, written.email, before)
        if came is not None and now - datetime.fromisoformat(came.at) < _HOUR:
            return before
        return composing.name_of(self._config, written, place, now)

    async def _waits(self, request: Request, waits: Waiting, author: Mailbox, lang: str) -> bool:
        """Keeps a text for a yes, and has the address asked unless it was within the hour."""
        box = mailbox(waits.address)
        asks = self._hour.has_room(f"asked {box}", 1)
        if asks and not self._asking.may(WRITE, request, waits.address):
            return False
        if not await asyncio.to_thread(waiting.put, self._config, waits):
            return False
        if asks:
            plain = replace(author, name="")
            with self._hour.counting(f"asked {box}"):
                await self._post.put(waits.conference, plain, lang, waits.name, subject=ASK)
        return True


def _language(request: Request, conference: Conference) -> str:
    """The language to speak where the address names none: the conference's, whose page is in it.
    A topic has one page for readers of all languages, so there the reader's comes first."""
    own = next((tag for tag in conference.languages if tag in i18n.LANGUAGES), "en")
    is_topic = "topic" in request.path_params
    return wanted_language(request, otherwise=own) if is_topic else own


def _who(written: Written, session: Session | None) -> tuple[Written, Session | None]:
    """Who writes: the member who is signed in, unless another address was typed."""
    if session is None or (
        written.email and folded(written.email) != folded(session.member.address)
    ):
        return written, None
    member = session.member
    return written.by(Mailbox(written.name or member.name, member.address)), session


def _lost(lang: str) -> str:
    return gettext(lang, "Your files are not here any more. Please choose them again.")


def _tomorrow(lang: str) -> str:
    return gettext(
        lang,
        "There were too many requests. Please try again tomorrow, or write by mail. What you wrote "
        "is still here:",
    )


def _many(lang: str) -> str:
    return gettext(
        lang,
        "There were too many requests. Please try again in an hour, or write by mail. What you "
        "wrote is still here:",
    )
