"""`/confirm/<token>` of a mail that asked about texts from a page: shows what waits, and posts it.

GET shows each text of that address as it will look, with its own buttons, and changes nothing:
programs that check mail open every link. A text that somebody else wrote with this address is not
posted by saying yes to one's own. The token stays good for its time; a text is posted once.
"""

from __future__ import annotations

import asyncio
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.writing import boxes, posting, waiting
from solicomm_build.features.writing.showing import Showing
from solicomm_build.features.writing.waiting import Waiting
from solicomm_build.foundation import formernames, i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.people.membership import TokenFacts
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import placesettings
from solicomm_build.web import formdata
from solicomm_build.web.plainpage import page, wanted_language

ACTION = "written"
"""The action of the token."""
DROPPED = "dropped"
_FORM = 8 * 1024  # octets


class Confirming:
    """The pages of one hub. Close it."""

    def __init__(self, config: Config, showing: Showing) -> None:
        self._config, self._showing = config, showing
        self._settings = placesettings.conferences(config)
        self._in = Spool(config.spool_in)

    def close(self) -> None:
        """Lets go of the spool."""
        self._in.close()

    async def answer(self, request: Request, facts: TokenFacts) -> Response:
        """What waits for an address, and what is said to it."""
        said = facts.data.get("lang")
        lang = (
            said if isinstance(said, str) and said in i18n.LANGUAGES else wanted_language(request)
        )
        if request.method != "POST":
            return await asyncio.to_thread(self._shown, facts.address, lang)
        sent = await formdata.sent(request, _FORM)
        name = (sent.get("text") or sent.get("drop")) if sent else ""
        found = await asyncio.to_thread(waiting.get, self._config, facts.address, name)
        if sent is None or found is None:
            return await asyncio.to_thread(self._shown, facts.address, lang)
        if sent.get("drop"):
            if not found.became:
                await asyncio.to_thread(waiting.settle, self._config, found, DROPPED)
            return await asyncio.to_thread(self._shown, facts.address, lang)
        return await self._posted(found, lang)

    async def _posted(self, text: Waiting, lang: str) -> Response:
        """Posts a text, unless it was; leads to where it is."""
        conference = await asyncio.to_thread(self._conference, text.conference)
        if conference is None or text.became == DROPPED:
            gone = gettext(lang, "This text was thrown away. Nothing was posted.")
            return boxes.told(lang, gone, 200)
        if not text.became:
            await asyncio.to_thread(posting.post, self._config, self._in, text)
        outcome = await self._showing.until(conference, text.topic, text.mid)
        if outcome.what == "shown":
            return RedirectResponse(outcome.url, 303, {"cache-control": "no-store"})
        own = f"/conferences/{conference.id}/"
        return boxes.became(
            outcome, f"{own}t/{text.topic}/" if text.topic else own, conference, lang
        )

    def _conference(self, name: str) -> Conference | None:
        """The conference that was called so when the text was written."""
        config = self._config
        return self._settings.now().get(
            formernames.current(config.private, config.conferences, name)
        )

    def _shown(self, address: str, lang: str) -> Response:
        """All that waits, each with its buttons."""
        texts = waiting.of(self._config, address)
        if not texts:
            none = gettext(lang, "Nothing waits for you any more.")
            return page(lang, gettext(lang, "Your texts"), f"<p>{escape(none)}</p>")
        calm = gettext(
            lang,
            "Below is what was written with your address. Nothing is posted before you say so. If "
            "something is not yours, throw it away, or simply close this page.",
        )
        rows = "".join(self._one(text, lang) for text in texts)
        return page(
            lang, gettext(lang, "Do you want to post this?"), f"<p>{escape(calm)}</p>{rows}"
        )

    def _one(self, text: Waiting, lang: str) -> str:
        message = parse(text.raw)
        conference = self._conference(text.conference)
        where = conference.title_in(lang) if conference else text.conference
        name = message.from_[0].name if message.from_ else ""
        files = [(one.name, len(one.payload)) for one in message.attachments]
        yes = escape(gettext(lang, "Post it"))
        no = escape(gettext(lang, "Throw it away"))
        return (
            f"<article><h2><bdi>{escape(message.subject)}</bdi></h2>"
            f"<p><bdi>{escape(name)}</bdi> · <bdi>{escape(where)}</bdi></p>"
            f"{boxes.body_html(message.text)}{boxes.files_html(files, lang)}"
            f'<form method="post"><p><button type="submit" name="text" value="{text.name}">{yes}'
            f'</button> <button type="submit" name="drop" value="{text.name}">{no}</button></p>'
            "</form></article>"
        )
