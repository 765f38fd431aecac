"""However a hub is cut, and cut anew on the way, its pages are the same, octet by octet.

The same mail comes to hubs of one cell, of four, and of one that is cut while it comes: to one
conference, to several, a second time, held and let in, and with a Message-ID that another message
has elsewhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.ingest import holding
from solicomm_build.ingest.run import ingest_all
from solicomm_build.post.cells import dividing
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.store import fsck
from solicomm_build.testing import hubs, smallhub

NOW = datetime(2026, 3, 4, 7, tzinfo=UTC)
NAMES = ("bar", "ice", "rail", "water")


def mails() -> list[Item]:
    """In the order in which they come."""
    found: list[Item] = []
    for number in range(12):
        to = [f"{NAMES[(number + more) % 4]}@hub.example" for more in range(1 + number % 3)]
        answer = [f"In-Reply-To: <{number - 4}@union.example>"] if number > 5 else []
        raw = smallhub.mail(f"text {number}", *answer, msgid=f"<{number}@union.example>")
        found.append(smallhub.item(raw, *to))
    other = smallhub.mail("other words of the same id", msgid="<0@union.example>")
    found += [smallhub.item(other, "water@hub.example"), found[3]]
    return found


def made(root: Path, cuts: Sequence[int]) -> Config:
    """A hub that is cut so before each part of its mail."""
    hub = smallhub.make(
        root, *(Conference(name, {"en": name}, posting="open") for name in NAMES[:3])
    )
    smallhub.add_conference(hub, Conference("water", {"en": "W"}, posting="moderated"))
    rest = mails()
    size = -(-len(rest) // len(cuts))
    for count in cuts:
        hub = dataclasses.replace(hub, cells=count)
        dividing.settle(hub)
        now, rest = rest[:size], rest[size:]
        for item in now:
            Spool(hub.spool_in).put([item])
            ingest_all(hub, log=maillog.to_nobody())
    for held in holding.list_held(hub):
        holding.decide(hub, "water", PostId(held.mid), Decision("accept", "operator", NOW))
    assert fsck.check(hub) == []
    assert cells.division(hub).cells == cuts[-1]
    return hub


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of a hub of one cell."""
    with clock.fixed(NOW):
        hub = made(tmp_path_factory.mktemp("whole"), [1])
        hubs.build(hub)
        return hubs.trees(hub)


@pytest.mark.parametrize("cuts", [[4], [1, 3, 2]], ids=["four", "cut-on-the-way"])
def test_any_division_in_cells_shows_the_same(
    tmp_path: Path, whole: dict[str, str], cuts: list[int]
) -> None:
    with clock.fixed(NOW):
        hub = made(tmp_path, cuts)
        hubs.build(hub)
        assert hubs.trees(hub) == whole
    assert any(f"/t/{post_id('0@union.example')}/" in path for path in whole)
