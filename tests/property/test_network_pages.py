"""Any order and grouping of takes gives one set of pages, but for what is a hub's own.

A hub's own are its name and address, which all have alike here; at which hub something was
written, which is said of other hubs only; and, of several versions of one message, which one stands
where all link to: the one that the hub showed first (ADR 0038).
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs
from solicomm_build.testing.budget import examples
from solicomm_build.testing.networks import Network

WRITTEN = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 5),  # which message
    st.integers(0, 2),  # which version of it, where there are several
    st.sampled_from(("root", "other")),  # only what answers the first has versions
)
CARRIED = st.tuples(st.sampled_from("abc"), st.sampled_from("abc"))
STEPS = st.lists(st.one_of(WRITTEN, CARRIED), min_size=4, max_size=14)
NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
OF_A_HUB = re.compile(
    rb'<p class="(?:meta|notice)">[^<]*<a [^>]*href="[./]*/network/#[^"]*">.*?</a></p>\n?'
)
ARTICLE = re.compile(rb'<div class="body"[^>]*>(.*?)</div>', re.DOTALL)


@example(
    [
        *(("b", 0, 0, "root"), ("c", 0, 1, "root"), ("a", 0, 2, "root"), ("a", "c")),
        *(("b", 1, 0, "other"), ("c", "b"), ("c", 1, 0, "other"), ("b", "a"), ("c", 2, 0, "other")),
    ]
)
@settings(
    max_examples=examples(1),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(STEPS)
def test_any_order_gives_one_set_of_pages(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder, clock.fixed(NOW):
        net = Network(Path(folder))
        net.write("a", hubs.post("root"), hubs.post("other", minutes=1))
        for name in "bc":
            net.carry("a", name)
        _done(net, steps)
        for _ in range(2):
            for giver, taker in ("ab", "bc", "cb", "ba", "ac", "ca"):
                net.carry(giver, taker)
        assert net.tree("a") == net.tree("b") == net.tree("c")
        a, b, c = (_pages(hub) for hub in net.hubs.values())
        assert a.keys() == b.keys() == c.keys()
        for path in a:
            if f"/{hubs.mid('root')}/" not in path and not path.endswith("net/feed.xml"):
                assert a[path] == b[path] == c[path], path
        several = f"conferences/net/t/{hubs.mid('root')}/index.html"
        words = [sorted(ARTICLE.findall(pages[several])) for pages in (a, b, c)]
        assert words[0] == words[1] == words[2], "every version is everywhere"


def _done(net: Network, steps: list[tuple[object, ...]]) -> None:
    for step in steps:
        if len(step) == 2:
            giver, taker = map(str, step)
            if giver != taker:
                net.carry(giver, taker)
            continue
        name, number, version, above = step
        mark = f"{above}{number}"
        said = f"version {version}\n" if above == "root" else "one version\n"
        made = hubs.post(mark, str(above), body=said, minutes=2 + int(str(number)))
        if made.mid not in net.mids(str(name)):  # a hub takes one message of an id
            net.write(str(name), made)


def _pages(hub: Config) -> dict[str, bytes]:
    """The conference's pages in all languages, without what is a hub's own."""
    alike = replace(hub, domain="hub.example", url="https://hub.example", name="Hub")
    hubs.build(alike)
    found = {path.relative_to(hub.public).as_posix(): path for path in hub.public.rglob("*")}
    return {
        name: OF_A_HUB.sub(b"", path.read_bytes())
        for name, path in found.items()
        if "conferences/net/" in name and path.is_file() and path.suffix not in (".br", ".gz")
    }
