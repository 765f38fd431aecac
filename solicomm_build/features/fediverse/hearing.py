"""What comes to an inbox: a signed request is verified, and what it says is done.

Only follows and what ends them count, and, where the settings say so, answers (replies.py).
Whatever else servers send, such as likes, is heard and forgotten. Nothing is fetched but the actor
that signed, and of its server only so many an hour. Blocking; safe for several threads.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from solicomm_build.features.fediverse import names, remote, saying, signing
from solicomm_build.features.fediverse.remote import Actor, GoneError
from solicomm_build.features.fediverse.shown import offered
from solicomm_build.features.fediverse.signing import Request, Signature, SignatureError
from solicomm_build.features.fediverse.ties import Follower, Ties, host_of
from solicomm_build.foundation import network
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.fetching import FetchError, NoAnswerError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.lately import Lately
from solicomm_build.post.conference import Conference

BODY_OCTETS = 256 * 1024
"""Of what is sent to an inbox."""
REQUESTS_AN_HOUR = 3_000
"""Of one server, that cause us any work."""
FETCHES_AN_HOUR = 300
"""Of actors from one server."""
UNPROVED_AN_HOUR = 100
"""Requests of one place on the network that nobody turns out to have signed: what others have as
budgets is used up by nobody who only takes their names."""
_HOUR = 3600.0

Settings = Callable[[], Mapping[str, Conference]]


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer: a status of HTTP, and a sentence."""

    status: int
    said: str = ""


_UNASKED = Heard(503, "The actor's server does not answer us just now. Try again later")
"""Not 401: Lemmy and others never send again what is refused with 4xx, and the line that is down
may be ours."""


class RefusedError(SoliCommError):
    """What was sent is not taken; `heard` is the answer."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.heard = Heard(status, said)


@dataclass(frozen=True, slots=True)
class Said:
    """An activity whose actor is proved: what it is, who, about what, and all of it."""

    kind: str
    actor: Actor
    about: str
    whole: Mapping[str, Any]


Reply = Callable[[Said, Mapping[str, Conference]], Heard]
"""What is done with something that somebody wrote."""


class Inbox:
    """The inbox of all actors of a hub."""

    def __init__(
        self,
        config: Config,
        ties: Ties,
        settings: Settings,
        reply: Reply,
        on_say: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._ties, self._settings = config, ties, settings
        self._reply, self._on_say = reply, on_say
        self._lately, self._lock = Lately(now, _HOUR), threading.Lock()

    def take(self, request: Request, at: datetime, place: str = network.HERE) -> Heard:
        """Verifies what was sent from a place on the network, and does it."""
        what = f"unproved {place}"
        if place != network.HERE and not self._has_room(what, UNPROVED_AN_HOUR):
            return Heard(429, "Too much came from you that nobody signed. Try again in an hour")
        try:
            return self._taken(request, at)
        except RefusedError as error:
            heard = error.heard
        except SignatureError as error:
            heard = Heard(401, error.public)
        if heard.status == 401 or heard == _UNASKED:
            self._may(what, UNPROVED_AN_HOUR)
        return heard

    def _taken(self, request: Request, at: datetime) -> Heard:
        if request.fields.get("host", "").lower() != names.host(self._config):
            raise RefusedError(421, "This is no inbox of this host")
        if not self._offered():
            raise RefusedError(404, "Nothing can be followed here")
        signature = signing.read(request, at)
        found = _document(request.body)
        kind, who, about = found.get("type"), found.get("actor"), _id_of(found.get("object"))
        if not remote.is_address(self._config, who) or host_of(signature.key) != host_of(str(who)):
            raise RefusedError(401, "The key that signed is not of the actor's server")
        if kind == "Delete" and about == who:
            return self._deleted(str(who), request, signature, at)
        if not self._is_of_interest(str(kind), found, about):
            return Heard(202)
        if not self._may(f"said {host_of(str(who))}", REQUESTS_AN_HOUR):
            raise RefusedError(429, "That is too much from one server. Try again in an hour")
        actor = self._proved(str(who), request, signature, at)
        if not self._ties.is_new(signature.octets, at.timestamp(), _REMEMBERED):
            raise RefusedError(401, "This request came before. Sign it anew")
        return self._done(Said(str(kind), actor, about, found), at)

    def _is_of_interest(self, kind: str, found: Mapping[str, Any], about: str) -> bool:
        """Whether anything could follow from it, so that its actor is asked for."""
        if kind == "Follow":
            return names.of_handle(self._config, about) is not None
        if kind == "Undo":
            inner = found.get("object")
            return isinstance(inner, dict) and inner.get("type") == "Follow"
        return kind == "Create" and self._config.activitypub.replies == "held"

    def _may(self, what: str, most: int) -> bool:
        with self._lock:
            return self._lately.count(what, most)

    def _has_room(self, what: str, most: int) -> bool:
        with self._lock:
            return self._lately.has_room(what, most)

    # -- who ------------------------------------------------------------------------------------

    def _proved(self, who: str, request: Request, signature: Signature, at: datetime) -> Actor:
        """The actor, whose key made the signature. One that follows is known, until it has another
        key. Raises RefusedError."""
        known = self._ties.follower(who)
        if known and _is_by(known, request, signature):
            keys = ((known.key_id, known.pem),)
            return Actor(who, known.inbox, known.shared, known.handle, keys)
        try:
            actor = self._asked(who, at)
        except GoneError as error:
            raise RefusedError(401, "There is no such actor") from error
        pem = actor.pem(signature.key)
        if not signing.is_made_by(pem, request, signature):
            raise RefusedError(401, "The signature is not that of the actor's key")
        return replace(actor, keys=((signature.key, pem),))

    def _asked(self, who: str, at: datetime) -> Actor:
        if not self._may(f"fetch {host_of(who)}", FETCHES_AN_HOUR):
            raise RefusedError(429, "That is too many actors of one server. Try again in an hour")
        signer = names.group(self._config, next(iter(self._offered())))
        try:
            return remote.actor(self._config, who, signer, at)
        except GoneError:
            raise
        except NoAnswerError as error:
            raise RefusedError(_UNASKED.status, _UNASKED.said) from error
        except FetchError as error:
            raise RefusedError(401, "The actor could not be asked for its key") from error

    def _deleted(self, who: str, request: Request, signature: Signature, at: datetime) -> Heard:
        """An actor is gone: believed when its key says so, or its server. Of actors that follow
        nothing here nobody is asked."""
        known = self._ties.follower(who)
        if known is None:
            return Heard(202)
        by_key = known.key_id == signature.key and signing.is_made_by(known.pem, request, signature)
        if not by_key and not self._is_gone(who, request, signature, at):
            raise RefusedError(401, "The signature is not that of the actor's key")
        self._ties.unfollow(who)
        return Heard(202)

    def _is_gone(self, who: str, request: Request, signature: Signature, at: datetime) -> bool:
        try:
            actor = self._asked(who, at)
        except GoneError:
            return True
        return signing.is_made_by(actor.pem(signature.key), request, signature)

    # -- what -----------------------------------------------------------------------------------

    def _done(self, said: Said, at: datetime) -> Heard:
        if said.kind == "Follow":
            return self._follow(said, at)
        if said.kind == "Undo":
            return self._undo(said)
        return self._reply(said, self._offered())

    def _follow(self, said: Said, at: datetime) -> Heard:
        conference, kind = names.of_handle(self._config, said.about) or ("", "")
        if kind != names.GROUP or conference not in self._offered():
            raise RefusedError(404, "There is no group of this name")
        actor = said.actor
        name = said.whole.get("id")
        if not isinstance(name, str) or len(name) > remote.LONGEST_ADDRESS:
            raise RefusedError(400, "The Follow has no id")
        key_id, pem = next(iter(actor.keys))
        follower = Follower(
            conference,
            actor.id,
            host_of(actor.id),
            actor.handle,
            actor.inbox,
            actor.shared,
            key_id,
            pem,
            at.timestamp(),
        )
        with self._ties.change():
            if not self._ties.follow(follower):
                raise RefusedError(503, "No more followers are taken here")
            asked = {"id": name, "type": "Follow", "actor": actor.id, "object": said.about}
            mark = hashlib.sha256(name.encode()).hexdigest()[:16]
            answer = saying.accept(self._config, conference, asked, f"accept-{mark}")
            self._ties.say(
                conference,
                "",
                names.group(self._config, conference),
                saying.encoded(saying.with_context(answer)),
                [actor.inbox],
                at.timestamp(),
            )
        self._on_say()
        return Heard(202)

    def _undo(self, said: Said) -> Heard:
        inner = said.whole["object"]
        if inner.get("actor", said.actor.id) != said.actor.id:
            raise RefusedError(403, "Only who follows can undo it")
        named = names.of_handle(self._config, _id_of(inner.get("object")))
        if named is not None:
            self._ties.unfollow(said.actor.id, named[0])
        return Heard(202)

    def _offered(self) -> Mapping[str, Conference]:
        return offered(self._config, self._settings())


def _is_by(known: Follower, request: Request, signature: Signature) -> bool:
    """Whether the key that is known of a follower made a signature."""
    is_its = known.key_id == signature.key
    return is_its and signing.is_made_by(known.pem, request, signature)


_REMEMBERED = (signing.WINDOW + 2 * signing.SKEW).total_seconds()


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # half a character is kept nowhere
    except (ValueError, RecursionError):
        raise RefusedError(400, "That is no JSON") from None
    if not isinstance(found, dict):
        raise RefusedError(400, "That is no activity")
    return found


def _id_of(found: object) -> str:
    """The id of what an activity is about, which may be there whole or by its address."""
    if isinstance(found, dict):
        found = found.get("id")
    return found if isinstance(found, str) else ""
