"""`/confirm/<token>` of a letter that asks for a second yes: what would be done, a yes and a no.

GET shows it and changes nothing. POST is the answer that the same operator would write by mail,
with the letter's token (answering.py): so it counts as it does by mail, once.
"""

from __future__ import annotations

import asyncio
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.operating import proposals, shown
from solicomm_build.features.operating.proposals import WAITING, Proposal
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import token
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.operators import staff
from solicomm_build.people.operators.operator import Operator
from solicomm_build.web import plainform
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.posted import is_own


class AgreePage:
    """The pages of one hub. Close it."""

    def __init__(self, config: Config) -> None:
        self._config, self._post = config, DeskPost(config)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def answer(self, request: Request, facts: TokenFacts) -> Response:
        """What is asked, and the answer that its form sends."""
        lang = wanted_language(request, str(facts.data.get("lang", "")))
        one = await self._found(facts)
        if one is None:
            return _gone(lang)
        if request.method != "POST" or one.state != WAITING:
            return _asked(lang, one, facts)
        if not is_own(request):
            wrong = gettext(
                lang, "Nothing was done: this did not come from our page. Please press here again."
            )
            return _asked(lang, one, facts, wrong, 403)
        sent = await plainform.fields(request)
        if sent.get("do") not in ("yes", "no"):
            return _asked(lang, one, facts, gettext(lang, "Please press one of the buttons."), 400)
        plain = token.normalise(request.path_params["token"]) or ""
        author, local = Mailbox("", facts.address), f"{SITE}-confirm+{plain}"
        await self._post.is_done(await self._post.put(local, author, lang, sent["do"]))
        return _answered(lang, await self._found(facts), sent["do"])

    async def _found(self, facts: TokenFacts) -> Proposal | None:
        name = str(facts.data.get("proposal", ""))
        found = await asyncio.to_thread(proposals.find, self._config, name)
        return found if found is not None and found.is_whole else None


def _asked(
    lang: str, one: Proposal, facts: TokenFacts, wrong: str = "", status: int = 200
) -> Response:
    inside = f'<p role="alert"><strong>{escape(wrong)}</strong></p>' if wrong else ""
    inside += shown.facts(lang, one)
    is_mine = staff.is_same(Operator(facts.address), one.asker)
    if one.state == WAITING:
        inside += f'<form method="post">{shown.buttons(lang, is_mine=is_mine)}</form>'
    return page(lang, gettext(lang, "A second yes"), inside, status)


def _answered(lang: str, one: Proposal | None, do: str) -> Response:
    """After the answer: how it stands."""
    if one is not None and one.state == WAITING:
        said = gettext(lang, "Your answer is kept, and counts in a moment.")
    elif do == "yes":
        said = gettext(lang, "You said yes. A mail tells you when it is done.")
    else:
        said = gettext(lang, "You said no. It is not done, and a mail tells all operators.")
    return page(lang, gettext(lang, "A second yes"), f'<p role="status">{escape(said)}</p>')


def _gone(lang: str) -> Response:
    text = gettext(lang, "This link was used already, or it is too old. Nothing has changed.")
    return page(lang, gettext(lang, "A second yes"), f"<p>{escape(text)}</p>", 404)
