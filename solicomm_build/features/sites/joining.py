"""`POST /unions/<id>/join/`: the form of a union's site becomes a mail to the union's office.

For sites that say `join: {how: form}` and name an e-mail address; it goes to the one that is agreed
(features/sites/sitecontacts.py). Nothing of what was written is
kept here, logged or shown: it goes into the outgoing spool and is answered with a redirect (RFC
9110 15.4.4) to a page of the site that says thanks. Few letters an hour from one place, not many an
hour for one union; programs that fill in every field are thanked and forgotten.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.desk import words
from solicomm_build.features.sites import sitecontacts
from solicomm_build.features.sites.values import site as sites
from solicomm_build.features.sites.values.site import Site
from solicomm_build.foundation import clock, maillog, network
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.lately import Lately
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import SLUG, Envelope
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message import richtext
from solicomm_build.message.compose import date_field, message
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.people.address import SITE
from solicomm_build.web import posted
from solicomm_build.web.asking import READ_FOR_A_LETTER
from solicomm_build.web.mine import typed
from solicomm_build.web.plainpage import page

FROM_ONE_PLACE, FOR_ONE_UNION = 5, 60
"""Letters an hour."""
_MOST = {"name": 120, "reach": 200, "work": 200, "say": 4000}
"""Characters of a field, as its page bounds them."""
_BODY = 64 * 1024
"""Octets of all fields: a character of Hindi or Chinese is sent as nine."""
_TRAP = "url"
"""A field that people do not see: what is in it was written by a program."""
_JOINERS = "\u200c\u200d"
_HOUR = 3600.0


class Joining:
    """Takes what is sent to the addresses `…/join/`."""

    def __init__(self, config: Config, *, now: Callable[[], float] = time.monotonic) -> None:
        self._config, self._say = config, words.own(config, maillog.to_nobody())
        self._lately = Lately(now, _HOUR)

    async def answer(self, request: Request) -> Response:
        """A letter to the union, and thanks; else what is wrong."""
        union = request.path_params["union"]
        lang = request.path_params.get("lang", "")
        try:
            site, to = await asyncio.to_thread(self._site, union)
        except SoliCommError:
            return _page(
                "en", gettext("en", "That did not work. Please write a mail instead."), 503
            )
        if site is None or lang not in ("", *site.languages[1:]):
            return _page("en", gettext("en", "There is no form here."), 404)
        spoken = lang or site.languages[0]
        back = request.url.path
        place = network.place(request.client.host if request.client else "", self._config.fronts)
        many = gettext(spoken, "Many letters have come from here. Please write a mail instead:")
        if not self._may_read(place):
            return _page(spoken, f"{many} {to}", 429, back, union)
        sent = await posted.body(request, _BODY)
        fields = _fields(sent or b"")
        if not to:
            text = gettext(
                spoken,
                "This form does not work yet: the union has not confirmed its address. Please come "
                "back in a few days.",
            )
            return _page(spoken, text, 503, back, union, fields)
        if fields.get(_TRAP):
            return RedirectResponse(f"{back}thanks/", 303)
        if sent is None or any(len(fields.get(name, "")) > most for name, most in _MOST.items()):
            large = gettext(
                spoken, "That was too much at once. Please shorten it, or send it by mail."
            )
            if sent is None:
                return _page(spoken, f"{large} {typed.still_there(spoken)}", 413, back, union)
            return _page(spoken, large, 400, back, union, fields)
        if not fields.get("reach"):
            wrong = gettext(spoken, "Please say how we can reach you.")
            return _page(spoken, wrong, 400, back, union, fields)
        if not self._may(place, union):
            return _page(spoken, f"{many} {to}", 429, back, union, fields)
        await asyncio.to_thread(self._send, site, to, spoken, fields)
        return RedirectResponse(f"{back}thanks/", 303)

    def _may_read(self, place: str) -> bool:
        """Whether what a place sent is read at all; it counts."""
        most = FROM_ONE_PLACE * READ_FOR_A_LETTER
        return place == network.HERE or self._lately.count(f"read {place}", most)

    def _may(self, place: str, union: str) -> bool:
        """Whether there may be one more letter; the place first, so that what is refused uses up
        nothing of what others may write to the union."""
        rules = [(f"union {union}", FOR_ONE_UNION)]
        if place != network.HERE:
            rules.insert(0, (f"place {place}", FROM_ONE_PLACE))
        if not all(self._lately.has_room(what, most) for what, most in rules):
            return False
        return all(self._lately.count(what, most) for what, most in rules)

    def _site(self, union: str) -> tuple[Site | None, str]:
        """The union's settings when it wants letters by form, else None; and where they go, which
        is empty while no address is agreed."""
        path = self._config.union_repo(union)
        if not SLUG.fullmatch(union) or not path.is_dir():
            return None, ""
        with Reader(open_repo(path)) as reader:
            blob = reader.at(MAIN, sites.FILE)
        site = sites.decode_site(blob, union=union) if blob else None
        if site is None or site.join != "form" or not site.contact.email:
            return None, ""
        return site, sitecontacts.agreed(self._config, site)

    def _send(self, site: Site, to: str, lang: str, fields: dict[str, str]) -> None:
        """Puts the letter into the outgoing spool; durable on return."""
        spool = Spool(self._config.spool_out)
        try:
            spool.put([self._letter(site, to, lang, fields)])
            spool.ring()
        finally:
            spool.close()

    def _letter(self, site: Site, to: str, lang: str, fields: dict[str, str]) -> Item:
        now, domain = clock.now(), self._config.domain
        title, reach = site.title_in(lang), fields["reach"]
        subject, text = self._say(
            "sites/wants-to-join",
            lang,
            owner=f"postmaster@{domain}",
            name=fields.get("name", ""),
            reach=reach,
            work=fields.get("work", ""),
            said=fields.get("say", ""),
        )
        own = f"join-{secrets.token_hex(12)}@{domain}"
        head = [
            mailbox_field("From", title, f"{SITE}@{domain}"),
            header_field("To", to),
            header_field("Subject", subject),
            date_field(now),
            header_field("Message-ID", f"<{own}>"),
            header_field("Auto-Submitted", "auto-generated"),
        ]
        if sites.is_email(reach):
            head.append(header_field("Reply-To", reach))
        rich = richtext.render(text, lang=lang, title=title, about=subject)
        raw = message(head, richtext.alternative(rich, seed=own))
        envelope = Envelope(f"postmaster@{domain}", (to,), now, ours=True)
        return Item(envelope, raw)


def _fields(body: bytes) -> dict[str, str]:
    """What was written, without control characters."""
    try:
        pairs = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return {}
    found = {}
    for name in (*_MOST, _TRAP):
        text = pairs.get(name, [""])[0].replace("\r\n", "\n").strip()
        keep = "\n" if name == "say" else ""
        found[name] = "".join(_kept(c, keep) for c in text).strip()
    return found


def _kept(character: str, more: str) -> str:
    """A character that people see or that holds others together, such as in Persian words and in
    emoji; a space for other white space; nothing for a control character."""
    if character.isprintable() or character in more or character in _JOINERS:
        return character
    return " " if character.isspace() else ""


def _page(
    lang: str,
    text: str,
    status: int,
    back: str = "",
    site: str = "",
    sent: Mapping[str, str] | None = None,
) -> Response:
    """What is wrong, with all that was written."""
    link = (
        f'<p><a href="{escape(back)}">' + escape(gettext(lang, "Back")) + "</a></p>" if back else ""
    )
    written = "\n".join((sent or {}).get(name, "") for name in _MOST).strip()
    inside = f"<p>{escape(text)}</p>\n{typed.shown(lang, {'text': written})}{link}"
    return page(lang, gettext(lang, "Join the union"), inside, status, site=site)
