"""Who edits in the browser: the cookie, the mark against forged forms, the link sent by mail.

Two ways lead in. Who is signed in to My hub (web/signedin.py) may edit what the grants for that
address open: the sign-in has proved the address, as a link by mail does. Who is no member has a
cookie of the editor's own.

A cookie names a grant, a site and an end, and is signed with the hub's key; nothing is stored, and
the grant is looked up at each request, so that a revoked token stops a browser at once.
SameSite=Strict keeps it from requests that other sites start; each form carries a mark made of it
besides, and the browser's own words (Sec-Fetch-Site, Origin) are heard. Over HTTPS its name begins
with `__Host-` (RFC 6265bis 4.1.3.2).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.sites.editing import editlinks
from solicomm_build.features.sites.siteedits import Editors
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.gittoken import Grant
from solicomm_build.web.plainpage import chosen_language, wanted_language
from solicomm_build.web.signedin import MemberSessions

_NAME = "solicomm-edit"


@dataclass(frozen=True, slots=True)
class Session:
    """An editor at work: `mark` goes into each form. `own` says that the cookie is the editor's,
    not that of My hub."""

    grant: Grant
    union: str
    mark: str
    own: bool = True

    def is_marked(self, mark: str) -> bool:
        """Whether a form came from a page that we gave to this browser."""
        return hmac.compare_digest(self.mark.encode(), mark.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who opens `/edit/`: the sites that may be changed, each by which grant. `address` is that of
    a member who is signed in to My hub, else empty."""

    sites: dict[str, Grant]
    mark: str
    own: bool
    address: str = ""
    number: int = 0
    lang: str = ""

    def is_marked(self, mark: str) -> bool:
        """Whether a form came from a page that we gave to this browser."""
        return hmac.compare_digest(self.mark.encode(), mark.encode("utf-8", "replace"))


class Sessions:
    """The sessions of one hub. Blocking; safe for several threads."""

    def __init__(self, config: Config, members: MemberSessions | None = None) -> None:
        self._config = config
        self._members = members
        self.editors = Editors(config)

    def of(self, request: Request, union: str) -> Session | None:
        """The session that a request belongs to."""
        value = request.cookies.get(_cookie_name(request), "")
        facts = editlinks.opened(self._config, "cookie", value)
        if facts is not None:
            grant = self.editors.of_id(str(facts.get("grant")), union)
            if grant is not None:
                return Session(grant, union, editlinks.signature(self._config, "mark", value))
        member = self._members.of(request) if self._members else None
        grant = self.editors.of_address(member.member.address, union) if member else None
        return Session(grant, union, member.mark, own=False) if member and grant else None

    def visitor(self, request: Request) -> Visitor | None:
        """Who asks, with all that may be edited; None for who is not signed in at all."""
        member = self._members.of(request) if self._members else None
        value = request.cookies.get(_cookie_name(request), "")
        facts = editlinks.opened(self._config, "cookie", value)
        grants = self.editors.all_of_id(str(facts.get("grant"))) if facts else []
        own = bool(grants)
        if member is None and not own:
            return None
        mark = editlinks.signature(self._config, "mark", value) if own else ""
        lang, address, number = grants[0].lang if own else "", "", 0
        if member is not None:
            person = member.member
            grants += self.editors.all_of_address(person.address)
            mark, lang = mark or member.mark, lang or person.lang
            address, number = person.address, person.number
        sites = self.editors.sites_of(grants)
        return Visitor(sites, mark, own, address, number, lang)

    def begin(self, request: Request, response: Response, grant: Grant, union: str) -> None:
        """Lets the browser of an editor keep a cookie."""
        value = editlinks.sealed(self._config, "cookie", grant, union, editlinks.STAYS)
        secure = request.url.scheme == "https"
        response.set_cookie(
            _cookie_name(request),
            value,
            max_age=int(editlinks.STAYS.total_seconds()),
            path="/",
            secure=secure,
            httponly=True,
            samesite="strict",
        )

    def end(self, request: Request, response: Response) -> None:
        """Takes the cookie away."""
        response.delete_cookie(
            _cookie_name(request),
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )

    def of_link(self, text: str, union: str) -> Grant | None:
        """The grant of a link that lets an editor in, which is of no more use then."""
        facts = editlinks.use(self._config, text, union)
        if facts is None:
            return None
        return self.editors.of_id(str(facts.get("grant")), union)


def spoken(own: str, request: Request) -> str:
    """The language that was chosen on a page of ours, else the editor's own (`own`) where we speak
    it, else what the browser asks for."""
    found = chosen_language(request) or own.partition("-")[0]
    return found if found in i18n.LANGUAGES else wanted_language(request)


def _cookie_name(request: Request) -> str:
    return f"__Host-{_NAME}" if request.url.scheme == "https" else _NAME
