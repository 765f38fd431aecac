"""What a hub says of itself to other hubs, signed: `/.well-known/solicomm/hub.yaml`.

Format: docs/formats/network.md. The newest card (`seq`) with a signature by the hub's own key
counts.
"""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from solicomm_build.features.network.trust import copies, signed
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub import keychain, sshsig
from solicomm_build.foundation.hub.config import SCOPES, Config
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.hub.keychain import Keys, Step
from solicomm_build.foundation.types import SLUG
from solicomm_build.foundation.yamlsafe import Node

SCHEMA = "solicomm/hub@card1"
PATH = "/.well-known/solicomm/hub.yaml"
CONFERENCES = "conferences"
FEW = 400
"""So many offers every card has room for."""

_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,250}(?:/[A-Za-z0-9._~/-]{0,200})?")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*")
_SCOPE = re.compile("|".join(SCOPES))
_REGION = re.compile(r"[0-9]{3}")
_MOST_PARENTS, _MOST_OFFERS, _MOST_VOUCHES = 5, 5000, 500
_MARGIN = 512  # octets of a card for its number, its date and what holds its offers
_RENEWED = timedelta(days=7)  # so that others see that the hub is there
_AHEAD = timedelta(minutes=10)  # so much may a clock be fast


@dataclass(frozen=True, slots=True)
class Card:
    """A hub as it presents itself. `offers` has for each shared repository (`conferences/water`)
    the id of the hub that is its home; regions are codes of UN M49; `vouches` are the ids of hubs
    that its operator vouches for, `at` is when the card was signed, `chain` how the hub's key
    changed."""

    id: str
    key: str
    name: str
    url: str
    domain: str
    languages: tuple[str, ...] = ("en",)
    scope: str = ""
    regions: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    contact: str = ""
    offers: Mapping[str, str] = field(default_factory=dict)
    seq: int = 0
    vouches: tuple[str, ...] = ()
    at: datetime | None = None
    chain: tuple[Step, ...] = ()

    @property
    def keys(self) -> Keys:
        """The hub's key, and those that it gave up."""
        return keychain.keys(self.chain, self.key)


def write(card: Card, identity: Identity) -> bytes:
    """The card's file, signed by this hub."""
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "id": card.id,
        "seq": str(card.seq),
        "key": card.key,
        "name": card.name,
        "url": card.url,
        "domain": card.domain,
        "languages": list(card.languages),
    }
    more: dict[str, Node] = {
        "scope": card.scope,
        "regions": list(card.regions),
        "parents": list(card.parents),
        "contact": card.contact,
        "vouches": list(card.vouches),
        "at": card.at.strftime("%Y-%m-%dT%H:%M:%SZ") if card.at else "",
        "former_keys": keychain.write(card.chain),
        "offers": dict(card.offers),
    }
    values |= {key: value for key, value in more.items() if value}
    return signed.write(values, identity)


@lru_cache(maxsize=32)
def read(blob: bytes, *, file: str = "") -> Card:
    """The card in a file. Raises ContentError or ContentErrors: not signed by the key in it, an id
    that is not of that key, or a value that does not fit. The cards of neighbours are asked for at
    every exchange, and are the same for days."""
    top, signer = signed.read(blob, file=file)
    top.schema(SCHEMA)
    key = top.text("key", required=True, example="ssh-ed25519 AAAA…")
    card = Card(
        id=top.text("id", required=True, example="water-3fk2q7ab", pattern=ID),
        key=key,
        name=top.text("name", required=True, longest=100),
        url=top.text("url", required=True, example="https://hub.example", pattern=_URL),
        domain=top.text("domain", required=True, example="hub.example", pattern=_DOMAIN),
        languages=top.languages(),
        scope=top.text("scope", pattern=_SCOPE, example="regional"),
        regions=top.words("regions", pattern=_REGION, example="[014]", most=50),
        parents=top.words("parents", pattern=ID, example="[water-3fk2q7ab]", most=_MOST_PARENTS),
        contact=top.text("contact", longest=200),
        offers=_offers(top.value("offers")),
        seq=top.integer("seq", required=True),
        vouches=top.words("vouches", pattern=ID, example="[dock-5ab2q7cd]", most=_MOST_VOUCHES),
        at=top.moment("at"),
        chain=keychain.read(top.sections("former_keys", most=keychain.MOST)),
    )
    top.close()
    top.raise_faults()
    if card.chain and signer == key:
        keychain.check(identities.root(card.id), card.chain, key, file=file)
    elif signer != key or not identities.fits(card.id, key):
        remedy = "Ask the hub itself for its card, as with `solicomm peer add URL`"
        fault = "the card is not signed by the hub that it names"
        raise ContentError(fault, file=file, remedy=remedy)
    return card


def _offers(value: Node | None) -> dict[str, str]:
    """What of the offers is understood; a newer hub may offer what this one does not know."""
    pairs = value.items() if isinstance(value, dict) else ()
    return {
        repo: home
        for repo, home in list(pairs)[:_MOST_OFFERS]
        if is_shared(repo) and isinstance(home, str) and ID.fullmatch(home)
    }


def is_shared(text: str) -> bool:
    """Whether this names something that a hub may offer: a conference, or what others may keep a
    copy of."""
    return is_repo(text) or copies.is_copied(text)


def is_repo(text: str) -> bool:
    """Whether this names something that hubs write together: `conferences/<id>`."""
    kind, slash, name = text.partition("/")
    return bool(slash) and kind == CONFERENCES and SLUG.fullmatch(name) is not None


def own(
    config: Config, identity: Identity, offers: Mapping[str, str], vouches: Iterable[str] = ()
) -> bytes:
    """This hub's card as it is now: the kept one, or a newer one when something has changed, a week
    has gone by, or the clock was ahead. Its number is at least the second, so that others hear a
    hub that came back from a backup. It has the first of the offers, as many as there is room for
    in what other hubs read. Durable on return."""
    path = config.private / "network" / "card.yaml"
    before, when = _kept(path), clock.now().replace(microsecond=0)
    now = Card(
        id=identity.id,
        key=identity.public,
        name=config.name,
        url=config.url,
        domain=config.domain,
        languages=config.languages,
        scope=config.network.scope,
        regions=config.network.regions,
        parents=config.network.parents,
        contact=f"postmaster@{config.domain}",
        vouches=tuple(sorted(vouches)),
        chain=identity.chain,
        seq=before.seq if before else 0,
        at=before.at if before else None,
    )
    now = dataclasses.replace(now, offers=_fitting(now, identity, offers))
    if before == now and now.at and -_AHEAD <= when - now.at < _RENEWED:
        return path.read_bytes()
    seq = max(now.seq + 1, int(when.timestamp()))
    made = write(dataclasses.replace(now, seq=seq, at=when), identity)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(path, made)
    return made


def _fitting(card: Card, identity: Identity, offers: Mapping[str, str]) -> dict[str, str]:
    """The first of these that a card has room for, in the order in which it says them."""
    octets = list(accumulate(len(f"  {repo}: {home}\n") for repo, home in offers.items()))
    if not octets or octets[-1] < signed.MOST // 4:
        return dict(sorted(offers.items()))  # as nearly always; the rest is small
    room = signed.MOST - len(write(card, identity)) - _MARGIN
    count = bisect.bisect_right(octets, room)
    return dict(sorted([*offers.items()][:count]))


def kept(config: Config) -> Card | None:
    """This hub's card as it was signed last, if it was."""
    return _kept(config.private / "network" / "card.yaml")


def _kept(path: Path) -> Card | None:
    try:
        return read(path.read_bytes())
    except (OSError, SoliCommError):
        return None


def fingerprint(card: Card) -> str:
    """How a key is compared by telephone."""
    return identities.words(sshsig.checked(card.key))
