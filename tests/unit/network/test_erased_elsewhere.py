"""What another hub has erased in one conference, and what is in others of ours, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.network import reporting, watching
from solicomm_build.features.network.erasures import heeding, notices
from solicomm_build.features.network.erasures.notices import Notice
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import write_once
from solicomm_build.post import post as posts
from solicomm_build.post.cells import hubmail
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.networks import Network


@pytest.fixture
def net(tmp_path: Path) -> Network:
    """`b` follows a conference of `a`, and has one of its own, in which one more message waits."""
    made = Network(tmp_path, "ab")
    made.write("a", hubs.post("both"), hubs.post("gone"))
    made.carry("a", "b")
    b = made.hubs["b"]
    hubs.add(b, "own", [hubs.post("mine"), hubs.post("both")])
    with hubmail.writing(b, "own") as store:
        store.hold("own", PostId(hubs.mid("waits")), smallhub.mail("waits"), {})
        store.checkpoint("Hold", when=clock.now())
    return made


def _erased(net: Network, name: str) -> tuple[Notice, str]:
    """The home of `net` says that it has erased a post there; what becomes of it at `b`."""
    who = (net.hubs["b"], net.identity("b"), net.known("b"))
    blob = notices.make(net.identity("a"), "conferences/net", "message", [hubs.mid(name)])
    heeding.received(*who, {f"{name}.yaml": blob})
    (line,) = heeding.carry_out(*who, maillog.to_nobody())
    found = notices.read(blob)
    assert isinstance(found, Notice)
    return found, line


def _own(net: Network) -> set[str]:
    """The posts in the conference of `b`."""
    paths = smallhub.files(net.hubs["b"].conference_repo("own"))
    return {ids[1] for path in paths if (ids := posts.parse_path(path))}


@pytest.mark.parametrize("name", ["mine", "both", "waits"])
def test_the_home_of_one_conference_has_nothing_erased_in_another(net: Network, name: str) -> None:
    b = net.hubs["b"]
    notice, line = _erased(net, name)
    assert "conferences/own, too" in line
    assert f"solicomm peer allow {notice.eid[:8]}" in line
    assert _own(net) == {hubs.mid("mine"), hubs.mid("both")}
    assert hubs.mid("both") in net.mids("b")
    with hubmail.reading(b, "own") as store:
        assert store.held_raw("own", PostId(hubs.mid("waits"))) is not None
    assert not notices.confirmed(b, notice.eid)
    assert "here: waiting" in "\n".join(reporting.lines(reporting.status(b)))


def test_what_is_in_no_other_goes_at_once(net: Network) -> None:
    _, line = _erased(net, "gone")
    assert line.endswith("done")
    assert net.mids("b") == {hubs.mid("both")}


def test_with_the_operators_word_it_goes_everywhere(net: Network) -> None:
    notice, _ = _erased(net, "both")
    heeding.allow(net.hubs["b"], notice.eid)
    who = (net.hubs["b"], net.identity("b"), net.known("b"))
    heeding.carry_out(*who, maillog.to_nobody())
    assert net.mids("b") == {hubs.mid("gone")}
    assert _own(net) == {hubs.mid("mine")}


def test_a_post_that_a_hub_itself_wrote_in_two_goes_from_both(net: Network) -> None:
    """Its log brought it into each."""
    b = net.hubs["b"]
    message = f"x\n\nSource: peer\nOrigin: {net.id('a')}\n"
    made = hubs.post("twice")
    net.write("a", made)
    net.carry("a", "b")
    write_once(
        open_repo(b.conference_repo("own")),
        [hubs.change(made)],
        message=message,
        when=clock.now(),
    )
    _, line = _erased(net, "twice")
    assert line.endswith("done")
    assert hubs.mid("twice") not in net.mids("b") | _own(net)


def test_the_operator_hears_that_an_erasure_waits(net: Network) -> None:
    b = net.hubs["b"]
    assert not [one for one in watching.lasting(b) if one.about.startswith("erasure")]
    notice, _ = _erased(net, "both")
    for look in (watching.look, watching.lasting):
        (found,) = [one for one in look(b) if one.about == f"erasure {notice.eid}"]
        assert f"1 post of {notice.repo}" in found.what
        assert "conferences/own, too" in found.what
        assert f"solicomm peer allow {notice.eid[:8]}" in found.remedy
    heeding.allow(b, notice.eid)
    assert not [one for one in watching.lasting(b) if one.about.startswith("erasure")]
