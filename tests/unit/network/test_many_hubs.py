"""Many hubs that meet their neighbours alone come to one tree, and to pages that say the same.

    ring    a – b – … – f – a        tree    a ─┬ b ─┬ d
                                                │    └ e
                                                └ c ── f

Six here; twenty in `make faults` (tests/faults/networking.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.testing import hubs, shapes
from solicomm_build.testing.networks import Network

COUNT = 6


@pytest.mark.parametrize("shape", shapes.SHAPES)
def test_hubs_that_meet_their_neighbours_alone_agree(tmp_path: Path, shape: str) -> None:
    net = Network(tmp_path, shapes.LETTERS[:COUNT])
    net.write("a", hubs.post("root"))
    for name in shapes.LETTERS[1:COUNT]:
        net.carry("a", name)
    shapes.write(net, 1)
    shapes.until_agreed(net, shape, shapes.across(shape, list(net.hubs)))
    assert len(net.mids("f")) == 1 + COUNT + COUNT // 2
    before = [net.tip(name) for name in net.hubs]
    shapes.round_(net, shape)
    assert [net.tip(name) for name in net.hubs] == before, "what is known is not written again"
