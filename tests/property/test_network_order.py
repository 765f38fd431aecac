"""Any order and grouping of takes gives one tree and the same words, whoever heard what first."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs
from solicomm_build.testing.budget import examples
from solicomm_build.testing.networks import Network

WRITTEN = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 5),  # which message
    st.integers(0, 2),  # which version of it
    st.sampled_from(("", "root", "other")),  # what it answers
)
CARRIED = st.tuples(st.sampled_from("abc"), st.sampled_from("abc"))
STEPS = st.lists(st.one_of(WRITTEN, CARRIED), min_size=3, max_size=14)


def _made(number: int, version: int, above: str) -> Post:
    return hubs.post(f"m{number}", *([above] if above else []), body=f"version {version}\n")


@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(STEPS)
def test_any_order_gives_one_tree(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        net = Network(Path(folder))
        net.write("a", hubs.post("root"), hubs.post("other"))
        net.carry("a", "b")
        net.carry("a", "c")
        heard: dict[str, dict[str, Post]] = {name: {} for name in "abc"}
        for step in steps:
            if len(step) == 2:
                giver, taker = map(str, step)
                if giver != taker:
                    net.carry(giver, taker)
                continue
            name, number, version, above = step
            made = _made(int(str(number)), int(str(version)), str(above))
            if made.mid not in net.mids(str(name)):  # a hub takes one message of an id
                net.write(str(name), made)
                heard[str(name)][made.mid] = made
        for _ in range(2):
            for giver, taker in ("ab", "bc", "cb", "ba", "ac", "ca"):
                net.carry(giver, taker)
        assert net.tree("a") == net.tree("b") == net.tree("c")
        for name in "abc":
            bodies = {
                posts.decode(blob).body
                for path, blob in net.files(name).items()
                if "/posts/" in path
            }
            for all_ in heard.values():
                assert {post.body for post in all_.values()} <= bodies, "nobody's words are lost"
