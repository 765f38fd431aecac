"""A hub gives up its key for another by both signatures; who knows the old one goes along, and
whatever is not signed so changes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.network import reporting, watching
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.trust import adding, sealing
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub import keychain, sshsig
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.hub.keychain import Step
from solicomm_build.post.store import erasing
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


class Rekeyed:
    """Three hubs; `b` wrote something, changed its key, and wrote more; `a` has heard of it."""

    def __init__(self, folder: Path) -> None:
        self.net = net = Network(folder, "abc")
        net.write("a", hubs.post("one"))
        for name in "bc":
            net.carry("a", name)
        net.write("b", hubs.post("before", "one"))
        net.carry("b", "a")
        self.before = net.identity("b")
        self.sealed_before = net.stick("a", "b")
        self.now = identities.rekey(net.hubs["b"])
        net.write("b", hubs.post("after", "one"))
        self.report = net.carry("b", "a")

    def card(self, **more: object) -> Card:
        made = cards.read(self.net.stored_card("b"))
        return dataclasses.replace(made, seq=made.seq + 10, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rekeyed(tmp_path_factory: pytest.TempPathFactory) -> Rekeyed:
    return Rekeyed(tmp_path_factory.mktemp("rekeyed"))


def test_who_knows_the_old_key_goes_along_by_itself_and_says_so(rekeyed: Rekeyed) -> None:
    net, a = rekeyed.net, rekeyed.net.hubs["a"]
    assert rekeyed.now.id == rekeyed.before.id
    assert rekeyed.now.public != rekeyed.before.public
    peer = net.known("a").peers[rekeyed.now.id]
    assert peer.key == rekeyed.now.public
    assert [key for key, _ in peer.former] == [rekeyed.before.public]
    assert not rekeyed.report.faults
    assert hubs.mid("after") in net.mids("a")
    told = "\n".join(reporting.lines(reporting.status(a)))
    assert "its key changed, signed by both" in told
    assert identities.words(rekeyed.now.public) in told
    (found,) = [one for one in watching.lasting(a) if one.about.startswith("rekeyed")]
    assert rekeyed.now.id in found.what
    with clock.fixed(clock.now() + timedelta(days=3)):
        assert not [one for one in watching.lasting(a) if one.about.startswith("rekeyed")]


def test_what_was_sealed_to_the_old_key_can_still_be_read(rekeyed: Rekeyed) -> None:
    blob = sealing.seal(b"words", rekeyed.before.public)
    assert sealing.open_(blob, rekeyed.net.identity("b")) == b"words"
    assert not rekeyed.net.read("b", rekeyed.sealed_before).faults


def test_a_hub_hears_of_it_from_another_and_old_offers_hold(rekeyed: Rekeyed) -> None:
    net = rekeyed.net
    assert hubs.mid("before") not in net.mids("c")
    report = net.carry("a", "c")
    assert not report.faults, report.lines
    assert net.known("c").peers[rekeyed.now.id].key == rekeyed.now.public
    assert net.tree("a") == net.tree("c")
    old = offers.held(net.repo("a"), rekeyed.now.id, net.known("a").peers[rekeyed.now.id].keys)
    assert old is not None
    assert old.by == rekeyed.now.public, "it signed all anew"
    keys = keychain.keys(rekeyed.now.chain, rekeyed.now.public)
    assert keys.had(rekeyed.before.public, rekeyed.now.chain[0].at.timestamp())
    entry = next(one for one in book.of(net.hubs["a"]).entries if one.card.id == rekeyed.now.id)
    assert entry.card.key == rekeyed.now.public


def test_the_old_key_signs_nothing_any_more(rekeyed: Rekeyed) -> None:
    net = rekeyed.net
    before = net.tip("a")
    now = offers.held(net.repo("b"), rekeyed.now.id, rekeyed.now.keys)
    assert now is not None
    later = dataclasses.replace(now, seq=now.seq + 10**6)
    tag = offers.sign(net.repo("b"), later, rekeyed.before, clock.now())
    blob = net.repo("b").git("cat-file", "tag", tag)
    peer = net.known("a").peers[rekeyed.now.id]
    with pytest.raises(SoliCommError, match="another hub's key"):
        offers.read(blob, peer.keys)
    net.repo("b").set_ref(offers.ref(rekeyed.now.id), now.tag, tag)
    assert net.tip("a") == before


def _plain(rekeyed: Rekeyed) -> tuple[Card, Identity]:
    return rekeyed.card(chain=()), rekeyed.now


def _with(rekeyed: Rekeyed, step: Step, pem: bytes) -> tuple[Card, Identity]:
    public = sshsig.public_key(pem)
    chain = (*rekeyed.now.chain, step)
    return rekeyed.card(chain=chain, key=public), Identity(rekeyed.now.id, public, pem)


def _step(rekeyed: Rekeyed, old: bytes, new: bytes) -> Step:
    return keychain.step(identities.root(rekeyed.now.id), old, new, clock.now())


def _signed_by_the_new_alone(rekeyed: Rekeyed) -> tuple[Card, Identity]:
    new = sshsig.new_key()
    step = _step(rekeyed, new, new)
    return _with(rekeyed, dataclasses.replace(step, key=rekeyed.now.public), new)


def _signed_by_the_old_alone(rekeyed: Rekeyed) -> tuple[Card, Identity]:
    new = sshsig.new_key()
    step = _step(rekeyed, rekeyed.now.pem, new)
    return _with(rekeyed, dataclasses.replace(step, by_next=step.by_key), new)


def _of_another_hub(rekeyed: Rekeyed) -> tuple[Card, Identity]:
    new = sshsig.new_key()
    return _with(rekeyed, keychain.step("aaaaaaaa", rekeyed.now.pem, new, clock.now()), new)


def _from_a_stolen_old_key(rekeyed: Rekeyed) -> tuple[Card, Identity]:
    """Both signatures are there, but the hub has gone on from that key already."""
    new = sshsig.new_key()
    public = sshsig.public_key(new)
    step = _step(rekeyed, rekeyed.before.pem, new)
    return rekeyed.card(chain=(step,), key=public), Identity(rekeyed.now.id, public, new)


def _by_the_key_that_was_given_up(rekeyed: Rekeyed) -> tuple[Card, Identity]:
    return rekeyed.card(chain=(), key=rekeyed.before.public), rekeyed.before


def _back_to_the_old(rekeyed: Rekeyed) -> tuple[Card, Identity]:
    old = rekeyed.before.pem
    return _with(rekeyed, _step(rekeyed, rekeyed.now.pem, old), old)


HOSTILE: list[tuple[Callable[[Rekeyed], tuple[Card, Identity]], str]] = [
    (_plain, "not signed by the hub that it names"),
    (_signed_by_the_new_alone, "has not signed that|does not fit"),
    (_signed_by_the_old_alone, "has not signed that|does not fit"),
    (_of_another_hub, "has not signed that|does not fit"),
    (_from_a_stolen_old_key, "the one that is known here has not signed that"),
    (_by_the_key_that_was_given_up, "gave up"),
    (_back_to_the_old, "has not signed that"),
]


@pytest.mark.parametrize(("make", "why"), HOSTILE)
def test_a_key_without_both_signatures_is_refused_and_changes_nothing(
    rekeyed: Rekeyed, make: Callable[[Rekeyed], tuple[Card, Identity]], why: str
) -> None:
    net, a = rekeyed.net, rekeyed.net.hubs["a"]
    card, signer = make(rekeyed)
    blob = cards.write(card, signer)
    before = net.known("a").peers[rekeyed.now.id]
    with pytest.raises(SoliCommError, match=why):
        peering.keep_card(a, before, blob)
    assert net.known("a").peers[rekeyed.now.id] == before
    book.refresh(a, net.identity("a"), net.known("a"), [blob])
    entry = next(one for one in book.of(a).entries if one.card.id == rekeyed.now.id)
    assert entry.card.key == before.key


def test_a_hub_that_is_met_only_now_is_compared_by_its_last_key(rekeyed: Rekeyed) -> None:
    net = rekeyed.net
    adding.remove(net.hubs["c"], rekeyed.now.id)
    blob = net.stored_card("b")
    card = cards.read(blob)
    assert adding.is_key(card, identities.words(rekeyed.now.public))
    assert not adding.is_key(card, identities.words(rekeyed.before.public))
    adding.add(net.hubs["c"], blob, card, "card")
    peer = net.known("c").peers[rekeyed.now.id]
    assert (peer.key, peer.rekeyed) == (rekeyed.now.public, None)
    assert peer.keys.had(rekeyed.before.public, 0)


def test_an_erasure_that_was_said_before_still_counts(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    erasing.erase_posts(
        net.hubs["a"], [hubs.mid("one")], reason="test", by="op", log=maillog.to_nobody()
    )
    blobs = notices.files(net.hubs["a"])
    identities.rekey(net.hubs["a"])
    net.carry("a", "b")
    assert set(blobs.items()) <= set(notices.files(net.hubs["b"]).items())
    assert hubs.mid("one") not in net.mids("b")


@pytest.mark.parametrize("place", ["network.rekey-made", "network.rekey-signed"])
def test_a_change_that_breaks_off_leaves_one_key_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    hub = Network(tmp_path, "a").hubs["a"]
    before = identities.of(hub)

    def broken(name: str) -> None:
        if name == place:
            raise OSError("the plug was pulled")

    monkeypatch.setattr(identities, "point", broken)
    with pytest.raises(OSError, match="plug"):
        identities.rekey(hub)
    found = identities.of(hub)
    assert found.id == before.id
    assert (found.public == before.public) == (place == "network.rekey-made")
    assert cards.read(cards.own(hub, found, {})).key == found.public
    monkeypatch.undo()
    assert identities.rekey(hub).id == before.id
    keychain.check(identities.root(before.id), identities.of(hub).chain, identities.of(hub).public)


def test_the_command_says_the_new_words_and_who_must_be_brought_a_stick(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    hub = net.hubs["a"]
    with peering.changing(hub) as known:
        (peer,) = known.peers.values()
        known.peers[peer.id] = dataclasses.replace(peer, url="")
    (hub.root / "hub.yaml").write_text("name: a\ndomain: a.example\nurl: https://a.example\n")
    said = CliRunner().invoke(main, ["peer", "rekey", "--hub", str(hub.root)])
    assert "nobody is here to answer" in said.output
    said = CliRunner().invoke(main, ["peer", "rekey", "--yes", "--hub", str(hub.root)])
    assert said.exit_code == 0, said.output
    assert identities.words(identities.of(hub).public) in said.output
    assert peer.id in said.output


def test_who_lost_the_old_key_is_told_that_all_compare_again(tmp_path: Path) -> None:
    hub = Network(tmp_path, "a").hubs["a"]
    identities.of(hub)
    identities.key_path(hub).unlink()
    with pytest.raises(StoreError, match="every operator compares again"):
        identities.rekey(hub)
