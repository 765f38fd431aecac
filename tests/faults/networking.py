"""The stage `network` as it is broken here: what three hubs wrote came by mail."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from solicomm_build.builder.run import Builder
from solicomm_build.features.network import run as network
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, data, keys
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, shapes, smallhub
from solicomm_build.testing.networks import START
from solicomm_build.testing.networks import Network as Hubs
from tests.faults import picture, stages
from tests.faults.picture import Picture
from tests.faults.trial import Row

GONE = hubs.post("gone", body="Words that have to go.\n")


class Network(stages.Common):
    """Files in the inbox: posts with another version of one that is here, an event of the home, and
    a conference that is new here."""

    name = "network"
    hubs = "abc"

    def found(self, root: Path) -> None:
        aside = root.with_name("hubs")
        shutil.rmtree(aside, ignore_errors=True)
        with clock.fixed(stages.NOW - timedelta(hours=1)):
            net = Hubs(aside, self.hubs)
            _without_a_line(net)
            net.write("a", GONE, hubs.post("one", minutes=1))
            for name in self.hubs[1:]:
                net.carry("a", name)
            sticks = self.happened(net)
        shutil.copytree(net.hubs["b"].root, root)
        inbox = peering.folder(self.config(root)) / "inbox"
        inbox.mkdir(mode=0o700)
        for number, stick in enumerate(sticks):
            shutil.move(stick, inbox / f"{number}.zip")
        shutil.rmtree(aside)
        self._show(root)

    def happened(self, net: Hubs) -> list[Path]:
        """What others wrote and decided, and the sticks with it."""
        net.write("b", hubs.post("two", "one"), hubs.post("same", "one", body="Here.\n"))
        for name in "ac":
            net.write(name, hubs.post("same", "one", body=f"At {name}.\n"))
        net.write("c", *(hubs.post(f"c{number}", "one") for number in range(3)))
        _hide(net)
        smallhub.add_conference(net.hubs["a"], Conference("more", {"en": "More"}))
        adding.follow(net.hubs["b"], net.id("a"), "conferences/more", "full")
        return [net.stick("a", "b"), net.stick("c", "b")]

    def _show(self, root: Path) -> None:
        """Its pages are there, as those of any hub that others brought something to are."""
        with clock.fixed(stages.NOW - timedelta(minutes=30)):
            builder = Builder(self.config(root), data.theme())
            try:
                builder.build()
            finally:
                builder.close()

    def config(self, root: Path) -> Config:
        at = {"domain": "b.example", "url": "https://b.example"}
        return replace(
            super().config(root), languages=("en",), **at
        )  # five more write no other way

    def work(self, root: Path) -> None:
        """Two rounds: the directory has what the first one took with the second."""
        config = self.config(root)
        with clock.fixed(stages.NOW):
            for _ in range(2):
                network.network(config, once=True, log=stages.log_of(config))

    def picture(self, root: Path) -> Picture:
        taken = super().picture(root)
        taken = {name: one for name, one in taken.items() if not name.startswith("mirrors/")}
        config = self.config(root)
        for repo in picture.repositories(config.conferences):
            name = repo.path.name
            taken.pop(f"content/conferences/{name}: messages", None)  # a version has two commits
            taken[f"{name}: offers"] = sorted(offers.refs(repo))
        cards = taken["content/hubs.git: files"]
        assert isinstance(cards, dict)
        taken["content/hubs.git: files"] = sorted(cards)  # a card says when it was signed
        place = peering.folder(config)
        notices = (path.name for path in (place / "erasures").glob("*"))
        taken["notices"] = sorted(name for name in notices if not name.endswith(".tmp"))
        taken["inbox"] = sorted(path.name for path in (place / "inbox").glob("*"))
        return taken

    def faults(self, root: Path) -> list[str]:
        config = self.config(root)
        found = picture.shown(config, set(self.addresses))
        identity, known = identities.of(config), peering.read(config)
        for repo in picture.repositories(config.conferences):
            name, tip = repo.path.stem, repo.ref()
            own = offers.held(repo, identity.id, identity.public)
            if own is None or own.tip != tip:
                found.append(f"{name}: what this hub signed is not where its log is")
            for hub in offers.refs(repo):
                key = identity.public if hub == identity.id else known.peers[hub].key
                if offers.held(repo, hub, key) is None:
                    found.append(f"{name}: the offer of {hub} does not hold")
        return found


class Erasing(Network):
    """A notice of an erasure, and a post that came after it."""

    name = "erasing"
    hubs = "ab"

    def happened(self, net: Hubs) -> list[Path]:
        erase.erase(net.hubs["a"], GONE.mid, reason="Asked for", by="op")
        net.write("a", hubs.post("three", "one"))
        return [net.stick("a", "b")]

    def faults(self, root: Path) -> list[str]:
        held = [repo.path.name for repo in picture.repositories(root) if _holds(repo.path)]
        told = [f"{name}: what was erased is there still" for name in held]
        return super().faults(root) + told


STAGES = (Network(), Erasing())


def many(folder: Path) -> Iterator[Row]:
    """Twenty hubs in a ring and in a tree, with a fault that is distance alone."""
    for shape in shapes.SHAPES:
        row = Row("network", f"20 hubs in a {shape}", points=20)
        place = folder / shape
        net = Hubs(place, shapes.LETTERS)
        net.write("a", hubs.post("root"))
        for name in shapes.LETTERS[1:]:
            net.carry("a", name)
        shapes.write(net, 3)
        most = shapes.across(shape, shapes.LETTERS)
        try:
            row.runs = shapes.until_agreed(net, shape, most)
        except AssertionError as error:
            row.findings.append(str(error))
        shutil.rmtree(place)
        yield row


def _without_a_line(net: Hubs) -> None:
    for hub in net.hubs.values():
        keys.token_key(hub.keys)
        with peering.changing(hub) as known:
            for one in [*known.peers.values()]:
                known.peers[one.id] = replace(one, url="")


def _hide(net: Hubs) -> None:
    post = hubs.post("one", minutes=1)
    event = events.make("hide", at=START, by="operator", data={"post": post.mid})
    net.push("a", Change(events.path(hubs.tid_of(post), event), events.encode(event)))


def _holds(repo: Path) -> bool:
    told = open_repo(repo).git("cat-file", "--batch-all-objects", "--batch", "--buffer")
    return GONE.body.strip().encode() in told
