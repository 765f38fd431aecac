"""Cells with owners of their own: who moves a repository that is another's, and who comes first."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.cli import upgrading
from solicomm_build.foundation.errors import (
    ConflictError,
    DeposedError,
    NotKeptError,
    StoreError,
)
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cells import Division
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.cluster.lease import Owner
from solicomm_build.git import history, refs
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.history import Cut
from solicomm_build.git.pack import BLOB, object_id
from solicomm_build.git.replica import comparing, machine
from solicomm_build.git.replica.carried import Carried
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.cells import mailfolders

from . import worlds
from .conftest import WATER, WHEN, Machine, machines
from .test_kills import STEP, dies

ROSTER = "private/roster.git"
Three = tuple[Machine, Machine, Machine]


@pytest.fixture
def apart(three: Three) -> Three:
    """Three machines and two cells: water is in cell 1."""
    return begun(divided(three))


def divided(three: Three) -> Three:
    for one in three:
        git = one.config.cluster.git
        names = {Path(place).parent.name: place for place in git.followers}
        cluster = dataclasses.replace(
            one.config.cluster, git=dataclasses.replace(git, names=names), divided=True
        )
        one.config = dataclasses.replace(one.config, cluster=cluster)
    return three


def begun(three: Three) -> Three:
    """n1 has both cells."""
    for one in three:
        cells.write(one.config, Division(2, 2, {"conferences/water": 1}))
    first = three[0]
    first.found(ROSTER)
    first.found()
    first.found("private/cells/1/mail.git")
    owns(three, {0: (first, 1), 1: (first, 2)})
    return three


def owns(three: Three, whose: dict[int, tuple[Machine, int]], *, take: bool = True) -> None:
    """What etcd says, and each machine does about it."""
    said = {cell: Owner(one.node, token) for cell, (one, token) in whose.items()}
    for one in three:
        known = lease.owners(one.config)
        lease.write_owners(one.config, said)
        for cell, owner in said.items():
            if owner.node != one.node:
                lease.end(one.config, cell)
                continue
            until = lease.now() + 600
            lease.write(one.config, lease.Lease(one.node, owner.token, until, lease.boot()), cell)
        for cell, owner in said.items():
            if take and owner.node == one.node and known.get(cell) != owner:
                machine.take_over(one.config, cell=cell)


def follows(one: Machine) -> None:
    mover, kept = machine.join(one.config)
    for _ in range(3):
        machine.follow(one.config, mover, kept)


@pytest.fixture
def two_owners(three: Three, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Three:
    """n1 has cell 0, n2 cell 1, and all know what there is."""
    one, two, _ = divided(three)
    worlds.begin("two-owners", tmp_path, tmp_path_factory, two_owners_in)
    owns(three, {0: (one, 1), 1: (two, 3)}, take=False)  # from now on
    two.acts()
    return three


def two_owners_in(top: Path) -> None:
    three = begun(divided(machines(top)))
    one, two, other = three
    one.writes("first")
    for each in (two, other):
        follows(each)
    owns(three, {0: (one, 1), 1: (two, 3)})


def everywhere(three: Three, name: str = WATER) -> None:
    """All machines show the same, and each place has it."""
    for one in (*three, *three):  # the owner may have a step to make when it finds a new one
        follows(one)
    assert len({tuple(one.words(name)) for one in three}) == 1
    assert len({one.at_place(name) for one in three}) == 1
    assert len({one.at_place(name, FENCE) for one in three}) == 1
    assert {refs.read(one.config.root / name, FENCE) for one in three} == {
        three[0].at_place(name, FENCE)
    }


def test_each_owner_writes_its_own_and_the_others_follow(two_owners: Three) -> None:
    one, two, _ = two_owners
    two.writes("water")
    one.writes("roster", ROSTER)
    everywhere(two_owners)
    everywhere(two_owners, ROSTER)
    assert one.words() == ["water", "first"]
    assert two.words(ROSTER) == ["roster"]


def test_a_copy_that_is_damaged_holds_no_other(two_owners: Three) -> None:
    """What comes after it by name was followed no more: who is a member, and who is banned."""
    one, two, other = two_owners
    follows(other)
    for number in (1, 2):
        (other.config.root / WATER / FENCE).write_bytes(b"\0" * 41)
        two.writes(f"water {number}")
        one.acts()
        one.writes(f"roster {number}", ROSTER)
        mover, kept = machine.join(other.config)
        moved, is_whole = machine.follow(other.config, mover, kept)
        assert moved
        assert not is_whole
        assert other.words(ROSTER)[0] == f"roster {number}"
        with pytest.raises(StoreError, match=r"fence does not hold an object id"):
            machine.follow(other.config, mover, kept)
        two.acts()


def test_who_comes_again_and_finds_nothing_new_starts_no_git(
    two_owners: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As each process that begins: it knows nothing yet of what it has."""
    *_, other = two_owners
    follows(other)
    monkeypatch.setattr(subprocess, "Popen", None)
    follows(other)


def test_what_fan_out_puts_while_home_takes_a_cell_over_stays(two_owners: Three) -> None:
    """The courier of home fills the spool of a cell from the moment that home has it; what home had
    there of before goes, since its owner was done with it."""
    one, two, _ = two_owners
    there = two.config.root / "spool" / "out-1"
    there.mkdir()
    (there / "waits.mail").write_bytes(b"waits")
    machine.join(two.config)[1].of(1).keep()
    spool = one.config.root / "spool" / "out-1"
    spool.mkdir()
    for name in ("old", "new"):
        (spool / f"{name}.mail").write_bytes(name.encode())
    os.utime(spool / "old.mail", ns=(1, 1))
    lease.begin(one.config, 1)
    os.utime(spool / "new.mail")  # put between the lease and the take-over
    owns(two_owners, {0: (one, 1), 1: (one, 4)})
    assert sorted(path.name for path in spool.iterdir()) == ["new.mail", "waits.mail"]
    assert "spool/out-1/new.mail" in Carried(one.config.in_cell(1)).files()


def test_a_guest_writes_by_way_of_the_owner(two_owners: Three) -> None:
    one, two, _ = two_owners
    two.writes("owner")
    one.writes("guest")
    assert one.words() == ["guest", "owner", "first"]
    two.writes("owner again")
    assert two.words() == ["owner again", "guest", "owner", "first"]
    everywhere(two_owners)
    rows = {row.state for row in comparing.compare(two.config) if row.repository == WATER}
    assert rows == {"same"}


def test_who_does_not_know_of_another_s_step_writes_nothing(two_owners: Three) -> None:
    one, two, _ = two_owners
    tip = one.repo().ref()
    new = two.writes("owner")
    one.acts()
    with pytest.raises(ConflictError):
        Cursor(one.repo(), "courier").advance(tip, new)
    one.repo().set_ref("refs/solicomm/cursors/courier", tip, None)
    assert one.words() == ["owner", "first"], "what the other did came along"
    everywhere(two_owners)


def test_nothing_is_written_where_the_owner_s_place_does_not_answer(two_owners: Three) -> None:
    one, two, _ = two_owners
    two.place_gone()
    with pytest.raises(NotKeptError):
        one.writes("guest")
    assert one.words() == ["first"]
    two.place_back()
    one.writes("guest")
    everywhere(two_owners)


def test_a_step_that_one_place_alone_has_is_not_shown(two_owners: Three) -> None:
    """n2 dies when n3 has its step and nobody else: n3 shows it when it counts."""
    one, two, other = two_owners
    one.place_gone()
    two.acts()
    dies("after-push", lambda: two.writes("second"))
    two.place_gone()
    follows(other)
    assert other.words() == ["first"]
    assert other.at_place() != other.repo().ref()
    two.place_back()
    follows(other)
    assert other.words() == ["second", "first"]
    one.place_back()


@pytest.mark.parametrize("point", STEP)
def test_a_guest_dies_at_each_point_of_a_step(two_owners: Three, point: str) -> None:
    one, two, _ = two_owners
    dies(point, lambda: one.writes("guest"))
    two.writes("owner")
    done = point in ("after-push", "after-move")
    assert two.words() == ["owner", "guest", "first"] if done else ["owner", "first"]
    one.writes("guest again")
    words = one.words()
    assert words[:2] == ["guest again", "owner"]
    assert len(words) == len(set(words))
    everywhere(two_owners)


@pytest.mark.parametrize("point", STEP)
def test_an_owner_dies_at_each_point_and_a_guest_goes_on(two_owners: Three, point: str) -> None:
    one, two, _ = two_owners
    dies(point, lambda: two.writes("owner"))
    one.writes("guest")
    shown = one.words()
    assert shown[0] == "guest"
    two.writes("owner again")
    assert two.words()[1:] == shown
    everywhere(two_owners)


@pytest.mark.parametrize("point", STEP)
def test_another_takes_the_cell_when_its_owner_dies(two_owners: Three, point: str) -> None:
    one, two, other = two_owners
    dies(point, lambda: two.writes("second"))
    before = one.at_place(ROSTER, FENCE)
    owns(two_owners, {0: (one, 1), 1: (other, 4)})
    other.writes("third")
    assert other.words()[0] == "third"
    assert ("second" in other.words()) == (point in ("after-push", "after-move"))
    two.acts()
    with pytest.raises(DeposedError):
        lease.token(two.config, 1)
    assert one.at_place(ROSTER, FENCE) == before, "the other cell did not notice"
    everywhere(two_owners)


def test_a_deposed_owner_that_does_not_know_it_moves_nothing(two_owners: Three) -> None:
    """It slept, and both its clock and what it knows of owners are of before."""
    one, two, other = two_owners
    owns(two_owners, {0: (one, 1), 1: (other, 4)})
    lease.write_owners(two.config, {0: Owner("n1", 1), 1: Owner("n2", 3)})
    lease.write(two.config, lease.Lease("n2", 3, lease.now() + 600, lease.boot()), 1)
    with pytest.raises(NotKeptError):
        two.writes("late")
    other.writes("third")
    lease.end(two.config, 1)
    lease.write_owners(two.config, lease.owners(one.config))
    everywhere(two_owners)
    assert two.words() == ["third", "first"]


def test_a_guest_that_knows_an_old_owner_moves_nothing(two_owners: Three) -> None:
    one, _, other = two_owners
    owns(two_owners, {0: (one, 1), 1: (other, 4)})
    lease.write_owners(one.config, {0: Owner("n1", 1), 1: Owner("n2", 3)})
    with pytest.raises(NotKeptError, match="is taking it over"):
        one.writes("late")
    lease.write_owners(one.config, lease.owners(other.config))
    one.writes("guest")
    everywhere(two_owners)


def test_a_cell_moved_between_a_guest_s_look_and_its_push(two_owners: Three) -> None:
    """The step dies at the old owner's place alone, and nobody sees it."""
    one, two, other = two_owners

    def late() -> None:
        from solicomm_build.git.replica import pushing

        real = pushing.push

        def held(*words: object, **rest: object) -> None:
            owns(two_owners, {0: (one, 1), 1: (other, 4)})
            one.acts()
            lease.write_owners(one.config, {0: Owner("n1", 1), 1: Owner("n2", 3)})
            real(*words, **rest)  # type: ignore[arg-type]

        pushing.push = held
        one.writes("late")

    pid = os.fork()
    if pid == 0:
        try:
            late()
        except NotKeptError:
            os._exit(7)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    lease.write_owners(one.config, lease.owners(other.config))
    other.writes("third")
    everywhere(two_owners)
    assert other.words() == ["third", "first"]
    assert two.words() == ["third", "first"]


def test_a_new_conference_begins_at_its_owner_s_place(two_owners: Three) -> None:
    one, two, _ = two_owners
    for each in two_owners:
        cells.write(each.config, Division(2, 2, {"conferences/water": 1, "conferences/fire": 1}))
    fire = "content/conferences/fire.git"
    one.found(fire)
    one.writes("flames", fire)
    everywhere(two_owners, fire)
    two.writes("smoke", fire)
    everywhere(two_owners, fire)
    assert one.words(fire) == ["smoke", "flames"]


def test_new_ones_begin_where_cell_0_is(two_owners: Three) -> None:
    _, two, _ = two_owners
    two.found("content/conferences/fire.git")
    with pytest.raises(NotKeptError, match="begin on the machine that has cell 0"):
        two.writes("flames", "content/conferences/fire.git")


def test_an_empty_machine_takes_nothing_that_is_nowhere(apart: Three) -> None:
    _, two, _ = apart
    bare = dataclasses.replace(two.config, root=two.config.root.parent / "bare")
    lease.write(bare, lease.Lease("n2", 9, lease.now() + 600, lease.boot()), 0)
    for place in (apart[0].place, apart[1].place, apart[2].place):
        for repo in place.glob("**/*.git"):
            repo.rename(repo.with_suffix(".away"))
    with pytest.raises(NotKeptError, match="this machine has no hub"):
        machine.take_over(bare)


def test_main_is_never_moved_by_two_at_once(two_owners: Three) -> None:
    """Owner and guest write in turn as fast as they can: one line, all of it."""
    one, two, _ = two_owners
    pids = []
    for each, word in ((one, "guest"), (two, "owner")):
        pid = os.fork()
        if pid == 0:
            try:
                for number in range(6):
                    while True:
                        try:
                            each.writes(f"{word} {number}")
                            break
                        except ConflictError:
                            continue
                os._exit(0)
            finally:
                os._exit(1)
        pids.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0, 0]
    everywhere(two_owners)
    words = one.words()
    assert sorted(words) == sorted(
        ["first", *(f"{word} {number}" for word in ("guest", "owner") for number in range(6))]
    )
    assert one.repo().ref(MAIN) == two.repo().ref(MAIN)


@pytest.mark.parametrize("is_overtaken", [False, True])
def test_a_guest_writes_a_history_anew(
    two_owners: Three, monkeypatch: pytest.MonkeyPatch, is_overtaken: bool
) -> None:
    """As an erasure does in a cell of another machine; also when its owner writes meanwhile."""
    one, two, _ = two_owners
    two.writes("second")
    follows(one)
    plan, times = history._plan, list[int]()

    def planned(*words: Any) -> None:
        if is_overtaken and not times:
            times.append(1)
            two.writes("meanwhile")
            one.acts()
        plan(*words)

    monkeypatch.setattr(history, "_plan", planned)
    one.acts()
    assert history.rewrite(one.repo(), Cut(paths=frozenset({"first.md"})))
    everywhere(two_owners)
    assert two.words()[-2:] == ["second", "first"]
    assert two.words()[0] == ("meanwhile" if is_overtaken else "second")
    for each in two_owners:
        each.acts()
        history.scrub(each.repo())
        said = each.repo().git("cat-file", "--batch-all-objects", "--batch-check")
        sought = object_id(BLOB, b"first").hex().encode()
        assert sought not in said


def test_the_mail_of_a_cell_is_moved_by_its_owner_alone(two_owners: Three) -> None:
    """Whoever has cell 0 would have to write it as a guest, while the owner takes mail in it, and
    could not begin while there is none."""
    one, two, _ = two_owners
    two.acts()
    cell = two.config.in_cell(1)
    name, mail = "ab" + "c" * 30, "private/cells/1/mail.git"
    write_once(
        open_repo(cell.mail_repo),
        [Change(f"messages/ab/{name}.eml", b"mail")],
        message="Mail",
        when=WHEN,
    )
    everywhere(two_owners, mail)
    owns(two_owners, {0: (one, 1)}, take=False)  # cell 1 is nobody's for a moment
    one.acts()
    list(upgrading.carry_out(one.config))
    owns(two_owners, {0: (one, 1), 1: (two, 9)})
    two.acts()
    assert mailfolders.lie_by_two(open_repo(cell.mail_repo))
    assert [found.name for found in upgrading.carry_out_in(cell)] == ["mail-by-letter"]
    everywhere(two_owners, mail)
    assert not mailfolders.lie_by_two(open_repo(one.config.in_cell(1).mail_repo))
