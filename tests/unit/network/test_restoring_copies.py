"""Libraries and sites of a hub that was lost come back from the copies that others keep."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.restore import command
from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Entry, File
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.network.carrying import packets
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.restoring import restoring
from solicomm_build.features.network.sharing import choosing, copying
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import receiving
from solicomm_build.git import repo as repos
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.networks import Network

WHEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LARGE = b"%PDF-1.4 a large document\n" * 100
KEY = "2026-aaaaaaaa"
SITE = "schema: solicomm/site@1\nunion: metal\ntitle: {en: Metalworkers}\nlanguages: [en]\n"


def _write(repo: Repo, *changes: Change) -> None:
    with Writer(repo) as writer:
        writer.commit(changes, author_name="x", when=WHEN, message="Change\n")


def _plant(a: Config) -> None:
    """A library with two large files, a closed one, a site with a draft, and one that nobody
    keeps."""
    files = tuple(
        File(hashlib.sha256(data).hexdigest(), name, "application/pdf", len(data))
        for name, data in (("large.pdf", LARGE), ("gone.pdf", LARGE + b"!"))
    )
    entry = Entry(f"lib:{KEY}", "report", {"en": "Wages"}, languages=("en",), files=files)
    for name, visibility in (("agreements", "public"), ("closed", "members"), ("alone", "public")):
        made = libraries.Library(name, {"en": name}, {}, ("en",), visibility)
        repo = repos.create(a.library_repo(name))
        card = Change(f"entries/{KEY}/entry.md", entryfile.encode(entry))
        _write(repo, Change(libraries.FILE, libraries.encode(made)), card)
    _write(repos.create(a.union_repo("metal")), Change("site.yaml", SITE.encode()))
    repo = Repo(a.union_repo("metal"))
    repo.git("branch", "draft-secret", "main")


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, dict[str, object]]:
    """What `a` had lies at `b`, as copies; and where each was, before `a` is lost."""
    net = Network(tmp_path_factory.mktemp("net"), "ab")
    a, b = net.hubs["a"], net.hubs["b"]
    _plant(a)
    choosing.follow(b, net.id("a"), "libraries/agreements", name="of-a")
    choosing.follow(b, net.id("a"), "unions/metal")
    net.write("a", hubs.post("one"))
    net.carry("b", "a")
    net.carry("a", "b")
    with (net.folder / "large").open("wb") as file:
        file.write(LARGE)
    with (net.folder / "large").open("rb") as file:
        FileStore(b, "of-a").put(file)
    tips = {
        "agreements": Repo(a.library_repo("agreements")).ref(),
        "metal": Repo(a.union_repo("metal")).ref(),
    }
    net.sign("b")
    book.refresh(b, net.identity("b"), net.known("b"))
    return net, tips


def _restore(folder: Path, place: str) -> str:
    words = ["--from", f"peer:{place}", "--domain", "a.example", "--yes", str(folder)]
    said = CliRunner().invoke(command, words)
    assert said.exit_code == 0, said.output
    return said.output


def _check(folder: Path, tips: dict[str, object]) -> Config:
    hub = hubyaml.load(folder)
    library, union = hub.library_repo("agreements"), hub.union_repo("metal")
    assert Repo(library).ref() == tips["agreements"], "its own history, commit by commit"
    assert Repo(union).ref() == tips["metal"]
    for path in (library, union):
        said = f"hooksPath = {receiving.hooks_path(hub, path)}"
        assert said in (path / "config").read_text(), "what is pushed there is looked at"
        assert "draft" not in Repo(path).git("for-each-ref").decode()
    assert not hub.library_repo("closed").exists()
    return hub


def test_they_come_back_over_the_net_with_the_large_files_that_somebody_had(
    lost: tuple[Network, dict[str, object]], tmp_path: Path
) -> None:
    net, tips = lost
    with webserver.running(net.hubs["b"]) as (host, port):
        said = _restore(tmp_path / "hub", f"http://{host}:{port}")
        again = _restore(tmp_path / "hub", f"http://{host}:{port}")
    hub = _check(tmp_path / "hub", tips)
    assert FileStore(hub, "agreements").path(hashlib.sha256(LARGE).hexdigest()) is not None
    assert "1 large files came" in said
    assert f"{KEY}/gone.pdf" in said, "what nobody had is named"
    assert "libraries/alone: nobody who was asked keeps a copy of it" in said
    assert "drafts of unions' sites" in said
    assert "libraries/agreements: is here already" in again


def test_they_come_back_from_a_stick_for_the_hub_that_begins_anew(
    lost: tuple[Network, dict[str, object]], tmp_path: Path
) -> None:
    net, tips = lost
    fresh = Network(tmp_path / "fresh", "a")
    card = fresh.cards()["a"]
    adding.add(net.hubs["b"], card, cards.read(card), "card")
    assert cards.read(card).id != net.id("a")
    stick = net.folder / "for-a.zip"
    known = net.known("b")
    peer = known.peers[cards.read(card).id]
    packets.write(net.hubs["b"], net.identity("b"), known, stick, peer)
    words = ["--from", f"peer:{stick}", "--lost", net.id("a"), "--domain", "a.example", "--yes"]
    said = CliRunner().invoke(command, [*words, str(tmp_path / "hub")])
    assert said.exit_code == 0, said.output
    hub = _check(tmp_path / "hub", tips)
    assert FileStore(hub, "agreements").path(hashlib.sha256(LARGE).hexdigest()) is not None
    assert "1 large files came with it" in said.output
    assert "1 did not, which nobody had" in said.output
    lines = [*restoring.restore(fresh.hubs["a"], [str(stick)], "", lambda _: True)]
    assert any("as the lost hub signed them" in line for line in lines), (
        "the new hub, whose card is on the stick too, is not the lost one"
    )


def test_a_copy_that_the_lost_hub_did_not_sign_does_not_come_back(
    lost: tuple[Network, dict[str, object]], tmp_path: Path
) -> None:
    net, _ = lost
    b, home = net.hubs["b"], net.id("a")
    copy = next(
        one for one in peering.read(b).copies.values() if one.repo == "libraries/agreements"
    )
    repo = Repo(copying.place(b, copy))
    good = offers.held(repo, home, net.known("b").peers[home].keys)
    assert good is not None
    forged = replace(good, seq=good.seq + 9)
    offers.sign(repo, forged, replace(net.identity("b"), id=home), clock.now())
    try:
        with webserver.running(b) as (host, port):
            said = _restore(tmp_path / "hub", f"http://{host}:{port}")
    finally:
        repo.set_ref(offers.ref(home), good.tag, repo.ref(offers.ref(home)))
    assert "libraries/agreements: not restored" in said
    assert "another hub's key signed it" in said
    assert not hubyaml.load(tmp_path / "hub").library_repo("agreements").exists()
