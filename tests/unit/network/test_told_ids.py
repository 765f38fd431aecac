"""What posts of other hubs are called is here before the posts are, or copies of them go out under
another name, and answers to them thread nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network.carrying import messageids, wire
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.judging import quarantine
from solicomm_build.features.network.judging.taking import Report, Taking
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.fetching import FetchError, StatusError
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.types import Oid, PostId, post_id
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.networks import Network


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Network]:
    """`a`, which reaches `b` alone; all have a post, and `c` has written another."""
    made = Network(tmp_path)
    made.write("a", hubs.post("one"))
    for giver, taker in ("ab", "bc", "cb"):
        made.carry(giver, taker)
    made.sign("b")
    with webserver.running(made.hubs["b"]) as (host, port):
        with peering.changing(made.hubs["a"]) as known:
            url = f"http://{host}:{port}"
            known.peers[made.id("b")] = replace(known.peers[made.id("b")], url=url)
        _look(made)
        made.write("c", hubs.post("far", "one"))
        messageids.keep(made.hubs["c"], {_FAR: "far@union.example"})
        yield made


_FAR = PostId(hubs.mid("far"))


def _look(net: Network) -> Report:
    known = net.known("a")
    work = Syncing(net.hubs["a"], net.identity("a"), known, maillog.to_nobody())
    return work.look(known.peers[net.id("b")])


def _is_named(net: Network) -> bool:
    return messageids.of(net.hubs["a"], [_FAR]) == {_FAR: "far@union.example"}


def _arrives(net: Network) -> None:
    """The other post comes to `b`, which says so."""
    net.carry("c", "b")
    net.sign("b")


def test_a_post_is_named_though_the_log_that_holds_it_came_before_the_word_of_its_writer(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `b` offers of itself is fetched as it is by then: with the post, which is of another
    hub, and is taken with the next look. Its id was then asked for after where `b` stood."""
    net.stick("b", "c")  # it signs anew, of what it has of others
    table = wire.offers

    def then(url: str) -> dict[str, dict[str, Oid]]:
        found = table(url)
        _arrives(net)
        return found

    with monkeypatch.context() as held:
        held.setattr(wire, "offers", then)
        _look(net)
    assert _FAR not in net.mids("a")
    _look(net)
    assert _FAR in net.mids("a")
    assert _is_named(net)


def test_how_far_a_hub_has_told_is_not_where_its_log_came_to_by_other_ways(net: Network) -> None:
    a, b = net.hubs["a"], net.id("b")
    before = messageids.since(a, b, "net", None)
    _arrives(net)
    net.carry("b", "a")
    assert _is_named(net), "a stick tells it"
    held = net.tip("b")
    assert messageids.since(a, b, "net", held) == before != held
    net.write("b", hubs.post("late", "one"))
    net.sign("b")
    _look(net)
    assert messageids.since(a, b, "net", held) == net.tip("b")


def test_no_post_comes_while_its_hub_does_not_answer_how_it_is_called(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> dict[PostId, str]:
        raise FetchError("nobody answers")

    _arrives(net)
    with monkeypatch.context() as held:
        held.setattr(wire, "message_ids", silent)
        assert _look(net).is_unreached
        assert _FAR not in net.mids("a")
    _look(net)
    assert _FAR in net.mids("a")
    assert _is_named(net)


def test_a_post_comes_when_its_hub_has_not_answered_that_for_an_hour(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> dict[PostId, str]:
        raise StatusError("http://b.example", 502)

    _arrives(net)
    monkeypatch.setattr(wire, "message_ids", broken)
    begun = clock.now()
    with clock.fixed(begun):
        _look(net)
    with clock.fixed(begun + timedelta(minutes=59)):
        _look(net)
        assert _FAR not in net.mids("a")
    with clock.fixed(begun + timedelta(minutes=61)):
        _look(net)
        assert _FAR in net.mids("a")


def test_a_post_comes_at_once_from_a_hub_that_tells_this_one_no_names(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(url: str, identity: Identity, conference: str, since: Oid | None) -> dict[PostId, str]:
        raise StatusError(url, 404)

    _arrives(net)
    monkeypatch.setattr(wire, "message_ids", none)
    _look(net)
    assert _FAR in net.mids("a")


def test_a_hub_names_what_it_has_and_nothing_else(tmp_path: Path) -> None:
    """Each id proves itself, and there are as many as anybody cares to make: 32 MB a look."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    net.write("b", hubs.post("two", "one"))
    names = [f"made{n}@union.example" for n in range(1000)]
    made = {PostId(post_id(one)): one for one in names}
    real = {PostId(hubs.mid("two")): "two@union.example"}
    messageids.keep(net.hubs["b"], real)
    stick = net.stick("b", "a")
    with quarantine.quarantine(net.hubs["a"], "net") as place:
        quarantine.fetch(place, str(net.repo("b").path))
        taking = Taking(net.hubs["a"], net.identity("a"), net.known("a"), maillog.to_nobody())
        taking.take(place, "net", net.id("b"), messageids.Told(made | real))
    assert messageids.of(net.hubs["a"], [*made, *real]) == real
    net.read("a", stick)
    assert net.tree("a") == net.tree("b")
