"""A hub that brings one message in ever new versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from solicomm_build.features.network import standing
from solicomm_build.features.network.trust import adding
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.writer import Change
from solicomm_build.post import post as posts
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


def test_versions_of_a_message_count_as_posts_do(tmp_path: Path) -> None:
    """Each is a post here, with a page; the quota of the hub was asked for first ones alone."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    adding.quota(net.hubs["a"], net.id("b"), 5)
    for n in range(12):
        other = replace(hubs.post("one", body=f"Other words {n}.\n"), references=())
        path = posts.path(TopicId(post_id(f"{n}@elsewhere.example")), other.mid)
        net.push("b", Change(path, posts.encode(other)), message="x\n\nSource: mail\n")
    net.carry("b", "a")
    assert len(net.mids("a")) == 1 + 5
    stand = standing.read(net.hubs["a"], net.id("b"))
    assert (stand.waiting, stand.today) == ({"net": 7}, {"net": 5})
    net.carry("b", "a")
    assert len(net.mids("a")) == 1 + 5
    adding.quota(net.hubs["a"], net.id("b"), 500)
    net.carry("b", "a")
    assert len(net.mids("a")) == 1 + 12
