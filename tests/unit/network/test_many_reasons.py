"""What is remembered of a hub is bounded, however many reasons it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.network import standing
from solicomm_build.features.network.counting import notes, settled
from solicomm_build.features.network.sharing import nights
from solicomm_build.features.network.trust import signed
from solicomm_build.foundation import maillog
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network

BEYOND = 2 * standing.MOST_REASONS


@pytest.fixture
def net(tmp_path: Path) -> Network:
    made = Network(tmp_path, "ab")
    made.write("a", hubs.post("one"))
    made.carry("a", "b")
    return made


def _reasons(net: Network, name: str, of: str) -> dict[str, int]:
    return standing.read(net.hubs[name], net.id(of)).refused


def test_a_home_that_refuses_what_nobody_brought_fills_nothing(net: Network) -> None:
    listed: list[Node] = [
        {"name": f"form.net.{number:032}", "why": "no"} for number in range(BEYOND)
    ]
    values: dict[str, Node] = {
        "schema": settled.SCHEMA,
        "hub": net.id("a"),
        "to": net.id("b"),
        "at": "2026-12-01T00:00:00Z",
        "notes": listed,
    }
    known = net.known("b")
    blob = signed.write(values, net.identity("a"))
    heard = settled.heard(net.hubs["b"], net.identity("b"), known, known.peers[net.id("a")], blob)
    assert len(_reasons(net, "b", "a")) == len(heard) == standing.MOST_REASONS + 1


def test_a_hub_that_brings_what_nobody_takes_fills_nothing(net: Network) -> None:
    some = {}
    for number in range(BEYOND):
        name, content = f"odd.net.{number}", b"x"
        values: dict[str, Node] = {
            "schema": notes.SCHEMA,
            "hub": net.id("b"),
            "to": net.id("a"),
            "name": name,
            "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        }
        some[name] = signed.write(values, net.identity("b")).rstrip(b"\n") + b"\n---\n" + content
    log = maillog.to_nobody()
    notes.taken(net.hubs["a"], net.identity("a"), net.known("a"), some, log)
    assert len(_reasons(net, "a", "b")) == standing.MOST_REASONS + 1


def test_faults_of_nights_that_differ_each_time_fill_nothing(net: Network) -> None:
    for number in range(BEYOND):
        nights.refused(net.hubs["b"], net.id("a"), f"its index has a file that is none: {number}")
    found = _reasons(net, "b", "a")
    assert len(found) == standing.MOST_REASONS + 1
    assert found["for other reasons"] == BEYOND - standing.MOST_REASONS
