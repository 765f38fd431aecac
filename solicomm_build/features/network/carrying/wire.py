"""What hubs say to each other over HTTP, as the one who asks. Blocking.

Everything that counts is signed or sealed within; what a peer's server answers is bounded and never
trusted for its own sake.
"""

from __future__ import annotations

import json
import re

from solicomm_build.features.network.carrying import messageids, stepping, turns
from solicomm_build.features.network.carrying.stepping import Stones
from solicomm_build.features.network.trust import card as cards
from solicomm_build.foundation import fetching
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.types import Oid, PostId

OFFERS = "/network/offers"
KNOCK = "/network/knock"
IDS = "/network/ids"
HUBS = "/network/hubs"
COPIES = "/network/copies"
NOTICES = "/network/notices"
SAID = "/network/said"
STEPS = "/network/steps"

_OID_LENGTH = 40
_MOST_HUBS = 10_000
_HIGHEST = 10**15
_COPY = re.compile(r"[a-z]{2,20}/[a-z0-9-]{1,28}@[a-z0-9-]{3,40}")
_AT = re.compile(r"/[a-z]{2,20}/[a-z0-9@-]{1,70}\.git")
_NOTICE = re.compile(r"[a-z0-9.-]{30,80}")


def card(url: str) -> bytes:
    """The card of the hub at an address. Raises FetchError."""
    try:
        return _get(url.rstrip("/") + cards.PATH)
    except fetching.StatusError as error:
        if error.status != 404:
            raise
        raise FetchError(
            f"{url}: that hub is in no network yet, or no hub is there. Its operator types"
            " `solicomm peer init`, then try again"
        ) from error


def offers(url: str) -> dict[str, dict[str, Oid]]:
    """The tags of all offers that a hub has, by repository and hub. Raises FetchError, or
    ContentError for what is no such table."""
    try:
        found = json.loads(_get(url + OFFERS))
        return {
            repo: {hub: Oid(tag) for hub, tag in tags.items() if _is_tag(hub, tag)}
            for repo, tags in found.items()
            if cards.is_shared(repo)
        }
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        remedy = "Is it a hub of SoliComm, and of a version that speaks of networks?"
        raise ContentError("the hub's offers cannot be read", remedy=remedy) from error


def copies(url: str) -> dict[str, str]:
    """Where git reads the copies that a hub keeps, by `<repo>@<home>`: addresses. Nothing when it
    does not say it, being older."""
    try:
        found = json.loads(_get(url + COPIES))["copies"]
        pairs = list(found.items())[:_MOST_HUBS]
        return {key: url + at for key, at in pairs if _COPY.fullmatch(key) and _AT.fullmatch(at)}
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError, FetchError):
        return {}


def hubs(url: str) -> dict[str, int]:
    """The hubs that another hub tells of, with the numbers of their cards, those it stands nearest
    to first. Raises FetchError, or ContentError for what is no such table."""
    try:
        found = json.loads(_get(url + HUBS))["hubs"]
        fits = (one for one in list(found.items())[:_MOST_HUBS] if _is_card(*one))
        return dict(fits)
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        remedy = "Is it a hub of SoliComm, and of a version that has a directory of hubs?"
        raise ContentError("the hub's directory cannot be read", remedy=remedy) from error


def card_of(url: str, hub: str) -> bytes:
    """The card of a hub as another one hands it on. Raises FetchError."""
    return _get(f"{url}{HUBS}/{hub}")


def message_ids(
    url: str, identity: Identity, conference: str, since: Oid | None
) -> dict[PostId, str]:
    """The Message-IDs that a hub tells us of its posts after a commit of its own. Raises
    FetchError or ContentError."""
    query = f"?since={since}" if since else ""
    blob = _get(f"{url}{IDS}/{identity.id}/{conference}{query}")
    return messageids.opened(blob, identity) if blob else {}


def notices(url: str) -> list[str]:
    """The names of the notices and receipts of erasures that a hub has. Raises FetchError, or
    ContentError for what is no such list."""
    try:
        found = json.loads(_get(url + NOTICES))
        return [name for name in found if isinstance(name, str) and _NOTICE.fullmatch(name)]
    except (ValueError, TypeError, RecursionError) as error:
        remedy = "Is it a hub of SoliComm, and of a version that speaks of networks?"
        raise ContentError("the hub's notices of erasures cannot be read", remedy=remedy) from error


def notice(url: str, name: str) -> bytes:
    """One of them. Raises FetchError."""
    return _get(f"{url}{NOTICES}/{name}")


def said(url: str) -> dict[str, int]:
    """What a hub says of its own, with the numbers of its files (sharing/sayings.py). Raises
    FetchError, or ContentError for what is no such table."""
    try:
        found = json.loads(_get(url + SAID))["said"]
        pairs = list(found.items())[:_MOST_HUBS]
        return {name: seq for name, seq in pairs if type(seq) is int and seq < _HIGHEST}
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        remedy = "Is it a hub of SoliComm, and of a version that speaks of networks?"
        raise ContentError("what the hub says cannot be read", remedy=remedy) from error


def saying(url: str, name: str) -> bytes:
    """One of its files. Raises FetchError."""
    return _get(f"{url}{SAID}/{name}")


def stones(source: str) -> stepping.Ask:
    """How the hub that has a repository at this address of git names stones in the logs of it
    (stepping.py): none, where it is older. What is given raises FetchError."""
    url, kind, name = source.removesuffix(".git").rsplit("/", 2)

    def ask(hub: str, since: str) -> Stones:
        try:
            return stepping.read(_get(f"{url}{STEPS}/{kind}/{name}/{hub}?since={since}"))
        except (fetching.StatusError, ContentError):
            return Stones()

    return ask


def knock(url: str, own: str) -> None:
    """Says that there is something new. Raises FetchError."""
    fetching.post(url + KNOCK, own.encode(), seconds=10)


def _get(url: str) -> bytes:
    """What is there; a hub that is busy is asked again at the next look, and keeps nobody waiting.
    Raises FetchError."""
    with turns.away() as left:
        return fetching.fetch(url, sleep=_later, seconds=left)


def _later(_seconds: float) -> None:
    raise FetchError("the hub is busy, and is asked again later")


def _is_card(hub: object, seq: object) -> bool:
    return isinstance(hub, str) and bool(ID.fullmatch(hub)) and type(seq) is int and seq < _HIGHEST


def _is_tag(hub: object, tag: object) -> bool:
    return (
        isinstance(hub, str)
        and isinstance(tag, str)
        and bool(ID.fullmatch(hub))
        and len(tag) == _OID_LENGTH
    )
