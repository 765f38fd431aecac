"""Hubs that know each other, without processes: posts written straight into git, and carried as a
stick carries them."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.features.network.carrying import packets, syncing
from solicomm_build.features.network.erasures import heeding
from solicomm_build.features.network.judging.taking import Report
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation import keys, maillog
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub import sshsig
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs, smallhub

NET = Conference("net", {"en": "Net"}, posting="open")
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class Network:
    """Hubs `a`, `b` … in one folder; `a` is the home of the conference `net`, the others follow it,
    and all know all."""

    def __init__(self, folder: Path, names: Iterable[str] = "abc") -> None:
        self.folder = folder
        self.hubs: dict[str, Config] = {}
        self._sticks = 0
        for name in names:
            made = smallhub.make(folder / name, *([NET] if name == "a" else [_OTHER]))
            domain = f"{name}.example"
            self.hubs[name] = replace(made, domain=domain, url=f"https://{domain}", name=name)
            keys.token_key(made.keys)
        made_cards = self.cards()
        for name, hub in self.hubs.items():
            for other, card in made_cards.items():
                if other != name:
                    adding.add(hub, card, cards.read(card), "card")
            if name != "a":
                adding.follow(hub, self.id("a"), "conferences/net", "full")

    def cards(self) -> dict[str, bytes]:
        """The card of each hub."""
        return {name: cards.own(hub, self.identity(name), {}) for name, hub in self.hubs.items()}

    def stored_card(self, name: str) -> bytes:
        """The card that a hub shows others."""
        return (peering.folder(self.hubs[name]) / "card.yaml").read_bytes()

    def identity(self, name: str) -> Identity:
        """A hub's key."""
        return identities.of(self.hubs[name])

    def id(self, name: str) -> str:
        """A hub's id."""
        return self.identity(name).id

    def known(self, name: str) -> Peers:
        """Whom a hub knows, and what it follows."""
        return peering.read(self.hubs[name])

    def repo(self, name: str) -> Repo:
        """The shared conference as a hub has it."""
        return open_repo(self.hubs[name].conference_repo("net"))

    def write(self, name: str, *made: Post, source: str = "mail") -> None:
        """Posts that came by mail to a hub."""
        with Writer(self.repo(name)) as writer:
            for post in made:
                writer.commit(
                    [hubs.change(post)],
                    author_name=post.name,
                    when=(post.date or START) + timedelta(minutes=1),
                    message=f"{post.subject}\n\nSource: {source}\nMessage: {post.mid}\n",
                )

    def push(self, name: str, *changes: Change, message: str = "Push\n") -> None:
        """A commit of a hub whose operator stops at nothing."""
        with Writer(self.repo(name)) as writer:
            writer.commit(changes, author_name="x", when=START, message=message)

    def sign(self, name: str) -> list[str]:
        """Signs what is new at a hub."""
        return syncing.sign(self.hubs[name], self.identity(name), self.known(name))

    def stick(self, giver: str, taker: str, *, wishes: Collection[str] = ()) -> Path:
        """What one hub writes for another."""
        syncing.sign(self.hubs[giver], self.identity(giver), self.known(giver), wholly=True)
        self._sticks += 1
        out = self.folder / f"{self._sticks}.stick"
        known = self.known(giver)
        peer = known.peers[self.id(taker)]
        who = self.identity(giver)
        packets.write(self.hubs[giver], who, known, out, peer, wishes=wishes)
        return out

    def read(self, name: str, stick: Path) -> Report:
        """A hub takes what is on a stick."""
        hub = self.hubs[name]
        log = maillog.to_nobody()
        identity, known = self.identity(name), self.known(name)
        report = packets.take(hub, identity, known, stick, log)
        report.lines += heeding.carry_out(hub, identity, known, log)
        return report

    def carry(self, giver: str, taker: str) -> Report:
        """Both."""
        return self.read(taker, self.stick(giver, taker))

    def tree(self, name: str, what: str = "topics") -> str:
        """What git calls all posts and events of the conference at a hub; "" for none."""
        return smallhub.tree(self.repo(name), what)

    def files(self, name: str) -> dict[str, bytes]:
        """Every file of the conference at a hub."""
        return smallhub.files(self.repo(name).path)

    def tip(self, name: str) -> Oid:
        """Where the conference is at a hub."""
        return self.repo(name).ref() or Oid("")

    def mids(self, name: str) -> set[PostId]:
        """The posts at a hub."""
        return {ids[1] for path in self.files(name) if (ids := posts.parse_path(path))}

    def remove(self) -> None:
        """Takes the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def stranger(name: str, **more: object) -> tuple[Card, bytes]:
    """The card of a hub somewhere that offers the conference `water`, a library and a site, signed
    by its key."""
    pem = sshsig.new_key()
    public = sshsig.public_key(pem)
    domain = f"{name}.example"
    who = Identity(identities.id_of(domain, public), public, pem)
    own = ("conferences/water", "libraries/laws", "unions/dockers")
    offers = dict.fromkeys(own, who.id) | {"conferences/other": "far-aaaaaaaa"}
    card = Card(who.id, public, f"{name} <b>", f"https://{domain}", domain, offers=offers, seq=1)
    card = replace(card, **more)  # type: ignore[arg-type]
    return card, cards.write(card, who)


_OTHER = Conference("own", {"en": "Own"}, posting="open")
