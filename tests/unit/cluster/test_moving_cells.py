"""A conference goes from cell to cell in a hub whose cells have owners of their own; whoever does
it dies at each point, and other machines know what they knew before."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.foundation.errors import DeposedError, NotKeptError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cells import Division
from solicomm_build.foundation.hub.cluster import cutting, lease
from solicomm_build.foundation.hub.cluster.lease import Owner
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.replica import machine
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post.cells import dividing, hubmail
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed

from . import worlds
from .conftest import WHEN, Machine, machines
from .test_guests import (
    Three,
    divided,
    everywhere,
    follows,
    owns,
    two_owners,
    two_owners_in,
)

__all__ = ["two_owners"]  # a fixture
NOTICE = "notices/water/one"


def notes(one: Machine, name: str) -> None:
    """Something of water in the mail.git of its cell, as this machine knows it."""
    one.acts()
    changes = [Change(f"notices/water/{name}", b"x")]
    hubmail.write_once(one.config, changes, message=name, when=WHEN)


def noted(one: Machine) -> set[str]:
    path = hubmail.repo_of(one.config, "water").path
    return {name for name in smallhub.files(path) if name.startswith("notices/water/")}


def moves(one: Machine) -> None:
    one.acts()
    dividing.move(one.config, cells.CONFERENCES, "water", 0)


@pytest.fixture
def lent(three: Three, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Three:
    """Water is in cell 1 with a notice there; n1 has both cells, the one that gets has the newer
    token. The others know that."""
    one, *_ = divided(three)
    worlds.begin("lent", tmp_path, tmp_path_factory, lent_in)
    owns(three, {0: (one, 6), 1: (one, 5)}, take=False)  # from now on
    one.acts()
    return three


def lent_in(top: Path) -> None:
    two_owners_in(top)
    three = divided(machines(top))
    one, two, other = three
    one.found("private/mail.git")
    one.writes("mail", "private/mail.git")
    notes(two, "one")
    for each in (one, other):
        follows(each)
    owns(three, {0: (one, 6), 1: (one, 5)})


def test_it_moves_and_the_cells_go_back(lent: Three) -> None:
    one, two, other = lent
    moves(one)
    one.writes("here")
    for each in (two, other):
        follows(each)
        assert cells.cell_of(each.config, cells.CONFERENCES, "water") == 0
    owns(lent, {0: (one, 6), 1: (two, 7)})
    one.writes("here again")
    notes(one, "two")
    two.writes("guest")
    everywhere(lent)
    assert one.words() == ["guest", "here again", "here", "first"]
    assert noted(one) == {NOTICE, "notices/water/two"}


POINTS = ("after-copy", "after-announced", "after-kept", "after-note", "after-out")


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_another_machine_goes_on(lent: Three, point: str) -> None:
    one, two, other = lent
    killed(lambda: moves(one), f"cells.{point}:1")
    owns(lent, {0: (other, 8)})  # cell 1 is for nobody while etcd says that it is moving
    other.acts()
    dividing.finish(other.config)
    follows(two)
    owns(lent, {0: (other, 8), 1: (two, 9)})
    cell = cells.cell_of(other.config, cells.CONFERENCES, "water")
    assert cell == (1 if point in ("after-copy", "after-announced") else 0)
    assert cells.cell_of(two.config, cells.CONFERENCES, "water") == cell
    owner = two if cell else other
    owner.writes("later")
    notes(owner, "two")
    everywhere(lent)
    assert owner.words() == ["later", "first"]
    assert noted(owner) == {NOTICE, "notices/water/two"}


@pytest.mark.parametrize("point", ["after-announced", "after-kept"])
def test_nothing_moves_until_others_know_how_the_hub_is_cut(lent: Three, point: str) -> None:
    one, *_ = lent
    killed(lambda: moves(one), f"cells.{point}:1")
    one.acts()
    with pytest.raises(NotKeptError, match="go to other cells just now"):
        one.writes("meanwhile")
    assert cutting.said(one.config) == {0: cutting.MOVING, 1: cutting.MOVING}
    dividing.finish(one.config)
    assert cutting.said(one.config) == {0: "1", 1: "1"}
    one.writes("then")
    notes(one, "two")
    assert noted(one) == {NOTICE, "notices/water/two"}
    everywhere(lent)


def test_who_loses_the_hub_in_the_middle_changes_nothing(
    lent: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    """etcd was late: another machine has cell 0, the cell that gave is its owner's again, and who
    moves the conference goes on. What is in force stays so, and what came there meanwhile, too."""
    one, two, other = lent
    real = dividing._put_in_force

    def late(config: Config, new: Division) -> None:
        owns(lent, {0: (other, 8), 1: (two, 9)})
        notes(two, "meanwhile")
        one.acts()
        real(config, new)

    monkeypatch.setattr(dividing, "_put_in_force", late)
    with pytest.raises((NotKeptError, DeposedError)):
        moves(one)
    everywhere(lent, "private/carried.git")
    for each in lent:
        assert cells.cell_of(each.config, cells.CONFERENCES, "water") == 1
        assert not cells.is_announced(each.config)
    assert noted(two) == {NOTICE, "notices/water/meanwhile"}


def test_who_has_the_hub_no_more_has_nobody_keep_its_plain_files(two_owners: Three) -> None:
    """Its stages end after its lease: what it knew is of before."""
    one, two, other = two_owners
    (one.config.private / "ballots.json").write_text("before")
    one.acts()
    machine.pair(one.config)[1].of(0).keep()
    owns(two_owners, {0: (other, 8), 1: (two, 3)})
    (other.config.private / "ballots.json").write_text("after")
    other.acts()
    machine.pair(other.config)[1].of(0).keep()
    one.acts()
    with pytest.raises(NotKeptError):
        machine.pair(one.config)[1].of(0).keep(whole=True)
    follows(one)
    assert (one.config.private / "ballots.json").read_text() == "after"


def test_who_knows_of_before_writes_nothing(lent: Three) -> None:
    """n2 had cell 1, and neither hears of the new owners nor how the hub is cut now."""
    one, two, _ = lent
    lease.write_owners(two.config, {0: Owner("n1", 6), 1: Owner("n1", 5, cutting.MOVING)})
    with pytest.raises(NotKeptError, match="go to or from cell 1"):
        notes(two, "meanwhile")
    moves(one)
    one.writes("here")
    for token, cut in ((5, "1"), (3, "")):
        lease.write_owners(two.config, {0: Owner("n1", 6, cut), 1: Owner("n1", token, cut)})
        for work in (lambda: two.writes("late"), lambda: notes(two, "late")):
            with pytest.raises(NotKeptError):
                work()
    lease.write_owners(two.config, {0: Owner("n1", 6, "1"), 1: Owner("n1", 5, "1")})
    everywhere(lent)
    assert one.words() == ["here", "first"]
    assert noted(one) == {NOTICE}
    assert open_repo(one.config.in_cell(1).mail_repo).ref() is not None
