"""Actors of other servers: asked for their description and key, and told what is to be said.

Other servers are asked over https and in the internet only, but for those that hub.yaml names as
`inside`; each answer has bounds of size and time. No redirect is followed. Blocking.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from solicomm_build.features.fediverse import names, signing
from solicomm_build.features.fediverse.ties import host_of
from solicomm_build.foundation import fetching
from solicomm_build.foundation.fetching import Answer, FetchError
from solicomm_build.foundation.hub.config import Config

ACTIVITY_JSON = "application/activity+json"
ACTOR_OCTETS = 256 * 1024
"""Of the description of an actor: those of large servers have some 10 KB."""
SECONDS = 10.0
"""Until another server's answer begins, and again until it ends, while somebody waits for us."""
SENDING = 30.0
"""The same of what is said to it, when nobody does: eight servers at once are told 50 KB, with what
TLS needs, and a bad line carries 2 KB a second."""
LONGEST_ADDRESS = 500

_KINDS = ("Person", "Service", "Application", "Organization", "Group")


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor of another server, as that server describes it. `handle` is how people call it."""

    id: str
    inbox: str
    shared: str
    handle: str
    keys: tuple[tuple[str, str], ...]

    def pem(self, key_id: str) -> str:
        """The key of an id, if it is the actor's; else nothing."""
        return dict(self.keys).get(key_id, "")


class GoneError(FetchError):
    """The other server says that there is no such actor any more."""


def is_address(config: Config, address: object) -> bool:
    """Whether something may be asked at an address, or said to it: of another server than this one,
    over https, or named in the settings."""
    if not isinstance(address, str) or len(address) > LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(fetching.checked_url(address))
    except FetchError:
        return False
    if parts.netloc == names.host(config):
        return False
    return parts.scheme == "https" or _is_inside(config, address)


def actor(config: Config, address: str, signer: str, now: datetime) -> Actor:
    """The actor at an address, asked in the name of our actor `signer`. Raises GoneError, and
    FetchError with what is wrong."""
    fields = {
        "Accept": f'{ACTIVITY_JSON}, application/ld+json; profile="{_PROFILE}"',
        **signing.signed(config, names.key_id(signer), _bare(address), None, now),
    }
    answer = _asked(config, _bare(address), fields, None, ACTOR_OCTETS, SECONDS)
    if answer.status in (404, 410):
        raise GoneError(f"{address}: there is no such actor")
    if answer.status != 200:
        raise FetchError(f"{address}: the server answers {answer.status}")
    if not _is_activity(answer.headers.get("Content-Type", "")):
        raise FetchError(f"{address}: what is there is no activity, but a file")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise FetchError(f"{address}: the answer is no JSON") from None
    return read(config, found, address)


def send(config: Config, inbox: str, body: bytes, signer: str, now: datetime) -> tuple[int, str]:
    """Says something to an inbox in the name of our actor; the status, and what Retry-After says.
    Raises FetchError when there is no answer."""
    fields = {
        "Content-Type": ACTIVITY_JSON,
        "Accept": ACTIVITY_JSON,
        **signing.signed(config, names.key_id(signer), inbox, body, now),
    }
    answer = _asked(config, inbox, fields, body, ACTOR_OCTETS, SENDING)
    return answer.status, answer.headers.get("Retry-After", "")


def read(config: Config, found: Any, address: str) -> Actor:
    """The actor in a document that was found at `address`. Raises FetchError."""
    if not isinstance(found, dict) or found.get("id") != address:
        raise FetchError(f"{address}: what is there calls itself otherwise")
    endpoints = found.get("endpoints")
    shared = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    inbox, host = found.get("inbox"), host_of(address)
    if (
        found.get("type") not in _KINDS
        or not is_address(config, inbox)
        or host_of(str(inbox)) != host
    ):
        raise FetchError(f"{address}: there is no actor with an inbox of its own server")
    if not is_address(config, shared) or host_of(str(shared)) != host:
        shared = ""
    name = found.get("preferredUsername")
    handle = f"{name[:100] if isinstance(name, str) else '?'}@{host}"
    return Actor(address, str(inbox), str(shared), handle, tuple(_keys(found, address)))


_PROFILE = "https://www.w3.org/ns/activitystreams"


def _keys(found: dict[str, Any], address: str) -> list[tuple[str, str]]:
    """The keys that belong to an actor and lie at its own server."""
    told = found.get("publicKey")
    keys = []
    for one in told[:10] if isinstance(told, list) else [told]:
        if not isinstance(one, dict):
            continue
        name, owner, pem = one.get("id"), one.get("owner"), one.get("publicKeyPem")
        is_own = isinstance(name, str) and owner == address and host_of(name) == host_of(address)
        if is_own and isinstance(pem, str) and len(pem) < 5_000:
            keys.append((str(name), pem))
    return keys


def _asked(
    config: Config,
    address: str,
    fields: dict[str, str],
    body: bytes | None,
    octets: int,
    seconds: float,
) -> Answer:
    if not is_address(config, address):
        raise FetchError(f"{address[:LONGEST_ADDRESS]}: such an address is not asked")
    inside = _is_inside(config, address)
    return fetching.exchange(address, fields, body, inside=inside, octets=octets, seconds=seconds)


def _is_inside(config: Config, address: str) -> bool:
    return host_of(address) in config.activitypub.inside


def _is_activity(kind: str) -> bool:
    """Whether a server says that a document is its own word on somebody (ActivityPub 3.2). Files
    that people keep there, whatever stands in them, have other types."""
    name, _, rest = kind.partition(";")
    said = name.strip().lower()
    return said == ACTIVITY_JSON or (said == "application/ld+json" and _PROFILE in rest)


def _bare(address: str) -> str:
    return address.partition("#")[0]
