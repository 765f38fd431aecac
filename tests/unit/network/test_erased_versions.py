"""One of two versions of a message is erased: it is in no history, and does not come back."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from solicomm_build.features.network.judging.union import _oid
from solicomm_build.features.privacy import erase
from solicomm_build.git.repo import Repo
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network

SECRET = "The words that have to go"


def _versions() -> tuple[Post, Post]:
    """Two versions of a message, of which the first has the name: it has the smaller id."""
    first = hubs.post("twice", "root", body="What was heard.\n")
    for number in count():
        other = hubs.post("twice", "root", body=f"{SECRET}, {number}.\n")
        if _oid(posts.encode(first)) < _oid(posts.encode(other)):
            return first, other
    raise AssertionError


@pytest.mark.parametrize("whose", ["a", "b"])
def test_an_erased_version_goes_from_the_history_and_stays_away(tmp_path: Path, whose: str) -> None:
    """The next look at a hub that had it from before brought it back; and where it had the name
    first, the history kept it."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("root"))
    net.carry("a", "b")
    net.write("b", hubs.post("early", "root"))
    first, other = _versions()
    net.write(whose, other)
    net.write("b" if whose == "a" else "a", first)
    net.carry("b", "a")
    (apart,) = net.mids("a") - {hubs.mid(name) for name in ("root", "early", "twice")}
    hubs.build(net.hubs["a"])
    assert SECRET in _page(net)
    erase.erase(net.hubs["a"], apart, reason="Asked for", by="test")
    hubs.build(net.hubs["a"])
    assert SECRET not in _page(net)
    assert not hubs.differences(net.hubs["a"])
    assert apart not in net.mids("a")
    assert _holding(net, "a") == []
    assert not _has(net, "a", _oid(posts.encode(other)))
    net.write("b", hubs.post("late", "root"))
    erase.erase(net.hubs["b"], hubs.mid("early"), reason="Asked for", by="test")  # its log is new
    net.carry("b", "a")
    assert net.mids("a") == {hubs.mid(name) for name in ("root", "twice", "late")}
    assert _holding(net, "a") == []
    assert not _has(net, "a", _oid(posts.encode(other)))
    hubs.build(net.hubs["a"])
    assert SECRET not in _page(net)


def _page(net: Network) -> str:
    return hubs.page(net.hubs["a"], f"/conferences/net/t/{hubs.mid('root')}/")


def _has(net: Network, name: str, blob: str) -> bool:
    """Whether a hub has an object still, in the conference or in what was fetched for it."""
    places = [net.repo(name).path, net.hubs[name].mirrors / "peers" / "net.git"]
    found = [Repo(path) for path in places if path.exists()]
    return any(
        SECRET.encode() in one.git("cat-file", "-p", blob) for one in found if _is_in(one, blob)
    )


def _is_in(repo: Repo, blob: str) -> bool:
    return repo.succeeds("cat-file", "-e", blob)


def _holding(net: Network, name: str) -> list[str]:
    """The versions that the log of a hub's branch has of the words."""
    told = net.repo(name).git("log", "-p", "--format=%h", "main").decode()
    return [line for line in told.splitlines() if SECRET in line]
