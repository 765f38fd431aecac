"""What an operator decides about other hubs, as plain functions."""

from __future__ import annotations

import dataclasses
import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from solicomm_build.features.network import hooks, standing
from solicomm_build.features.network.carrying import wire
from solicomm_build.features.network.carrying.knocking import wake
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.judging import founding, homesettings
from solicomm_build.features.network.sealed import offering as alone
from solicomm_build.features.network.sealed import tokens
from solicomm_build.features.network.sharing import offered as offering
from solicomm_build.features.network.sharing import sayings
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import mirrored
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.features.network.trust.peers import Follow, Peer
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config


def card_at(source: str) -> tuple[bytes, Card]:
    """The card that an address or a file has. Raises SoliCommError."""
    if source.startswith(("https://", "http://")):
        check_address(source)
        blob = wire.card(source)
    else:
        path = Path(source)
        if not path.is_file():
            raise UsageError(f"{source} is neither an address such as https://… nor a file")
        blob = path.read_bytes()
    return blob, cards.read(blob, file=source)


def words(card: Card) -> str:
    """The key as it is compared by telephone."""
    return identities.words(card.key)


def own_words(config: Config) -> str:
    """This hub's own key as it is compared by telephone."""
    return identities.words(identities.of(config).public)


def how_others_add(card: Card) -> str:
    """What this hub's operator tells others, as a sentence."""
    if is_of_this_machine(card.url):
        return (
            f"{card.url} is an address of this machine, where no other hub finds it. Say in"
            " hub.yaml where it is (url), or give others its card: solicomm peer card > CARD"
        )
    return f"Other operators add it with: solicomm peer add {card.url}"


def is_of_this_machine(url: str) -> bool:
    """Whether an address leads nowhere but to the machine that asks."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_key(card: Card, said: str) -> bool:
    """Whether what somebody typed is this key: its words, its fingerprint or the key itself."""
    plain = " ".join(said.replace("-", " ").lower().split())
    return plain == words(card) or said.strip() in (card.key, card.id)


def add(config: Config, blob: bytes, card: Card, source: str) -> str:
    """Trusts a hub from now on; a sentence about it. `source` is where its card came from: an
    address or a file, and empty for a hub that is not to be asked over the net. Raises
    UsageError."""
    own = identities.of(config)
    if card.id == own.id:
        raise UsageError("this is the card of this hub itself")
    url = (source if source.startswith("http") else card.url).rstrip("/") if source else ""
    is_ours = url == config.url.rstrip("/")  # as of all hubs that nobody told where they are
    url = "" if is_ours else url
    with peering.changing(config) as known:
        before = known.peers.get(card.id)
        is_led_to = before is not None and any(before.key == one.key for one in card.chain)
        if before is not None and before.key != card.key and not is_led_to:
            raise UsageError(
                f"{card.id} is known here with another key. If its operator says that the key was "
                f"lost, first: solicomm peer remove {card.id}"
            )
        peer = dataclasses.replace(before or peering.of_card(card, url), url=url)
        known.peers[card.id] = peer
    peering.keep_card(config, peer, blob)
    book.refresh(config, own, peering.read(config))
    wake(config)
    said = f"{card.id} is known now. To keep a conference of it: solicomm peer follow {card.id} …"
    if is_ours:
        said += f"\n{config.url} is this hub's own address, too, so it is met by stick or mail."
    return said


def quota(config: Config, hub: str, posts: int) -> str:
    """Says how many posts a day a hub may bring into each conference of which it is not the home;
    a sentence about it."""
    with peering.changing(config) as known:
        found = known.peer(hub)
        known.peers[found.id] = peering.with_quota(found, posts)
    wake(config)
    return f"{found.id} may bring {posts} posts a day into each conference."


def vouch(config: Config, hub: str, *, is_vouched: bool) -> str:
    """Has this hub's card name another hub, or not any more; a sentence about it."""
    with peering.changing(config) as known:
        peer = known.peer(hub)
        known.peers[peer.id] = dataclasses.replace(peer, is_vouched=is_vouched)
    own, known = identities.of(config), peering.read(config)
    offered = offering.names(config, own, known)
    cards.own(config, own, offered, known.vouched)
    book.refresh(config, own, known)
    wake(config)
    if not is_vouched:
        return f"This hub does not vouch for {peer.id} any more."
    return f"This hub vouches for {peer.id}: its card says so, and other hubs show it as known."


def remove(config: Config, hub: str) -> str:
    """Knows a hub no more; a sentence about it. What it was offered goes first: whoever was killed
    then can say it again."""
    identifier = peering.forgettable(peering.read(config), hub).id
    gone = alone.forget(config, identifier)
    peering.forget(config, identifier)
    tokens.tidy(config)
    hooks.gone(config, identifier)
    sayings.forget(config, identifier)
    book.refresh(config, identities.of(config), peering.read(config))
    wake(config)
    offered = f" It is not offered {', '.join(gone)} any more." if gone else ""
    return f"{identifier} is not known any more; its posts stay, new ones do not come.{offered}"


def follow(
    config: Config, hub: str, repo: str, mode: str | None = None, *, is_moved: bool = False
) -> str:
    """Keeps a conference of another hub here from now on; a sentence about it. Without a mode it is
    the one before, or `mirror`. `is_moved` is the operator's word that the home of one that is
    followed is this hub now."""
    if not cards.is_repo(repo):
        raise UsageError(f"{repo} is nothing that can be followed. Write conferences/ID")
    with peering.changing(config) as known:
        peer = known.peer(hub)
        before = known.follows.get(repo)
        if before is not None and before.home != peer.id and not is_moved:
            raise UsageError(
                f"{repo} is followed as a conference of {before.home}. If its home is {peer.id} now"
                " (ask both operators), say so: --moved"
            )
        if before is None and not (is_moved and _may_move(config, repo, peer.id)):
            founding.check_free(config, repo.partition("/")[2])
        mode = mode or (before.mode if before else peering.MODES[0])
        known.follows[repo] = Follow(repo, peer.id, mode)
    homesettings.move(config, repo.partition("/")[2], peer.id)
    alone.rejoin(config, repo.partition("/")[2], peer)
    wake(config)
    said = f"{repo} of {peer.id} is followed ({mode}).{_posted_here(config, peer, mode)}"
    is_here = config.conference_repo(repo.partition("/")[2]).exists()
    if not is_here and standing.lacks(config, known, peer.id, repo):
        return f"{said} {standing.not_offered(peer.id, repo)}"
    return f"{said} {standing.comes(known, peer.id, is_copy=False)}"


def _posted_here(config: Config, peer: Peer, mode: str) -> str:
    """What is said of mail that cannot be passed on to a home; nothing where it can."""
    card = peering.card_of(config, peer)
    if mode == "full" or card is None or not mirrored.comes_back(config, card.domain):
        return ""
    return f" Mail to it is posted here all the same: {peer.id} has this hub's own mail domain."


def _may_move(config: Config, repo: str, hub: str) -> bool:
    """Whether a conference of this hub may have another hub as its home: one that carries it on
    while this one was away, or the one that it was once taken from."""
    settings = homesettings.of(config, repo.partition("/")[2])
    if settings is None:
        return False
    return hub in settings.heirs or hub == homesettings.begun_at(config, repo.partition("/")[2])


def unfollow(config: Config, repo: str) -> str:
    """Takes nothing more of a conference, which is this hub's own from then on; a sentence about
    it. Whoever was killed in between can do it again: what is not followed any more has its home
    elsewhere still."""
    with peering.changing(config) as known:
        follow = known.follows.pop(repo, None)
        home = follow.home if follow is not None else _left(config, repo)
        if not home:
            raise UsageError(f"{repo} is not followed. `solicomm peer list` shows what is")
    point("network.unfollowing")
    alone.leave(config, repo.partition("/")[2], home)
    homesettings.move(config, repo.partition("/")[2], "")
    tokens.tidy(config)
    wake(config)
    return (
        f"{repo} of {home} is not followed any more. What is here stays, and is a conference"
        " of this hub's own from now on: its hosts and moderators are those of this hub."
    )


def _left(config: Config, repo: str) -> str:
    """The hub at which a conference that is here has its home, though it is not followed; empty for
    none."""
    if not cards.is_repo(repo):
        return ""
    settings = homesettings.of(config, repo.partition("/")[2])
    return settings.home if settings is not None else ""


def check_address(url: str) -> None:
    """Raises UsageError for an address that anybody on the way could answer."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"{url} is no address: {error}") from error
    if parts.scheme == "https":
        return
    try:
        is_near = ipaddress.ip_address(parts.hostname or "").is_private
    except ValueError:
        is_near = parts.hostname == "localhost" or (parts.hostname or "").endswith(".local")
    if not is_near:
        raise UsageError(f"{url} is not safe: write https://{parts.netloc}{parts.path}")
