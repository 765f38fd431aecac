"""Who edits in the browser: the cookie, the mark against forged forms, the link sent by mail.

A cookie names a grant, a site and an end, and is signed with the hub's key; nothing is stored, and
the grant is looked up at each request, so that a revoked token stops a browser at once.
SameSite=Strict keeps it from requests that other sites start; each form carries a mark made of it
besides, and the browser's own words (Sec-Fetch-Site, Origin) are heard. Over HTTPS its name begins
with `__Host-` (RFC 6265bis 4.1.3.2).
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build import clock, keys
from solicomm_build.config import Config
from solicomm_build.model.gittoken import Grant
from solicomm_build.store.siteedits import Editors

STAYS = timedelta(hours=12)
LINK = timedelta(minutes=30)
_NAME = "solicomm-edit"


@dataclass(frozen=True, slots=True)
class Session:
    """An editor at work: `mark` goes into each form."""

    grant: Grant
    union: str
    mark: str

    def is_marked(self, mark: str) -> bool:
        """Whether a form came from a page that we gave to this browser."""
        return hmac.compare_digest(self.mark.encode(), mark.encode("utf-8", "replace"))


class Sessions:
    """The sessions of one hub. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.editors = Editors(config)
        self._used: dict[str, float] = {}

    def of(self, request: Request, union: str) -> Session | None:
        """The session that a request belongs to."""
        value = request.cookies.get(_cookie_name(request), "")
        facts = self._opened("cookie", value)
        if facts is None or facts.get("union") != union:
            return None
        grant = self.editors.of_id(str(facts.get("grant")), union)
        return Session(grant, union, self._signature("mark", value)) if grant else None

    def begin(self, request: Request, response: Response, grant: Grant, union: str) -> None:
        """Lets the browser of an editor keep a cookie."""
        value = self._sealed("cookie", grant, union, STAYS)
        secure = request.url.scheme == "https"
        response.set_cookie(
            _cookie_name(request), value, max_age=int(STAYS.total_seconds()), path="/",
            secure=secure, httponly=True, samesite="strict",
        )  # fmt: skip

    def end(self, request: Request, response: Response) -> None:
        """Takes the cookie away."""
        response.delete_cookie(
            _cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True,
            samesite="strict",
        )  # fmt: skip

    def link(self, grant: Grant, union: str) -> str:
        """What stands at the end of a link that lets an editor in, once."""
        return self._sealed("link", grant, union, LINK)

    def of_link(self, text: str, union: str) -> Grant | None:
        """The grant of such a link, which is of no more use then."""
        facts = self._opened("link", text)
        if facts is None or facts.get("union") != union or text in self._used:
            return None
        now = clock.timestamp()
        self._used = {one: at for one, at in self._used.items() if at > now}
        self._used[text] = now + LINK.total_seconds()
        return self.editors.of_id(str(facts.get("grant")), union)

    def _sealed(self, kind: str, grant: Grant, union: str, span: timedelta) -> str:
        ends = int((clock.now() + span).timestamp())
        facts = {"grant": grant.id, "union": union, "ends": ends, "n": secrets.token_hex(8)}
        text = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")
        return f"{text}.{self._signature(kind, text)}"

    def _opened(self, kind: str, value: str) -> dict[str, object] | None:
        text, _, signature = value.partition(".")
        if not value.isascii() or not hmac.compare_digest(signature, self._signature(kind, text)):
            return None
        facts: dict[str, object] = json.loads(
            base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        )
        ends = facts.get("ends")
        return facts if isinstance(ends, int) and ends > clock.timestamp() else None

    def _signature(self, kind: str, text: str) -> str:
        key = keys.token_key(self._config.keys)
        return hmac.digest(key, f"editing\0{kind}\0{text}".encode(), "sha256").hex()[:40]


def is_own(request: Request) -> bool:
    """Whether the browser says that a page of ours sent this; True when it says nothing.

    Our pages send no referrer, so browsers say `Origin: null` of their forms (Fetch 3.1).
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    if origin not in ("", "null") and urlsplit(origin).netloc != request.headers.get("host", ""):
        return False
    return site in ("same-origin", "none")


def _cookie_name(request: Request) -> str:
    return f"__Host-{_NAME}" if request.url.scheme == "https" else _NAME
