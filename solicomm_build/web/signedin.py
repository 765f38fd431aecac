"""Who is signed in on this browser: the cookies, and the mark against forged forms.

A cookie holds the secret of a session and is signed with the hub's key, so that what is no cookie
of ours costs nobody a look. Session and member are looked up at each request: who was taken off, or
signed out elsewhere, is out at once. `SameSite=Lax`, since links in mail lead to pages behind it;
forms carry a mark and the browser's own words are heard besides (editingsession.py). Over HTTPS the
name begins with `__Host-` (RFC 6265bis 4.1.3.2). A second cookie without any secret only tells the
search page that there is more to search in (docs/formats/search.md).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.people import token
from solicomm_build.people.membership import Member
from solicomm_build.people.sessions import Link
from solicomm_build.people.shared import sessions
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine import browsers

COOKIE, MARKER = "solicomm-member", "solicomm-signed-in"
SEEN, _SEEN_AT = "solicomm-seen", "/members/"
"""When this browser was last in My hub; only its pages get it."""
_MAC = 26  # characters
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Session:
    """A member who is signed in; `mark` goes into each form."""

    member: Member
    secret: str
    mark: str

    @property
    def id(self) -> str:
        """What names the session among the member's own (people/sessions.py)."""
        return token.digest(self.secret)

    def is_marked(self, mark: str) -> bool:
        """Whether a form came from a page that we gave to this browser."""
        return hmac.compare_digest(self.mark.encode(), mark.encode("utf-8", "replace"))


class MemberSessions:
    """The sessions of one hub. Blocking; safe for several threads. Close it."""

    def __init__(self, config: Config, readers: Readers) -> None:
        self._config, self._readers = config, readers
        self.stored = sessions.of(config)

    def of(self, request: Request) -> Session | None:
        """Who asks; None for everybody who is not signed in. Raises ObjectsError where machines
        share sessions and the store has not answered for a while."""
        value = cookie(request)
        secret, _, signature = value.partition(".")
        if not secret or not hmac.compare_digest(signature, self._signature("cookie", secret)):
            return None
        number = self.stored.number(secret, clock.now())
        member = None if number is None else self._readers.member(number)
        return Session(member, secret, self._signature("mark", secret)) if member else None

    def known(self, request: Request) -> Session | None:
        """The same, and None while it cannot be known."""
        try:
            return self.of(request)
        except ObjectsError:
            return None

    def of_link(self, text: str) -> Link | None:
        """Whom a link would let in, if it is still good."""
        link = self.stored.of_link(text, clock.now())
        return link if link and self._readers.member(link.number) else None

    def begin(
        self, request: Request, response: Response, text: str, span: timedelta, *, stays: bool
    ) -> Link | None:
        """Signs in by a link, which is of no more use then; the browser keeps the cookies until it
        is closed, or as long as the session if it `stays`."""
        kind = browsers.kind(request.headers.get("user-agent", ""))
        begun = self.stored.begin(text, clock.now(), span, kind)
        if begun is None:
            return None
        secret, link = begun
        age = int(span.total_seconds()) if stays else None
        value = f"{secret}.{self._signature('cookie', secret)}"
        secure = request.url.scheme == "https"
        response.set_cookie(
            name(request),
            value,
            max_age=age,
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
        response.set_cookie(MARKER, "1", max_age=age, path="/", secure=secure, samesite="lax")
        return link

    def end(self, request: Request, response: Response) -> None:
        """Ends the session of this browser, and takes the cookies away."""
        secret = cookie(request).partition(".")[0]
        if secret:
            self.stored.end(secret)
        secure = request.url.scheme == "https"
        response.delete_cookie(
            name(request), path="/", secure=secure, httponly=True, samesite="lax"
        )
        response.delete_cookie(SEEN, path=_SEEN_AT, secure=secure, httponly=True, samesite="lax")
        self.forget(request, response)

    def forget(self, request: Request, response: Response) -> None:
        """Takes away the cookie that tells of a session which is no more."""
        secure = request.url.scheme == "https"
        response.delete_cookie(MARKER, path="/", secure=secure, samesite="lax")

    def close(self) -> None:
        """Lets go of the file."""
        self.stored.close()

    def _signature(self, kind: str, text: str) -> str:
        key = keys.token_key(self._config.keys)
        said = f"member\0{kind}\0{text}".encode("utf-8", "replace")
        return hmac.digest(key, said, "sha256").hex()[:_MAC]


def name(request: Request) -> str:
    """What the cookie is called on this connection."""
    return f"__Host-{COOKIE}" if request.url.scheme == "https" else COOKIE


def cookie(request: Request) -> str:
    """What the browser sent of ours, or nothing."""
    value = request.cookies.get(name(request), "")
    return value if len(value) <= _LONGEST and value.isascii() else ""
