"""Which cells a machine takes, asks for and gives up, by a real etcd on loopback."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Iterator, Mapping

import pytest

from solicomm_build.cli.serving import sharing
from solicomm_build.cli.serving.children import finish
from solicomm_build.cli.serving.sharing import MACHINE, Sharing
from solicomm_build.features.cells import handing, lending, standing
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import cells, liveness
from solicomm_build.foundation.hub.cells import Division
from solicomm_build.foundation.hub.cluster import cutting, etcd, lease, nodes
from solicomm_build.foundation.hub.cluster.etcd import Etcd
from solicomm_build.foundation.hub.cluster.lease import Owner
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse
from solicomm_build.post.cells import dividing

from .conftest import Machine
from .test_lease import _config, client, pytestmark, server

__all__ = ["client", "pytestmark", "server"]  # fixtures
CELLS = 4
Three = tuple[Machine, Machine, Machine]


class Share:
    """One machine, whose stages do nothing but be there."""

    def __init__(self, machine: Machine, server: str, *prefers: int) -> None:
        config = _config(machine, server)
        cluster = dataclasses.replace(config.cluster, divided=True, prefers=prefers)
        self.config = dataclasses.replace(config, cluster=cluster)
        self.node = machine.node
        cells.write(self.config, Division(CELLS, CELLS))
        self.sharing = Sharing(self.config, self._serve)

    def _serve(self, part: int) -> int:
        pulse = Pulse(self.config.state, liveness.of_cell("ingest", max(part, 0)))
        self.config.state.joinpath(lease.FOLDER, liveness.FOLLOWED).touch()
        while part != MACHINE or pulse:
            time.sleep(0.05)
        return 0

    def step(self) -> None:
        self.sharing._look()
        self.sharing._enforce()
        self.sharing._reap()

    @property
    def cells(self) -> set[int]:
        return {cell for cell in range(CELLS) if lease.is_held(self.config, cell)}

    def end(self) -> None:
        self.sharing._until = 0.0
        self.sharing._enforce()


@pytest.fixture
def shares(server: str, client: Etcd, three: Three) -> Iterator[list[Share]]:
    made = [Share(three[0], server, 0), Share(three[1], server, 1), Share(three[2], server, 2, 3)]
    yield made
    for one in made:
        one.end()


def until(shares: list[Share], wanted: dict[str, set[int]]) -> None:
    end = time.monotonic() + 60
    while {one.node: one.cells for one in shares} != wanted:
        assert time.monotonic() < end, {one.node: one.cells for one in shares}
        for one in shares:
            one.step()
        time.sleep(0.05)


def test_who_is_alone_takes_all_and_gives_to_who_comes(shares: list[Share]) -> None:
    one, two, other = shares
    until([one], {"n1": {0, 1, 2, 3}})
    until(shares, {"n1": {0}, "n2": {1}, "n3": {2, 3}})
    for _ in range(5):
        for each in shares:
            each.step()
    assert two.cells == {1}, "nothing goes to and fro"
    assert lease.owners(one.config)[3].node == "n3"
    tokens = {owner.token for owner in lease.owners(other.config).values()}
    assert len(tokens) == CELLS, "each cell has its own"


def test_when_one_is_silent_its_cells_alone_move(shares: list[Share]) -> None:
    one, two, other = shares
    until([one], {"n1": {0, 1, 2, 3}})
    until(shares, {"n1": {0}, "n2": {1}, "n3": {2, 3}})
    one.step()  # it hears of what the others took
    before = lease.owners(one.config)
    other.end()
    end = time.monotonic() + 60
    while len(one.cells | two.cells) < CELLS:
        assert time.monotonic() < end
        one.step()
        two.step()
        time.sleep(0.05)
    now = lease.owners(one.config)
    assert (now[0], now[1]) == (before[0], before[1])
    assert len(one.cells) == len(two.cells) == 2, "a share each"


def test_a_key_that_is_another_s_ends_that_cell_alone(shares: list[Share], client: Etcd) -> None:
    one = shares[0]
    until([one], {"n1": {0, 1, 2, 3}})
    child = one.sharing._parts[2].child
    rows = client.below(etcd.CELLS)
    assert client.delete(etcd.owner_key(2), rows[etcd.owner_key(2)].revision)
    assert not client.delete(etcd.owner_key(1), 1), "not the one that was made then"
    client.put_new({etcd.owner_key(2): "n9"}, client.grant(60))
    one.step()
    assert one.cells == {0, 1, 3}
    assert child not in [part.child for part in one.sharing._parts.values()]
    assert lease.owners(one.config)[2] == Owner(
        "n9", client.below(etcd.CELLS)[etcd.owner_key(2)].revision
    )


def test_without_etcd_all_ends_by_its_own_clock(shares: list[Share]) -> None:
    one = shares[0]
    until([one], {"n1": {0, 1, 2, 3}})
    nodes.have_pages(one.config)
    one.sharing._etcd = Etcd(["http://127.0.0.1:1"], one.config.keys, 0.1)
    began = lease.now()
    while one.sharing._parts:
        assert lease.now() - began < 30
        one.step()
        time.sleep(0.05)
    assert lease.now() - began < 3 * one.config.cluster.lease.ttl
    assert one.cells == set()
    assert not nodes.has_pages(one.config), "what they show may be erased by now"


def test_when_etcd_is_back_and_knows_the_lease_still_all_goes_on(
    shares: list[Share], client: Etcd
) -> None:
    """Its new leader begins each lease anew: the cells are this machine's there, and nobody serves
    them any more."""
    one = shares[0]
    until([one], {"n1": {0, 1, 2, 3}})
    there, before = one.sharing._etcd, lease.owners(one.config)
    one.sharing._etcd = Etcd(["http://127.0.0.1:1"], one.config.keys, 0.1)
    end = time.monotonic() + 60
    while one.sharing._parts:
        assert time.monotonic() < end
        assert client.keep(one.sharing._session)
        one.step()
        time.sleep(0.05)
    assert client.keep(one.sharing._session)
    one.sharing._etcd = there
    until([one], {"n1": {0, 1, 2, 3}})
    one.step()
    now = lease.owners(one.config)
    assert all(now[cell].token > before[cell].token for cell in range(CELLS))


def test_a_cell_of_which_etcd_s_answer_was_lost_is_served(shares: list[Share]) -> None:
    """It was put, and the next member that was asked found it taken."""
    one = shares[0]
    until([one], {"n1": {0, 1, 2, 3}})
    real = one.sharing._etcd.put_new
    lost: list[int] = []

    def late(
        rows: Mapping[str, str], lease: int, *, while_so: Mapping[str, str | None] = etcd.NOTHING
    ) -> int | None:
        token = real(rows, lease, while_so=while_so)
        if etcd.owner_key(2) in rows and token is not None and not lost:
            lost.append(token)
            return None
        return token

    one.sharing._etcd.put_new = late  # type: ignore[method-assign]
    os.kill(one.sharing._parts[2].child, signal.SIGKILL)
    end = time.monotonic() + 60
    while 2 in one.cells:
        assert time.monotonic() < end
        one.step()
    until([one], {"n1": {0, 1, 2, 3}})
    assert lost


def test_a_cell_whose_stages_fail_is_left_to_others_for_a_moment(shares: list[Share]) -> None:
    one = shares[0]
    until([one], {"n1": {0, 1, 2, 3}})

    os.kill(one.sharing._parts[3].child, signal.SIGKILL)  # it may have no group of its own yet
    end = time.monotonic() + 60
    while one.cells != {0, 1, 2}:
        assert time.monotonic() < end
        one.step()
    assert one.sharing._rests[3][0] > lease.now() - 60
    until([one], {"n1": {0, 1, 2, 3}})


def test_who_has_another_version_takes_no_cell_until_it_is_alone(shares: list[Share]) -> None:
    """An upgrade with two versions side by side: first two machines get the new one, then the third
    is stopped."""
    one, two, other = shares
    two.sharing._version = other.sharing._version = "12.3.0"
    until([one], {"n1": {0, 1, 2, 3}})
    end = time.monotonic() + 2 * one.config.cluster.lease.ttl
    while time.monotonic() < end:
        for each in shares:
            each.step()
        time.sleep(0.05)
    assert (one.cells, two.cells, other.cells) == ({0, 1, 2, 3}, set(), set())
    assert two.sharing._said == "n2 takes no cell: n1 has some, with another SoliComm"
    one.end()
    until([two, other], {"n2": {0, 1}, "n3": {2, 3}})


def test_of_two_that_began_at_once_the_newer_goes_on(shares: list[Share]) -> None:
    one, two, _ = shares
    until([one], {"n1": {0, 1, 2, 3}})
    until([one, two], {"n1": {0, 2}, "n2": {1, 3}})
    two.sharing._version = "12.3.0"
    two.sharing._etcd.put(
        f"{etcd.NODES}n2", f"x SoliComm/{two.sharing._version}", two.sharing._session
    )
    until([one, two], {"n1": set(), "n2": {0, 1, 2, 3}})


def test_what_has_just_begun_is_ended_before_it_has_a_group_of_its_own() -> None:
    child = os.fork()
    if not child:
        time.sleep(600)
        os._exit(0)
    assert finish(child, None) == -signal.SIGKILL


def test_nobody_else_takes_a_cell_while_conferences_go_from_it(
    shares: list[Share], client: Etcd
) -> None:
    """Nor before it knows how that was cut; the machine with cell 0 gets it anew meanwhile."""
    one, two, _ = shares
    until([one], {"n1": {0, 1, 2, 3}})
    before = client.below(etcd.CELLS)[etcd.owner_key(1)].revision
    with cutting.moving(one.config, (1, 2)):
        two.step()
        one.step()
        with pytest.raises(HubError, match="go to or from cell 1 just now"):
            handing.hand_over(one.config, 1, "n2")
        rows = client.below(etcd.CELLS)
        said = {cell: rows[etcd.cut_key(cell)].value for cell in (1, 2)}
        assert said == {1: "moving", 2: "moving"}
        client.put(etcd.wanted_key(1), "n1", client.grant(60))
        end = time.monotonic() + 60
        while not (row := client.below(etcd.CELLS).get(etcd.owner_key(1))) or (
            row.value == "n1" and row.revision == before
        ):
            assert time.monotonic() < end
            for each in (two, one):
                each.step()
        assert row.value == "n1"
        client.put(etcd.wanted_key(1), "n2", client.grant(60))
        while 1 in one.cells:
            assert time.monotonic() < end
            one.step()
        for _ in range(5):
            two.step()
        assert 1 not in two.cells
    now = Division(CELLS, CELLS, epochs={1: 1, 2: 1})
    cells.write(one.config, now)
    one.step()
    for _ in range(5):
        two.step()
    assert 1 not in two.cells, "it does not know how the hub is cut"
    cells.write(two.config, now)
    end = time.monotonic() + 60
    while 1 not in two.cells:
        assert time.monotonic() < end
        two.step()


@pytest.mark.parametrize("key", [etcd.cut_key(1), etcd.ROSTER])
def test_who_stood_still_with_cell_0_says_nothing_of_the_hub(
    shares: list[Share], client: Etcd, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """It has looked whose cell 0 is, and stands still; when it wakes another one has it, and has
    said more."""
    one, two, _ = shares
    until([one], {"n1": {0, 1, 2, 3}})
    cells.write(one.config, Division(CELLS, CELLS, epochs={1: 1}))
    cells.write(two.config, Division(CELLS, CELLS, epochs={1: 2}))
    told: list[str] = []

    def stands_still(config: Config) -> None:
        if config.cluster.node != "n1" or told:
            return
        told.append("")
        client.revoke(one.sharing._session)
        end = time.monotonic() + 60
        while (row := client.below(etcd.CELLS).get(key)) is None or row.value == "- -":
            assert time.monotonic() < end
            two.step()
        told.append(row.value)

    def said(config: Config) -> dict[int, str]:
        if key != etcd.ROSTER:
            stands_still(config)
        return {cell: str(count) for cell, count in cells.division(config).epochs.items()}

    def people(config: Config) -> str:
        if key == etcd.ROSTER:
            stands_still(config)
        return f"fences of {config.cluster.node}"

    monkeypatch.setattr(cutting, "said", said)
    monkeypatch.setattr(sharing, "people", people)
    one.step()
    assert told[-1] == ("fences of n2" if key == etcd.ROSTER else "2")
    assert client.below(etcd.CELLS)[key].value == told[-1]


def test_who_errs_leaves_the_cells_of_who_moves_something(
    shares: list[Share], client: Etcd
) -> None:
    """A second person mistypes a name while a conference moves."""
    one = shares[0]
    until([one], {"n1": {0, 1, 2, 3}})
    key = etcd.lender_key(1)
    client.put(key, "n2")
    assert standing.note(one.config).startswith(
        "cell 1 goes back to n2 when the command that moves"
    )
    with dividing.still(one.config), pytest.raises(HubError, match="no conference or list nowhere"):
        lending.move(one.config, cells.CONFERENCES, "nowhere", 1, print)
    row = client.below(etcd.CELLS)[key]
    assert client.delete(key, row.revision)


def test_nothing_moves_while_a_machine_runs_an_older_program(
    shares: list[Share], client: Etcd
) -> None:
    """It knows of no `cut`, and would take a cell, or write to its mail, by what it knew before."""
    one, two, _ = shares
    until([one], {"n1": {0, 1, 2, 3}})
    two.step()
    lending.insist(one.config)
    with pytest.raises(UsageError, match=r"n1 has it\. Say it there"):
        lending.insist(two.config)
    session = client.grant(60)
    client.put(f"{etcd.NODES}n9", "host boot /hub SoliComm/0.2.0", session)
    with pytest.raises(UsageError, match="n9: an older SoliComm runs there"):
        lending.move(one.config, cells.CONFERENCES, "water", 1, print)
    client.revoke(session)
    lending.insist(one.config)
