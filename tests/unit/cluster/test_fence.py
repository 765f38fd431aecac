"""Two machines and one repository: only who moved the fence last can move anything.

Leases last here as long as nobody says otherwise, on both machines at once: what holds is the
fence alone.
"""

from __future__ import annotations

import shutil

import pytest

from solicomm_build.foundation.errors import (
    ConflictError,
    DeposedError,
    NotKeptError,
    OlderProgramError,
)
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.git.cursor import PAGES, Cursor
from solicomm_build.git.refs import swap
from solicomm_build.git.replica import comparing, fence, machine
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.replica.pushing import SEEN
from solicomm_build.git.repo import MAIN, open_repo

from .conftest import WATER, Machine

Three = tuple[Machine, Machine, Machine]


def test_what_is_written_is_on_every_machine_before_it_shows(three: Three) -> None:
    one, two, other = three
    one.found()
    one.takes_over(7)
    tip = one.writes("first")
    assert one.repo().ref() == two.at_place() == other.at_place() == one.at_place() == tip
    assert one.repo().ref(FENCE) == two.at_place(ref=FENCE) == other.at_place(ref=FENCE)
    said = fence.here(one.repo())
    assert said is not None
    assert (said.epoch, said.node, said.moved) == (7, "n1", {MAIN: tip})
    chain = one.repo().git("log", "--format=%s", FENCE).decode().split("\n")[:-1]
    assert chain == ["epoch 7 seq 1", "epoch 7 seq 0"]


def test_cursors_travel_and_those_of_pages_stay(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    tip = one.writes("first")
    Cursor(one.repo(), "courier").advance(None, tip)
    Cursor(one.repo(), PAGES).advance(None, tip)
    assert two.at_place(ref="refs/solicomm/cursors/courier") == tip
    assert two.at_place(ref="refs/solicomm/cursors/pages") is None
    two.takes_over(2)
    assert Cursor(two.repo(), "courier").read() == tip
    assert Cursor(two.repo(), PAGES).read() is None


def test_a_deposed_owner_is_refused_by_git_itself(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    two.takes_over(2)
    before = two.repo().ref()
    with pytest.raises(DeposedError, match="n2 has the hub now"):
        one.writes("too late")
    assert one.repo().ref() == before, "nobody here may act on it"
    assert two.writes("second") == two.repo().ref()
    assert two.words() == ["second", "first"]
    with pytest.raises(DeposedError):
        one.writes("still too late")


def test_it_goes_on_from_there_when_it_is_the_owner_again(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    two.takes_over(2)
    two.writes("second")
    with pytest.raises(DeposedError):
        one.writes("dropped")
    one.takes_over(3)
    assert one.words() == ["second", "first"]
    one.writes("third")
    assert one.words() == ["third", "second", "first"]
    assert two.at_place() == one.repo().ref()


def test_without_a_lease_nothing_moves(three: Three) -> None:
    one, *_ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    one.holds(1, seconds=-1)
    with pytest.raises(DeposedError, match="n1 does not have the hub just now"):
        one.writes("late")
    lease.write(one.config, lease.Lease("n1", 1, lease.now() + 600, "another start"))
    with pytest.raises(DeposedError):
        one.writes("after the machine was started anew")


def test_no_follower_answers_and_nothing_becomes_visible(three: Three) -> None:
    one, two, other = three
    one.found()
    one.takes_over(1)
    tip = one.writes("first")
    two.place_gone()
    other.place_gone()
    with pytest.raises(NotKeptError, match="0 of 2 followers have it, and 1 must"):
        one.writes("second")
    assert one.repo().ref() == tip
    with pytest.raises(NotKeptError):
        two.takes_over(2)
    two.place_back()
    one.writes("third")  # what had begun is finished first
    assert one.words() == ["third", "second", "first"]
    assert two.at_place() == one.repo().ref()


def test_one_follower_is_enough_and_the_other_is_brought_up_to_date(three: Three) -> None:
    one, two, other = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    two.place_gone()
    for word in ("second", "third"):
        one.writes(word)
    Cursor(one.repo(), "courier").advance(None, one.repo().ref())  # type: ignore[arg-type]
    two.place_back()
    one.acts()
    tip = one.writes("fourth")
    assert two.at_place() == other.at_place() == tip
    assert two.at_place(ref="refs/solicomm/cursors/courier") is not None


def test_a_follower_that_comes_back_gets_what_it_lacks_without_a_new_commit(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    two.place_gone()
    tip = one.writes("first")
    mover, _ = machine.pair(one.config)
    assert mover.catch_up() == 1
    two.place_back()
    assert machine.pair(one.config)[0].catch_up() == 0
    assert two.at_place() == tip


def test_a_lock_that_a_follower_died_with_stops_nothing(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    for name in ("refs/heads/main.lock", "refs/solicomm/fence.lock"):
        (two.place / WATER / name).touch()
    tip = one.writes("second")
    assert two.at_place() == tip


def test_a_follower_with_an_empty_disk_is_cloned(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    shutil.rmtree(two.place)
    two.place.mkdir()
    tip = one.writes("second")
    assert two.at_place() == tip
    assert two.at_place(ref=FENCE) == one.repo().ref(FENCE)


def test_a_follower_brought_back_from_an_old_copy_is_brought_up_to_date(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    shutil.copytree(two.place, two.place.with_name("copy"))
    one.writes("second")
    shutil.rmtree(two.place)
    two.place.with_name("copy").rename(two.place)
    tip = one.writes("third")
    assert two.at_place() == tip


@pytest.mark.parametrize("writes", ["then", "before", "never"])
def test_a_follower_that_lost_its_disk_gets_what_nobody_writes_to(
    three: Three, writes: str
) -> None:
    """Found by a step of any repository, made while it is away or when it is back, or by a look."""
    quiet = "content/conferences/fire.git"
    one, two, _ = three
    one.found()
    one.found(quiet)
    one.takes_over(1)
    one.writes("first")
    one.writes("burns", quiet)
    mover, kept = machine.pair(one.config)
    mover.look(kept.of(0).repo.path)
    assert not mover.places.is_suspect, "all have all"
    shutil.rmtree(two.place)
    if writes == "before":
        one.writes("second")
        mover.look(kept.of(0).repo.path)
        assert not mover.places.is_suspect, "it does not answer"
    two.place.mkdir()
    if writes == "then":
        one.writes("second")
    elif writes == "before":
        machine.pair(one.config)[0].catch_up()
    else:
        mover.look(kept.of(0).repo.path)
    assert mover.places.is_suspect
    assert machine.pair(one.config)[0].catch_up() == 0
    assert {row.state for row in comparing.compare(one.config)} == {comparing.SAME}
    assert two.at_place(quiet) == one.repo(quiet).ref()


@pytest.mark.parametrize("left", ["0", "0/heads/main/deeper", "at", "fence/0"])
def test_what_somebody_left_who_was_killed_at_a_look_is_in_nobodys_way(
    three: Three, left: str
) -> None:
    """One ref may be where another needs a folder: git refuses that, each time anew."""
    one, two, _ = three
    one.found()
    one.takes_over(1)
    done = one.writes("first")
    two.takes_over(2)
    two.writes("second")
    swap(one.repo().path, f"{SEEN}/{left}", done, None)
    one.takes_over(3)
    one.writes("third")
    assert one.words() == ["third", "second", "first"]


def test_the_newest_of_those_that_answer_counts(three: Three) -> None:
    one, two, other = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    two.place_gone()
    one.writes("second")  # n1 and n3 have it
    two.place_back()
    one.place_gone()  # and n1 burns down
    two.takes_over(2)
    assert two.words() == ["second", "first"]
    assert other.at_place() == two.repo().ref()


def test_what_a_deposed_owner_alone_has_is_dropped_and_kept_aside(three: Three) -> None:
    one, two, other = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    two.place_gone()
    other.place_gone()
    with pytest.raises(NotKeptError):
        one.writes("alone")
    alone = one.at_place()
    two.place_back()
    other.place_back()
    one.place_gone()
    two.takes_over(2)
    two.writes("second")
    one.place_back()
    two.acts()
    two.writes("third")
    assert one.at_place() == two.repo().ref()
    assert two.words() == ["third", "second", "first"]
    kept = two.repo().git("for-each-ref", "--format=%(objectname)", "refs/solicomm/dropped")
    assert kept.decode().strip() == alone


def test_clocks_an_hour_apart_do_no_harm(three: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    monkeypatch.setattr("solicomm_build.foundation.clock.timestamp", lambda: 1_700_000_000.0)
    two.takes_over(2)
    two.writes("second")
    with pytest.raises(DeposedError):
        one.writes("late")
    assert two.words() == ["second", "first"]


def test_two_who_take_over_at_once_end_with_one(three: Three) -> None:
    one, two, other = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    two.takes_over(2)
    other.takes_over(3)
    with pytest.raises(DeposedError):
        two.writes("second")
    other.writes("third")
    assert other.words() == ["third", "first"]


def test_a_token_that_is_older_than_the_fence_gets_nothing(three: Three) -> None:
    """As after an etcd was brought back from a copy."""
    one, two, _ = three
    one.found()
    one.takes_over(9)
    one.writes("first")
    with pytest.raises(DeposedError, match="n1 has the hub now"):
        two.takes_over(4)


def test_an_older_program_takes_nothing_over(three: Three, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, other = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    monkeypatch.setattr("solicomm_build.__version__", "12.3.9")
    two.takes_over(2)
    two.writes("second")
    before = two.repo().ref(FENCE)
    monkeypatch.setattr("solicomm_build.__version__", "12.2.0")
    with pytest.raises(OlderProgramError, match=r"SoliComm 12\.3 had the hub last, on n2"):
        other.takes_over(3)
    assert two.at_place(ref=FENCE) == before, "the newer one has it still"
    monkeypatch.setattr("solicomm_build.__version__", "12.3.0")
    other.takes_over(4)
    assert other.words() == ["second", "first"]


def test_a_rewritten_history_goes_the_same_way(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    first = one.writes("first")
    second = one.writes("second")
    one.repo().set_ref(MAIN, first, second)
    assert two.at_place() == first
    with pytest.raises(ConflictError):
        one.repo().set_ref(MAIN, second, second)


def test_a_new_repository_is_known_to_who_takes_over(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.acts()
    one.found("content/conferences/fire.git")
    one.writes("burns", "content/conferences/fire.git")
    one.place_gone()
    assert two.takes_over(2) == 2
    assert two.words("content/conferences/fire.git") == ["burns"]


def test_a_hub_on_one_machine_is_none_of_this(three: Three) -> None:
    one, two, _ = three
    one.found()
    machine.leave()
    repo = open_repo(one.config.root / WATER)
    from solicomm_build.git.writer import Change, write_once

    from .conftest import WHEN

    write_once(repo, [Change("a.md", b"a")], message="a", when=WHEN)
    assert repo.ref(FENCE) is None
    assert two.at_place() is None
