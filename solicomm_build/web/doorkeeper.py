"""Who may clone and push: looks at the token that git sends as a password (RFC 7617).

A public repository is read by everybody without a word. Everything else needs a token, and who
has none is asked for it in the same words whether there is such a repository or not. A token that
is not ours counts against the place on the network that it comes from; after too many the answer is
429 for a while, but never for somebody whose token is good.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from solicomm_build.foundation import clock, network
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.access import Access
from solicomm_build.people.gittoken import Grant

CHALLENGE = {"WWW-Authenticate": 'Basic realm="SoliComm", charset="UTF-8"'}

IsPublic = Callable[[str, str], bool]
"""Whether (kind, id) may be read by everyone, e.g. ("conferences", "organising"). May block."""
IsReader = Callable[[str, str], bool]
"""Whether a person (by person id) may read a conference for members only now. May block."""

_FAILURES, _WINDOW = 20, 300.0  # so many wrong tokens of one address in so many seconds
_ADDRESSES = 10_000  # remembered at once

_ASK = "This needs a token as password; any user name will do. The hub's operator gives tokens.\n"
_WRONG = "This token is not known here, or it was revoked or is over. Ask the hub's operator.\n"
_SLOW = "Too many wrong tokens. Please wait some minutes.\n"


@dataclass(frozen=True)
class Refusal:
    """An HTTP answer that lets nobody in; git shows the sentence."""

    status: int
    sentence: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Doorkeeper:
    """Answers for one hub. Blocking; safe to call from several threads."""

    def __init__(
        self, access: Access, is_public: IsPublic, is_reader: IsReader = lambda person, name: False
    ) -> None:
        """`is_reader` is asked of tokens that members made: they end with the membership."""
        self._access, self._is_public, self._is_reader = access, is_public, is_reader
        self._failed: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def admit(
        self, repo: Path, kind: str, *, pushes: bool, authorization: str, client: str
    ) -> Grant | Refusal | None:
        """The grant that lets somebody in; None for readers of what is public; else a refusal."""
        token = _password(authorization)
        grant = self._access.of_token(token) if token else None
        name = repo.name.removesuffix(".git")
        if grant is not None and grant.member and not self._is_reader(grant.person, name):
            grant = None
        if not pushes and self._is_public(kind, name):
            return grant if grant is not None and grant.opens(f"{kind}/{name}") else None
        if grant is None:
            return self._ask(token, client)
        if not grant.opens(f"{kind}/{name}"):
            return _forbidden(grant, f"{kind}/{name}")
        if not repo.exists():
            return Refusal(404, gettext(grant.lang, "There is no such repository.") + "\n")
        if pushes and not grant.write:
            return Refusal(403, gettext(grant.lang, "This token is for reading only.") + "\n")
        return grant

    def _ask(self, token: str, client: str) -> Refusal:
        if not token:
            return Refusal(401, _ASK, CHALLENGE)
        if self._too_many(network.place(client) or client):
            return Refusal(429, _SLOW, {"Retry-After": str(int(_WINDOW))})
        return Refusal(401, _WRONG, CHALLENGE)

    def _too_many(self, client: str) -> bool:
        """Counts a failure; whether there were too many before it."""
        now = clock.timestamp()
        with self._lock:
            count, since = self._failed.get(client, (0, now))
            if abs(now - since) >= _WINDOW:  # also one that a clock which was ahead began
                count, since = 0, now
            if client not in self._failed and len(self._failed) >= _ADDRESSES:
                self._failed.clear()  # many addresses at once: slowing each down helps nobody
            self._failed[client] = count + 1, since
            return count >= _FAILURES


def _forbidden(grant: Grant, asked: str) -> Refusal:
    sentence = gettext(grant.lang, "This token opens %(repos)s, not %(asked)s.")
    return Refusal(403, sentence % {"repos": ", ".join(grant.repos), "asked": asked} + "\n")


def _password(authorization: str) -> str:
    """The password of Basic (RFC 7617), or the token of Bearer (RFC 6750 2.1); else nothing."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        decoded = base64.b64decode(rest.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded.partition(":")[2].strip()
