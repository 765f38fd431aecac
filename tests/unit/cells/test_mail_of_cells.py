"""Mail finds its cell: from the door, from a wrong spool, and when a cell cannot take it."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import closing
from pathlib import Path

import pytest

from solicomm_build.bridge.groupcommit import GroupCommit, SpoolError
from solicomm_build.bridge.routing import route_of
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import cells, liveness
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.ingest.run import ingest, ingest_all
from solicomm_build.people.recipients import HubDirectory
from solicomm_build.post.cells import dividing
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import withdraw
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed

MID = PostId(post_id("1@union.example"))
TO = ("bar@hub.example", "pay-request@hub.example", "pay@hub.example")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """Two cells: `bar` in the first, `pay` in the second."""
    made = smallhub.make(
        tmp_path, *(Conference(name, {"en": name}, posting="open") for name in ("bar", "pay"))
    )
    made = dataclasses.replace(made, cells=2)
    dividing.settle(made)
    for name, cell in (("bar", 0), ("pay", 1)):
        dividing.move(made, cells.CONFERENCES, name, cell)
    return made


def waiting(hub: Config, cell: int) -> list[tuple[str, ...]]:
    spool = Spool(hub.in_cell(cell).spool_in)
    return [one.envelope.rcpt_tos for path in spool.pending() for one in spool.read(path)]


def posted(hub: Config) -> dict[str, bool]:
    with closing(HubMail(hub)) as mail:
        return {
            name: bool(smallhub.files(hub.conference_repo(name), "topics"))
            and mail.find(MID, name) is not None
            for name in ("bar", "pay")
        }


def commit_of(hub: Config, *broken: int) -> GroupCommit:
    class Broken(Spool):
        def put(self, items: object) -> Path:
            raise OSError("no disk")

    def spool(cell: int) -> Spool:
        return (Broken if cell in broken else Spool)(hub.in_cell(cell).spool_in)

    directory = HubDirectory(hub.domain, hub.conferences)
    return GroupCommit(
        spool(0), maillog.to_nobody(), route=route_of(hub, directory), spool_of=spool
    )


async def put(commit: GroupCommit, *items: Item) -> list[str]:
    try:
        return list(await asyncio.gather(*map(commit.put, items)))
    finally:
        await commit.close()


def test_250_means_a_file_for_each_cell_concerned(hub: Config) -> None:
    names = asyncio.run(
        put(commit_of(hub), smallhub.item(smallhub.mail(), *TO), smallhub.item(b"x", TO[2]))
    )
    assert len(set(names)) == 2
    assert waiting(hub, 0) == [TO[:2]]
    assert waiting(hub, 1) == [TO[2:], TO[2:]]


def test_the_sender_hears_no_250_when_one_cell_cannot_keep_it(hub: Config) -> None:
    item = smallhub.item(smallhub.mail(), TO[0], TO[2])
    with pytest.raises(SpoolError):
        asyncio.run(put(commit_of(hub, 0), item))
    asyncio.run(put(commit_of(hub), item))  # the sender tries again
    assert len(waiting(hub, 1)) == 2
    ingest_all(hub, log=maillog.to_nobody())
    assert posted(hub) == {"bar": True, "pay": True}
    assert len(smallhub.sources(hub.conference_repo("pay"))) == 1


def test_a_hub_of_one_cell_has_one_spool(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path)
    asyncio.run(put(commit_of(hub), smallhub.item(smallhub.mail())))
    assert waiting(hub, 0) == [("bar@hub.example",)]
    assert cells.spools_in(hub) == [hub.spool_in]
    assert liveness.of_hub(hub.root) == liveness.of_hub(tmp_path / "nowhere")


@pytest.mark.parametrize("cell", [0, 1])
def test_what_lies_in_the_wrong_spool_is_passed_on(hub: Config, cell: int) -> None:
    Spool(hub.in_cell(cell).spool_in).put([smallhub.item(smallhub.mail(), TO[0], TO[2])])
    ingest(hub.in_cell(cell), once=True, log=maillog.to_nobody())
    assert sum(posted(hub).values()) == 1
    assert waiting(hub, cell) == []
    assert waiting(hub, 1 - cell) == [(TO[2 - 2 * cell],)]
    ingest_all(hub, log=maillog.to_nobody())
    assert posted(hub) == {"bar": True, "pay": True}
    assert not Spool(hub.spool_in).quarantined()


def test_what_was_set_aside_in_a_cell_goes_back_by_cell_0(hub: Config) -> None:
    spool = Spool(hub.in_cell(1).spool_in)
    aside = spool.quarantine(spool.put([smallhub.item(smallhub.mail(), TO[2])]), "a fault")
    assert aside.parent == hub.spool_quarantine
    Spool(hub.spool_in).retry(aside)
    ingest_all(hub, log=maillog.to_nobody())
    assert posted(hub)["pay"]


def test_copies_that_a_killed_erasure_left_go_out_when_their_cell_is_given_up(hub: Config) -> None:
    """They lie under a name of their own for a moment, and went with the folder."""
    item = smallhub.item(smallhub.mail(), "a@m.example", "b@m.example")
    Spool(hub.in_cell(1).spool_out).put([item])
    assert killed(lambda: withdraw.recipient(hub, "a@m.example"), "withdraw.after-gone")
    dividing.settle(dataclasses.replace(hub, cells=1))
    out = Spool(hub.spool_out)
    (path,) = out.pending()
    assert [one.envelope.rcpt_tos for one in out.read(path)] == [("b@m.example",)]


def test_what_waits_in_a_cell_is_taken_where_its_giving_up_was_killed(hub: Config) -> None:
    """Nobody looked at it again: cells.json said already that the hub has one cell."""
    Spool(hub.in_cell(1).spool_in).put([smallhub.item(smallhub.mail(), TO[2])])
    Spool(hub.in_cell(1).spool_out).put([smallhub.item(smallhub.mail(), "a@m.example")])
    one = dataclasses.replace(hub, cells=1)
    assert killed(lambda: dividing.settle(one), "cells.after-given-up")
    assert dividing.is_needed(one), "asked at every start"
    dividing.settle(one)
    assert not dividing.is_needed(one)
    assert (len(waiting(one, 0)), len(Spool(one.spool_out).pending())) == (1, 1)


def test_each_cell_has_a_stage_of_its_own(hub: Config) -> None:
    names = liveness.of_hub(hub.root)
    assert [one for one in names if one.startswith("ingest")] == ["ingest", "ingest-1"]
    assert liveness.parted("ingest-1") == ("ingest", 1)
    assert liveness.parted("web") == ("web", 0)
    pulse = liveness.Pulse(hub.state, "ingest-1")
    try:
        signs = {one.stage: one.runs for one in liveness.signs(hub.state)}
    finally:
        pulse.end()
    assert signs["ingest-1"]
    assert not signs["ingest"]
