"""Hubs that have nothing but mail, and conferences that are posted to at their home."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network import run
from solicomm_build.features.network.carrying import inbox, mailing
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import StoreError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.git.writer import Writer
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people.directory import directory_of
from solicomm_build.people.roster import Roster
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.networks import Network


def _sent(config: Config) -> Iterator[Item]:
    spool = Spool(config.spool_out)
    for path in spool.pending():
        yield from spool.read(path)
    spool.close()


def _arrives(config: Config, raw: bytes, to: str) -> None:
    spool = Spool(config.spool_in)
    spool.put([smallhub.item(raw, to)])
    spool.close()
    ingest(config, once=True, log=maillog.to_nobody())


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = Network(tmp_path_factory.mktemp("net"), "ab")
    made.write("a", hubs.post("one"))
    return made


def test_a_packet_goes_and_comes_by_mail(net: Network) -> None:
    a, b = net.hubs["a"], net.hubs["b"]
    net.sign("a")
    to, *_ = mailing.send(a, net.identity("a"), net.known("a"), net.known("a").peers[net.id("b")])
    assert to == "peer@b.example"
    (item,) = _sent(a)
    assert item.envelope.rcpt_tos == (to,)
    _arrives(b, item.raw, to)
    assert len([*inbox.waiting(b)]) == 1
    run.network(b, once=True, log=maillog.to_nobody())
    assert net.tree("a") == net.tree("b")
    assert not [*inbox.waiting(b)]


def test_a_mail_without_a_packet_is_dropped_with_a_word(net: Network) -> None:
    _arrives(net.hubs["b"], smallhub.mail("no file"), "peer@b.example")
    assert not [*inbox.waiting(net.hubs["b"])]


def test_a_zip_of_somebody_harms_nothing(net: Network) -> None:
    b, before = net.hubs["b"], net.tip("b")
    raw = smallhub.mail(
        "--x\r\nContent-Type: application/zip\r\n\r\nPK\x03\x04 nonsense\r\n--x--\r\n",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="x"',
        msgid="<zip@union.example>",
    )
    _arrives(b, raw, "peer@b.example")
    run.network(b, once=True, log=maillog.to_nobody())
    assert net.tip("b") == before
    assert not [*inbox.waiting(b)]


def test_mail_to_a_conference_that_is_only_shown_goes_to_its_home(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    b = net.hubs["b"]
    net.write("a", hubs.post("one"))
    adding.unfollow(b, "conferences/net")  # it has not come yet
    adding.follow(b, net.id("a"), "conferences/net", "mirror")
    net.carry("a", "b")
    directory = directory_of(b, Roster)
    topic = f"net+t-{hubs.mid('one')}@b.example"
    for address in ("net@b.example", topic):
        recipient = directory.resolve(address)
        assert recipient is not None
        assert recipient.id == "network-passed"
    leave = directory.resolve("net-leave@b.example")
    assert leave is not None
    assert leave.id == "leave"
    before = net.tip("b")
    _arrives(b, smallhub.mail("words"), "net@b.example")
    (item,) = _sent(b)
    assert item.envelope.rcpt_tos == ("net@a.example",)
    assert "words" in parse(item.raw).text
    assert net.tip("b") == before
    adding.follow(b, net.id("a"), "conferences/net", "full")
    again = directory.resolve("net@b.example")
    assert again is not None
    assert again.kind == "conference"


def test_mail_is_posted_here_where_the_home_has_our_own_domain(tmp_path: Path) -> None:
    """As two offices have whose hubs are both `hub.local`: passed on, it came back, and was lost
    without a word."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    adding.unfollow(net.hubs["b"], "conferences/net")
    same = dataclasses.replace(net.hubs["b"], domain="A.example")
    said = adding.follow(same, net.id("a"), "conferences/net", "mirror")
    net.carry("a", "b")
    before = net.tip("b")
    _arrives(same, smallhub.mail("words"), "net@a.example")
    for item in _sent(same):  # what goes to that domain comes back
        _arrives(same, item.raw, *item.envelope.rcpt_tos)
    assert net.tip("b") != before
    assert "words" in "".join(text.decode() for text in net.files("b").values())
    assert "posted here all the same" in said
    known = net.known("b")
    with pytest.raises(UsageError, match="solicomm peer bundle"):
        mailing.send(same, net.identity("b"), known, known.peers[net.id("a")])


def test_a_card_says_where_a_home_has_moved(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    card = cards.read(net.cards()["a"])
    assert (card.domain, card.url) == ("a.example", "https://a.example")
    net.hubs["a"] = dataclasses.replace(net.hubs["a"], url="https://new.example")
    assert cards.read(net.cards()["a"]).seq > card.seq


@pytest.fixture
def came(tmp_path: Path) -> tuple[Network, Path]:
    """Two hubs, and a mail with a packet that the second has and has not taken yet."""
    net = Network(tmp_path, "ab")
    net.carry("a", "b")
    run.network(net.hubs["b"], once=True, log=maillog.to_nobody())
    net.write("a", hubs.post("one"))
    net.sign("a")
    a, b = net.hubs["a"], net.hubs["b"]
    to, *_ = mailing.send(a, net.identity("a"), net.known("a"), net.known("a").peers[net.id("b")])
    (item,) = _sent(a)
    _arrives(b, item.raw, to)
    (path,) = inbox.waiting(b)
    return net, path


def _full(_writer: Writer) -> None:
    raise StoreError("no room left on the disk")


def test_a_packet_waits_while_our_own_store_fails(came: tuple[Network, Path]) -> None:
    net, path = came
    b, log = net.hubs["b"], maillog.to_nobody()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Writer, "checkpoint", _full)
        run.network(b, once=True, log=log)
        assert path.exists()
    assert net.tree("a") != net.tree("b")
    run.network(b, once=True, log=log)
    assert not path.exists()
    assert net.tree("a") == net.tree("b")


def test_a_packet_waits_while_the_disk_is_nearly_full(came: tuple[Network, Path]) -> None:
    """What half fits was taken for whole: an erasure came, and its packet went without its post."""
    net, path = came
    b, log = net.hubs["b"], maillog.to_nobody()
    full = dataclasses.replace(b, limits=dataclasses.replace(b.limits, free_disk_percent=101))
    run.network(full, once=True, log=log)
    assert path.exists()
    assert net.tree("a") != net.tree("b")
    run.network(b, once=True, log=log)
    assert not path.exists()
    assert net.tree("a") == net.tree("b")


def test_a_packet_that_cannot_be_taken_for_a_week_is_given_up(
    came: tuple[Network, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    net, path = came
    came_at = (clock.now() - timedelta(days=8)).timestamp()
    os.utime(path, (came_at, came_at))
    monkeypatch.setattr(Writer, "checkpoint", _full)
    run.network(net.hubs["b"], once=True, log=maillog.to_nobody())
    assert not path.exists()


def test_a_mail_whose_packet_cannot_be_kept_is_set_aside_and_taken_later(
    came: tuple[Network, Path],
) -> None:
    net, path = came
    path.unlink()
    path.parent.rmdir()
    path.parent.touch()  # something is in the way of the folder
    a, b = net.hubs["a"], net.hubs["b"]
    mailing.send(a, net.identity("a"), net.known("a"), net.known("a").peers[net.id("b")])
    *_, item = _sent(a)
    _arrives(b, item.raw, "peer@b.example")
    path.parent.unlink()
    spool = Spool(b.spool_in)
    ((aside, reason),) = spool.quarantined()
    assert "inbox" in reason
    spool.retry(aside)
    spool.close()
    ingest(b, once=True, log=maillog.to_nobody())
    run.network(b, once=True, log=maillog.to_nobody())
    assert net.tree("a") == net.tree("b")
