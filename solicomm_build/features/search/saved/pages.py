"""*Save this search*: its feed, the form that asks for a mail a week, and the link that ends one.

GET  /search/feed.xml?q=…   what everybody may read, the newest first (RFC 4287)
POST /search/save           signed in: saved, and said; else a mail that asks, the same for all
POST /search/stop/<token>   ended (RFC 8058); GET asks, and changes nothing
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from solicomm_build.features.search import asked, finding
from solicomm_build.features.search.asked import Asked
from solicomm_build.features.search.engine.document import Row
from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.saved import saving, store
from solicomm_build.features.search.saved.store import LONGEST
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people.address import SITE
from solicomm_build.web import givenaddress
from solicomm_build.web.asking import Kind, too_many
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.hooks import Served
from solicomm_build.web.plainform import fields as fields_of
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own
from solicomm_build.web.shares import Shares

ASK = Kind("letters", 30, 10, 10)
_SHOWN, _LOOKED_AT, _WAITING = 30, 200, 8


def lasting(wanted: Asked) -> Asked:
    """What of a search goes on: not its year, nor its page."""
    return replace(wanted, when="", number=1, scriptless=False)


def form(wanted: Asked, lang: str, up: str, *, is_member: bool) -> str:
    """What stands below the results."""
    kept = lasting(wanted)
    fields = {"q": kept.text, **kept.chosen}
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    label, ask = escape(gettext(lang, "Your e-mail address")), ""
    if not is_member:
        ask = f'<label for="save">{label}</label><input id="save" type="email" dir="ltr" '
        ask += 'name="email" required autocomplete="email" maxlength="254">'
    calm = gettext(lang, "We write to this address and ask. Nothing happens before.")
    calm = "" if is_member else f'<p class="meta">{escape(calm)}</p>'
    save = escape(gettext(lang, "Save this search"))
    button = escape(gettext(lang, "Mail me what is new, once a week"))
    reader = escape(gettext(lang, "Or follow it in a feed reader"))
    feed = escape(f"{up}search/feed.xml?{urlencode(fields)}")
    return (
        f'<details class="part save"><summary>{save}</summary>'
        f'<form class="find" method="post" action="{up}search/save">{hidden}<p>{ask}'
        f'<button class="button">{button}</button></p>{calm}</form>'
        f'<p><a type="application/atom+xml" href="{feed}">{reader}</a></p></details>'
    )


class Saving:
    """The pages of one hub. Close it."""

    def __init__(self, served: Served) -> None:
        self._served, self._config = served, served.config
        self._post = DeskPost(served.config)
        self._lock, self._shares = asyncio.Lock(), Shares(served.config.fronts)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def feed(self, request: Request) -> Response:
        """`/search/feed.xml`."""
        wanted = lasting(asked.read(request.query_params))
        if not wanted.text:
            return PlainTextResponse("Say what to look for: ?q=words\n", 400)
        if not self._shares.has_room(request, _WAITING):
            return PlainTextResponse("Too many ask just now.\n", 503, {"retry-after": "60"})
        with self._shares.taken(request):
            async with self._lock:
                text = await asyncio.to_thread(self._feed, wanted)
        headers = {"cache-control": "public, max-age=900"}
        return Response(text, headers=headers, media_type="application/atom+xml")

    def _feed(self, wanted: Asked) -> str:
        index = finding.opened(self._config)
        lang = self._config.languages[0]
        found = find([index], wanted.query, lang, _LOOKED_AT).hits if index else ()
        rows = sorted((hit.row for hit in found), key=lambda row: -row.time)[:_SHOWN]
        url = self._config.url
        own = f"{url}/search/feed.xml{wanted.link()}"
        newest = _moment(max((row.time for row in rows), default=0))
        title = f"{wanted.query} – {self._config.name}"
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<feed xmlns="http://www.w3.org/2005/Atom"><id>{escape(own)}</id>'
            f"<title>{_xml(title)}</title><updated>{newest}</updated>"
            f'<link rel="self" type="application/atom+xml" href={quoteattr(own)}/>'
            f"<link href={quoteattr(f'{url}/search/{wanted.link()}')}/>"
            f"{''.join(_entry(url, row) for row in rows)}</feed>\n"
        )

    async def save(self, request: Request) -> Response:
        """`/search/save`. The answer is the same for every address."""
        lang = wanted_language(request)
        if not is_own(request):
            text = gettext(lang, "This came from another site, so nothing was done.")
            return _page(lang, [text], 403)
        session = await asyncio.to_thread(self._served.sessions.of, request)
        if not self._served.asking.may_read(ASK, request):
            return _too_many(lang)
        fields = await fields_of(request)
        wanted = lasting(asked.read(fields))
        address = session.member.address if session else givenaddress.read(fields.get("email", ""))
        wrong = "" if session else givenaddress.wrong(address, lang)
        if not wanted.text and not wrong:
            wrong = gettext(lang, "Please write something.")
        if wrong:
            return _page(lang, [wrong], 400)
        if session is None and not self._served.asking.may(ASK, request, address):
            return _too_many(lang, of_day=self._served.asking.is_of_day(ASK, request, address))
        subject = f"watch {wanted.query}"[: LONGEST + 6]
        who = Mailbox("", address)
        sent = await self._post.put(SITE, who, lang, subject=subject, proved=session is not None)
        if session is not None:
            await self._post.is_done(sent)
            query = " ".join(subject.split()[1:])
            said, status = await asyncio.to_thread(self._became, address, query, lang)
            return _page(lang, [said], status, thanks=status == 200)
        soon = gettext(
            lang, "In a few minutes you get a mail. Press the button in it; then it holds."
        )
        return _page(lang, [soon], thanks=True)

    def _became(self, address: str, query: str, lang: str) -> tuple[str, int]:
        """What became of the search of a member, since the desk mails nobody what a page shows."""
        mine = {one.query for one in store.of(self._config, frozenset({address}))}
        if query in mine:
            return saving.saved_words(query, lang), 200
        if wrong := saving.refused(self._config, mine, query, lang):
            return wrong, 409
        later = gettext(lang, "It is being done. Load the page again in a moment to see it.")
        return later, 200

    async def stop(self, request: Request) -> Response:
        """`/search/stop/<token>`: GET asks, POST ends it, also of a program without a page."""
        lang = wanted_language(request)
        number = store.number_of(self._config, request.path_params["token"])
        if request.method == "POST":
            if number is not None:
                await asyncio.to_thread(store.remove, self._config, number)
            return _page(lang, [gettext(lang, "No mail about this search comes to you any more.")])
        button = escape(gettext(lang, "End this search"))
        inside = (
            '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
            f'<p><button type="submit">{button}</button></p></form>'
        )
        question = gettext(lang, "Do you want no more mail about this search?")
        return _page(lang, [question], inside=inside)


def _entry(url: str, row: Row) -> str:
    where = f"{url}/{row.address}"
    author = f"<author><name>{_xml(row.author or '–')}</name></author>"
    return (
        f"<entry><id>{escape(where)}</id><title>{_xml(row.title or '–')}</title>"
        f"<updated>{_moment(row.time)}</updated><link href={quoteattr(where)}/>{author}"
        f"<summary>{_xml(row.snippet)}</summary></entry>"
    )


def _xml(text: str) -> str:
    """Without what XML 1.0 cannot hold (2.2)."""
    kept = "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
    return escape(kept.encode("utf-8", "replace").decode())


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _too_many(lang: str, *, of_day: bool = False) -> Response:
    answer = _page(lang, [too_many(lang, of_day=of_day)], 429)
    answer.headers["retry-after"] = "86400" if of_day else "3600"
    return answer


def _page(
    lang: str, texts: list[str], status: int = 200, *, inside: str = "", thanks: bool = False
) -> Response:
    title = gettext(lang, "Thank you") if thanks else gettext(lang, "Save this search")
    return page(lang, title, "".join(f"<p>{escape(text)}</p>" for text in texts) + inside, status)
