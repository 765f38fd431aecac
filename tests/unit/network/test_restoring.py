"""A hub that was lost with its disk comes back from those who shared with it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.restore import command
from solicomm_build.features.network.carrying import packets
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.restoring import restoring
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.types import PostId
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import environment, open_repo
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.networks import Network, stranger


def _restore(folder: Path, *places: str) -> Result:
    words = [word for place in places for word in ("--from", f"peer:{place}")]
    return CliRunner().invoke(command, [*words, "--domain", "a.example", "--yes", str(folder)])


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    """The home `a` of a conference, which `b` has, too, and from where it has erased a post; and a
    stick of `b` for somebody who has nothing yet."""
    net = Network(tmp_path_factory.mktemp("net"))
    net.write("a", *(hubs.post(f"a{n}", minutes=n) for n in range(3)), hubs.post("away"))
    net.carry("a", "b")
    net.write("b", hubs.post("b", "a1"))
    net.carry("b", "a")
    erase.erase(net.hubs["a"], hubs.mid("away"), reason="Asked for", by="test")
    net.carry("a", "b")
    net.write("b", hubs.post("later", "b"))
    return net, net.stick("b", "c")


def test_a_clone_of_somebody_who_read_along_brings_a_conference_back(
    lost: tuple[Network, Path], tmp_path: Path
) -> None:
    net, _ = lost
    words = ["git", "clone", "-q", "--mirror", str(net.repo("b").path), str(tmp_path / "x.git")]
    subprocess.run(words, env=environment(), check=True)
    said = _restore(tmp_path / "hub", str(tmp_path / "x.git"))
    assert said.exit_code == 0, said.output
    hub = hubyaml.load(tmp_path / "hub")
    assert smallhub.files(hub.conference_repo("net")).keys() >= {
        path for path in net.files("b") if path.startswith("topics/")
    }


def test_a_hub_that_answers_is_asked(lost: tuple[Network, Path], tmp_path: Path) -> None:
    net, _ = lost
    net.sign("b")
    b = net.hubs["b"]
    book.refresh(b, net.identity("b"), net.known("b"))
    with webserver.running(b) as (host, port):
        said = _restore(tmp_path / "hub", f"http://{host}:{port}")
    assert said.exit_code == 0, said.output
    assert "conferences/net: 4 posts" in said.output
    hub = hubyaml.load(tmp_path / "hub")
    assert open_repo(hub.conference_repo("net")).ref() == offer_of(net).tip


def offer_of(net: Network) -> offers.Offer:
    """What the lost hub signed last, as `b` has it."""
    lost, known = _lost_id(net), net.known("b")
    found = offers.held(net.repo("b"), lost, known.peers[lost].key)
    assert found is not None
    return found


def _lost_id(net: Network) -> str:
    return next(one.home for one in net.known("b").follows.values() if one.repo.endswith("/net"))


def test_what_another_key_signed_does_not_come_back(tmp_path: Path) -> None:
    net = Network(tmp_path / "net", "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    net.sign("b")
    repo, lost = net.repo("b"), net.id("a")
    forged = replace(offer_of(net), seq=offer_of(net).seq + 9)
    offers.sign(repo, forged, replace(net.identity("b"), id=lost), clock.now())
    stick = net.folder / "forged.zip"
    card, blob = stranger("new")
    adding.add(net.hubs["b"], blob, card, "card")
    known = net.known("b")
    packets.write(net.hubs["b"], net.identity("b"), known, stick, known.peers[card.id])
    said = _restore(tmp_path / "hub", str(stick))
    assert "not restored" in said.output
    assert "another hub's key signed it" in said.output
    assert not hubyaml.load(tmp_path / "hub").conference_repo("net").exists()


def test_what_cannot_be_restored_says_why(lost: tuple[Network, Path], tmp_path: Path) -> None:
    _, stick = lost
    nothing = CliRunner().invoke(command, ["--from", f"peer:{stick}", str(tmp_path / "x")])
    assert "--domain" in str(nothing.exception)
    words = ["--from", "peer:nowhere.zip", "--domain", "a.example", str(tmp_path / "y")]
    absent = CliRunner().invoke(command, words)
    assert "neither an address" in str(absent.exception)
    assert not (tmp_path / "y").exists(), "no hub is made for nothing"
    odd = CliRunner().invoke(command, ["--from", str(stick), str(tmp_path / "x")])
    assert "peer:" in str(odd.exception)
    hub = smallhub.make(tmp_path / "other")  # another mail domain
    with pytest.raises(UsageError, match="--lost"):
        [*restoring.restore(hub, [str(stick)], "", lambda _: True)]
    with pytest.raises(UsageError, match="nothing was restored"):
        [*restoring.restore(hub, [str(stick)], _lost_id(lost[0]), lambda _: False)]


def test_a_hub_comes_back_from_a_stick_and_goes_on_with_its_peer(
    lost: tuple[Network, Path], tmp_path: Path
) -> None:
    net, stick = lost
    before, tip, old = net.files("a"), net.tip("a"), net.id("a")
    said = _restore(tmp_path / "hub", str(stick))
    assert said.exit_code == 0, said.output
    for words in (
        "4 posts",
        "private/roster.git",
        "solicomm peer follow",
        "1 posts that were erased",
    ):
        assert words in said.output
    hub = hubyaml.load(tmp_path / "hub")
    repo = open_repo(hub.conference_repo("net"))
    assert repo.ref() == tip, "its own history, commit by commit"
    assert smallhub.files(repo.path) == before
    assert Cursor(repo, COURIER).read() == tip, "nobody is mailed its archive"
    mail = MailStore(open_repo(hub.mail_repo))
    assert mail.is_erased(PostId(hubs.mid("away")))
    mail.close()
    assert "is here already" in _restore(tmp_path / "hub", str(stick)).output

    net.hubs["a"] = hub  # from here on the one that was lost is gone
    assert net.id("a") != old
    for name, other in ("ab", "ba"):
        card = cards.own(net.hubs[other], net.identity(other), {})
        adding.add(net.hubs[name], card, cards.read(card), "card")
    with pytest.raises(UsageError, match="--moved"):
        adding.follow(net.hubs["b"], net.id("a"), "conferences/net", "full")
    adding.follow(net.hubs["b"], net.id("a"), "conferences/net", "full", is_moved=True)
    net.write("a", hubs.post("new", "a0"))
    net.carry("b", "a")
    net.carry("a", "b")
    assert net.tree("a") == net.tree("b")
    assert {hubs.mid("later"), hubs.mid("new")} <= net.mids("a")
    assert hubs.mid("away") not in net.mids("a")
