"""`/join/<list>` and `/confirm/<token>`: a list is joined on the web, without JavaScript (E5.1).

    POST /join/<list>     → a request in spool/desk → the desk asks the address by mail
    POST /confirm/<token> → an answer in spool/desk → the desk does what the token allows

GET shows a form or a question and changes nothing: programs that check mail open every link. The
answer to a request is the same whoever is on the list, banned or unknown; what there is to say the
desk says in a mail, at most one a day to a mailbox. A second request for the same list and mailbox
within a day goes no further; how many there may be says web/asking.py. What is remembered of that
is in memory, as keyed hashes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.lists import confirmpage
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.lately import Lately
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.mailbox import mailbox
from solicomm_build.people import token as tokens
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import placesettings
from solicomm_build.web import givenaddress
from solicomm_build.web.asking import JOIN, Asking, too_many
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.hooks import Confirm
from solicomm_build.web.plainform import fields as fields_of
from solicomm_build.web.plainpage import chosen_language, page, wanted_language

_log = logging.getLogger("solicomm.web")

_DAY = 86_400.0


class Subscribing:
    """The two pages of one hub. What it reads of the disk it reads in threads. Close it."""

    def __init__(
        self,
        config: Config,
        asking: Asking | None = None,
        now: Callable[[], float] = time.monotonic,
        confirming: Mapping[str, Confirm] | None = None,
    ) -> None:
        """`confirming` are the pages of other features, by the action of a token."""
        self._config = config
        self._confirming: Mapping[str, Confirm] = {} if confirming is None else confirming
        self._asking = asking or Asking(config, now)
        self._post = DeskPost(config)
        self._settings = placesettings.conferences(config)
        self._roster: RosterStore | None = None
        self._lock = asyncio.Lock()
        self._asked = Lately(now, _DAY)

    def close(self) -> None:
        """Ends the reading process."""
        if self._roster is not None:
            self._roster.close()
            self._roster = None
        self._post.close()

    # -- joining --------------------------------------------------------------------------------

    async def join(self, request: Request) -> Response:
        """The form, and what is sent with it."""
        lang = wanted_language(request)
        conference = await asyncio.to_thread(self._list, request.path_params["conference"])
        if conference is None:
            return _page(
                lang, gettext(lang, "Join a list"), [gettext(lang, "There is no such list.")], 404
            )
        if request.method != "POST":
            return self._form(conference, lang)
        if not self._asking.may_read(JOIN, request):
            return self._too_many(conference, lang)
        fields = await fields_of(request)
        address = givenaddress.read(fields.get("address", ""))
        name = one_line(fields.get("name", ""), LONGEST_NAME)
        if wrong := givenaddress.wrong(address, lang):
            how = fields.get("how", "")
            return self._form(conference, lang, address, name, how=how, wrong=wrong)
        about = f"{conference.id}/{mailbox(address)}"
        if self._asked.has_room(about, 1):
            if not self._asking.may(JOIN, request, address):
                of_day = self._asking.is_of_day(JOIN, request, address)
                return self._too_many(conference, lang, of_day=of_day)
            wish = _WISHES.get(fields.get("how", ""))
            word = f"join {wish}" if wish else ""
            join = f"{conference.id}-join"
            with self._asked.counting(about):
                await self._post.put(join, Mailbox(name, address), lang, subject=word)
        return _page(
            lang,
            _title(conference, lang),
            [
                gettext(
                    lang,
                    "Thank you. In a few minutes you get a mail. Answer it, or open the link in "
                    "it; then you have joined.",
                ),
                gettext(
                    lang, "No mail? Look into the folder for spam. We write once a day at most."
                ),
            ],
        )

    def _too_many(self, conference: Conference, lang: str, *, of_day: bool = False) -> Response:
        return _page(lang, _title(conference, lang), [too_many(lang, of_day=of_day)], 429)

    def _form(
        self,
        conference: Conference,
        lang: str,
        address: str = "",
        name: str = "",
        *,
        how: str = "",
        wrong: str = "",
    ) -> Response:
        rows = [
            _field(gettext(lang, "Your e-mail address"), "address", address, "email", needed=True)
        ]
        rows.append(_field(gettext(lang, "Your name, if you like"), "name", name, "name"))
        rows.append(_ways(lang, how))
        button = '<button type="submit">' + escape(gettext(lang, "Ask to join")) + "</button>"
        form = f'<form method="post">{"".join(rows)}<p>{button}</p></form>'
        fault = f'<p role="alert"><strong>{escape(wrong)}</strong></p>' if wrong else ""
        about = conference.description_in(lang)
        calm = gettext(
            lang, "We write to this address and ask. Nobody is told whether it is on a list."
        )
        inside = (f"<p>{escape(about)}</p>" if about else "") + fault + form
        inside += f"<p>{escape(calm)}</p>"
        return _page(lang, _title(conference, lang), [], 400 if wrong else 200, inside=inside)

    def _list(self, name: str) -> Conference | None:
        """A list that everybody may know of."""
        found = self._settings.now().get(name)
        return found if found and found.visibility in ("public", "unlisted") else None

    # -- confirming -----------------------------------------------------------------------------

    async def confirm(self, request: Request) -> Response:
        """The question behind a token, and the yes to it."""
        lang = wanted_language(request)
        plain = tokens.normalise(request.path_params["token"])
        async with self._lock:
            facts = await asyncio.to_thread(self._facts, plain) if plain else None
        title = gettext(lang, "Please confirm")
        if facts is None or plain is None:
            text = gettext(
                lang, "This link was used already, or it is too old. Nothing has changed."
            )
            return _page(lang, title, [text], 404)
        special = f"{facts.action} {facts.data.get('what', '')}"
        own = self._confirming.get(special) or self._confirming.get(facts.action)
        if own is not None:
            return await own(request, facts)
        said = facts.data.get("lang")
        if not chosen_language(request):
            lang = said if isinstance(said, str) and said in i18n.LANGUAGES else lang
        if request.method == "POST":
            # the token says what it is for; a list may be gone, and its address with it
            await self._post.put(f"{SITE}-confirm+{plain}", Mailbox("", facts.address), lang)
            text = gettext(lang, "Done. A mail tells you in a moment what is now.")
            if facts.action == "wrote":
                text = gettext(lang, "Done. Your message goes on now.")
            return _page(lang, gettext(lang, "Thank you"), [text])
        title, about = str(facts.data.get("to") or facts.conference), ""
        if facts.action != "wrote":  # what a list is called is not for whom nobody knows yet
            title, about = await asyncio.to_thread(self._told_of, facts.conference, lang)
        return confirmpage.asked(lang, facts, title, about)

    def _facts(self, plain: str) -> TokenFacts | None:
        """What a token allows, if it can be said yes to on a page."""
        if self._roster is None:
            self._roster = RosterStore.of(self._config)
        facts = self._roster.roster().tokens.valid(tokens.digest(plain), clock.now())
        known = facts is not None and facts.action in (*confirmpage.ANSWERABLE, *self._confirming)
        return facts if known else None

    def _told_of(self, name: str, lang: str) -> tuple[str, str]:
        """What a list is called, and what it is about."""
        found = self._settings.now().get(name)
        return (found.title_in(lang), found.description_in(lang)) if found else (name, "")


def _field(label: str, name: str, value: str, kind: str, *, needed: bool = False) -> str:
    how = 'type="email" dir="ltr" required' if needed else 'type="text"'
    return (
        f'<p><label>{escape(label)}<br><input {how} name="{name}" value="{escape(value)}" '
        f'autocomplete="{kind}" maxlength="254"></label></p>'
    )


def _ways(lang: str, how: str) -> str:
    """How messages may come, each a button; `how` is what was chosen before."""
    choices = {
        "each": gettext(lang, "each message by itself"),
        "daily": gettext(lang, "together, once a day"),
        "weekly": gettext(lang, "together, once a week"),
        "answers": gettext(lang, "only answers to me"),
        "off": gettext(lang, "nothing by mail, I read on the web"),
    }
    chosen = how if how in choices else "each"
    legend = escape(gettext(lang, "How messages come"))
    buttons = "".join(
        f'<p><label><input type="radio" name="how" value="{value}"'
        f"{' checked' if value == chosen else ''}> {escape(text)}</label></p>"
        for value, text in choices.items()
    )
    return f"<fieldset><legend>{legend}</legend>{buttons}</fieldset>"


_WISHES = {
    "digest": "daily",
    "daily": "daily",
    "weekly": "weekly",
    "answers": "answers",
    "off": "off",
}


def _title(conference: Conference, lang: str) -> str:
    return gettext(lang, "Join %(list)s", list=conference.title_in(lang))


def _page(
    lang: str, title: str, texts: list[str], status: int = 200, *, inside: str = ""
) -> Response:
    """A whole page; `texts` are plain, `inside` is HTML."""
    body = "".join(f"<p>{escape(text)}</p>" for text in texts) + inside
    return page(lang, title, body, status)
