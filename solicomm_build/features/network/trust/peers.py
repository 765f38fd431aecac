"""Whom this hub trusts, and what it follows: `private/network/peers.yaml`.

Trust is local: an operator has compared a key, once. The cards of these hubs lie beside it, as they
came (`private/network/hubs/<id>.yaml`). Format: docs/formats/network.md.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import copies, mirrored
from solicomm_build.features.network.trust.card import Card
from solicomm_build.features.network.trust.copies import Copy
from solicomm_build.foundation import clock, safeio, schema, yamlsafe
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub import keychain, sshsig
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID
from solicomm_build.foundation.hub.keychain import Keys, StrayedError
from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.yamlsafe import Node

FILE = "peers.yaml"
SCHEMA = "solicomm/peers@1"
QUOTA = 500
"""Posts a day that one hub may bring into a conference of which it is not the home."""
MODES = ("mirror", "full")

_MOST = 4 * 1024 * 1024  # octets of the file
_NAME = re.compile(r"(?:[a-z0-9-]+\.)+(?!(?:local|internal|lan)$)[a-z][a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Peer:
    """A hub whose key an operator has compared. `url` is where it is asked, empty for one that is
    known by a file alone; `quota` is posts a day; `is_vouched`: our card names it. `former`
    are keys that it gave up, each with the second when; `rekeyed` is when this hub learned of
    the last."""

    id: str
    key: str
    url: str
    quota: int = QUOTA
    added: datetime | None = None
    is_vouched: bool = False
    former: tuple[tuple[str, int], ...] = ()
    rekeyed: datetime | None = None

    @property
    def keys(self) -> Keys:
        """Its key, and those that it gave up."""
        return Keys(self.key, self.former)


@dataclass(frozen=True, slots=True)
class Follow:
    """A conference of another hub that is kept here, too. In mode `full` mail to it becomes posts
    here at once; in mode `mirror` it is passed on to its home."""

    repo: str
    home: str
    mode: str = "mirror"


@dataclass(frozen=True, slots=True)
class Peers:
    """All that is in the file."""

    peers: dict[str, Peer] = field(default_factory=dict)
    follows: dict[str, Follow] = field(default_factory=dict)
    copies: dict[str, Copy] = field(default_factory=dict)

    @property
    def vouched(self) -> list[str]:
        """The ids of the hubs that this one vouches for."""
        return sorted(one.id for one in self.peers.values() if one.is_vouched)

    def peer(self, identifier: str) -> Peer:
        """The hub of this id, or of an id that begins so. Raises UsageError."""
        if not identifier:  # all ids begin so
            raise UsageError("an empty id names no hub. `solicomm peer list` shows all")
        found = [one for one in self.peers.values() if one.id.startswith(identifier)]
        if identifier in self.peers:
            return self.peers[identifier]
        if len(found) != 1:
            which = "is not known here" if not found else "may be several hubs"
            raise UsageError(f"{identifier} {which}. `solicomm peer list` shows all")
        return found[0]


def folder(config: Config) -> Path:
    """Where all of this lies."""
    return config.private / "network"


def read(config: Config) -> Peers:
    """Whom the hub knows; nobody while there is no file. Raises ContentErrors."""
    path = folder(config) / FILE
    try:
        blob = path.read_bytes()
    except FileNotFoundError:
        return Peers()
    top = schema.open_file(blob, file=str(path), max_bytes=_MOST)
    top.schema(SCHEMA)
    peers = [_peer(one) for one in top.sections("peers")]
    follows = [_follow(one) for one in top.sections("follows")]
    kept = [copies.read(one) for one in top.sections("copies")]
    top.close()
    top.raise_faults()
    by_id, by_repo = {one.id: one for one in peers}, {one.repo: one for one in follows}
    return Peers(by_id, by_repo, {one.key: one for one in kept})


@contextlib.contextmanager
def changing(config: Config) -> Iterator[Peers]:
    """The same to be changed in its dictionaries, written when the block ends well. Others wait."""
    place = folder(config)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with safeio.locked(place / ".lock"):
        found = read(config)
        yield found
        safeio.write_atomic(place / FILE, _written(found), mode=0o600)
        note_mirrored(config, found)


def of_card(card: Card, url: str) -> Peer:
    """A hub whose card an operator has compared just now."""
    return Peer(card.id, card.key, url, added=clock.now(), former=card.keys.former)


def card_of(config: Config, peer: Peer) -> Card | None:
    """The newest card of a hub that came here."""
    try:
        return cards.read((folder(config) / "hubs" / f"{peer.id}.yaml").read_bytes())
    except (OSError, SoliCommError):
        return None


def domain_of(config: Config, known: Peers, peer: Peer) -> str:
    """The mail domain of a hub, as its newest card says it; empty without one, and when this hub
    has that domain, or the card of another that is known here says it, too: a card proves who
    signed it, and not whose a domain is."""
    card = card_of(config, peer)
    if card is None:
        return ""
    domain = card.domain.casefold()
    others = (card_of(config, one) for one in known.peers.values() if one.id != peer.id)
    taken = {one.domain.casefold() for one in others if one is not None}
    ours = {one.casefold() for one in config.all_domains}
    return "" if domain in ours | taken else card.domain


def keep_card(config: Config, peer: Peer, blob: bytes) -> Card:
    """Takes a hub's card when it is newer than what is here; the one that counts. Raises
    ContentError when it is not by the key that was compared."""
    card = cards.read(blob)
    before = card_of(config, peer)
    if card.id == peer.id and before is not None and before.seq >= card.seq:
        return before
    if card.id == peer.id and card.key != peer.key:
        _go_along(config, peer, card)
    elif card.id != peer.id:
        raise UsageError(f"this is a card of {card.id}, not of {peer.id} as it is known here")
    place = folder(config) / "hubs"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(place / f"{peer.id}.yaml", blob, mode=0o600)
    if before is None or before.domain != card.domain:
        note_mirrored(config, read(config))
    if before is not None and before.url != card.url:
        _go_to(config, peer, before.url.rstrip("/"), card.url.rstrip("/"))
    return card


def _go_to(config: Config, peer: Peer, old: str, new: str) -> None:
    """Asks a hub that has moved at its new address from now on, unless an operator has chosen
    another one than its card named. A card leads to names of the internet alone, and from TLS to
    TLS: into our own network only an operator does."""
    found, is_safe = urlsplit(new), new.startswith("https:") or not old.startswith("https:")
    if not is_safe or not _NAME.fullmatch(found.hostname or "") or new == config.url.rstrip("/"):
        return
    with changing(config) as known:
        here = known.peers.get(peer.id)
        if here is not None and here.url and here.url.rstrip("/") == old:
            known.peers[peer.id] = dataclasses.replace(here, url=new)


def _go_along(config: Config, peer: Peer, card: Card) -> None:
    """Takes the key of a hub that gave up the one that is known here, by both signatures. Raises
    ContentError for any other."""
    remedy = f"Ask its operator. If the key was lost: solicomm peer remove {peer.id}, then peer add"
    if any(card.key == one for one, _ in peer.former):
        raise StrayedError(f"it is signed by a key that {peer.id} gave up", remedy=remedy)
    if all(peer.key != one.key for one in card.chain):
        fault = f"the key of {peer.id} changed, and the one that is known here has not signed that"
        raise StrayedError(fault, remedy=remedy)
    with changing(config) as known:
        if (found := known.peers.get(peer.id)) is not None and found.key == peer.key:
            known.peers[peer.id] = dataclasses.replace(
                found, key=card.key, former=card.keys.former, rekeyed=clock.now()
            )


def note_mirrored(config: Config, known: Peers) -> None:
    """Writes down where mail to conferences goes that are only shown here (mirrored.py)."""
    found = {}
    for one in known.follows.values():
        card = card_of(config, known.peers[one.home]) if one.home in known.peers else None
        if one.mode == "mirror" and card is not None:
            found[one.repo.partition("/")[2]] = card.domain
    mirrored.write(folder(config), found)


def forget(config: Config, identifier: str) -> None:
    """Takes a hub away, with its card. What came from it stays."""
    with changing(config) as known:
        peer = forgettable(known, identifier)
        del known.peers[peer.id]
    (folder(config) / "hubs" / f"{peer.id}.yaml").unlink(missing_ok=True)


def forgettable(known: Peers, identifier: str) -> Peer:
    """A hub that can be forgotten. Raises UsageError for one that something is followed from."""
    peer = known.peer(identifier)
    followed = [one.repo for one in known.follows.values() if one.home == peer.id]
    followed += [one.repo for one in known.copies.values() if one.home == peer.id]
    if followed:
        raise UsageError(
            f"{peer.id} is the home of {', '.join(followed)}, which this hub follows."
            f" First: solicomm peer unfollow {followed[0]}"
        )
    return peer


def with_quota(peer: Peer, quota: int) -> Peer:
    """The same hub with another quota."""
    return dataclasses.replace(peer, quota=quota)


def _peer(one: Section) -> Peer:
    found = Peer(
        id=one.text("id", required=True, example="water-3fk2q7ab", pattern=ID),
        key=one.parsed("key", sshsig.checked, "", "Write the key as in the hub's card"),
        url=one.text("url"),
        quota=one.integer("quota", QUOTA, high=10_000_000),
        added=one.moment("added"),
        is_vouched=one.flag("vouched"),
        former=tuple(_former(each) for each in one.sections("former", most=keychain.MOST)),
        rekeyed=one.moment("rekeyed"),
    )
    one.close()
    return found


def _former(one: Section) -> tuple[str, int]:
    found = (
        one.parsed("key", sshsig.checked, "", "Write the key as in the hub's card"),
        one.integer("until", required=True, high=10**12),
    )
    one.close()
    return found


def _follow(one: Section) -> Follow:
    found = Follow(
        repo=one.text("repo", required=True, example="conferences/water"),
        home=one.text("home", required=True, example="water-3fk2q7ab", pattern=ID),
        mode=one.choice("mode", MODES, "mirror"),
    )
    one.close()
    return found


def _written(all_: Peers) -> bytes:
    peers: list[Node] = []
    for peer in all_.peers.values():
        values: dict[str, Node] = {"id": peer.id, "key": peer.key}
        if peer.url:
            values["url"] = peer.url
        values["quota"] = str(peer.quota)
        if peer.added:
            values["added"] = peer.added.strftime("%Y-%m-%dT%H:%M:%SZ")
        if peer.is_vouched:
            values["vouched"] = "true"
        if peer.former:
            values["former"] = [{"key": key, "until": str(until)} for key, until in peer.former]
        if peer.rekeyed:
            values["rekeyed"] = peer.rekeyed.strftime("%Y-%m-%dT%H:%M:%SZ")
        peers.append(values)
    follows: list[Node] = [
        {"repo": one.repo, "home": one.home, "mode": one.mode} for one in all_.follows.values()
    ]
    top: dict[str, Node] = {"schema": SCHEMA, "peers": peers, "follows": follows}
    if all_.copies:
        top["copies"] = [copies.written(one) for one in all_.copies.values()]
    return yamlsafe.dump(top).encode("utf-8")
