"""A machine dies at each point of a step; it goes on itself, or another one takes over."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from solicomm_build.foundation.errors import ConflictError, NotKeptError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.git import refs
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.replica import comparing
from solicomm_build.git.replica.fence import FENCE

from .conftest import WHEN, Machine

Three = tuple[Machine, Machine, Machine]
STEP = ("after-fence", "after-intent", "after-push", "after-move")


def dies(point: str, work: Callable[[], object]) -> None:
    """Has a process of the machine do the work, and die there."""
    pid = os.fork()
    if pid == 0:
        try:
            os.environ["SOLICOMM_FAULT"] = f"replica.{point}:1"
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), f"it never passed {point}"


def agree(three: Three, owner: Machine) -> None:
    """All that the owner has is everywhere, once."""
    rows = list(comparing.compare(owner.config))
    assert {row.state for row in rows} == {"same"}, rows
    words = owner.words()
    assert len(words) == len(set(words))


@pytest.mark.parametrize("point", STEP)
def test_the_same_machine_goes_on(three: Three, point: str) -> None:
    one, *_ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    dies(point, lambda: one.writes("second"))
    one.writes("third")
    done = point != "after-fence"  # from the intent on there is no way back
    assert one.words() == (["third", "second", "first"] if done else ["third", "first"])
    agree(three, one)


@pytest.mark.parametrize("point", STEP)
def test_another_takes_over(three: Three, point: str) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    dies(point, lambda: one.writes("second"))
    shown = one.words()
    two.takes_over(2)
    assert two.words()[-len(shown) :] == shown, "what could be seen is there"
    assert ("second" in two.words()) == (point in ("after-push", "after-move"))
    two.writes("third")
    agree(three, two)
    one.takes_over(3)
    assert one.words() == two.words()
    agree(three, one)


@pytest.mark.parametrize("point", STEP)
def test_a_cursor_is_moved_once(three: Three, point: str) -> None:
    one, *_ = three
    one.found()
    one.takes_over(1)
    tip = one.writes("first")
    dies(point, lambda: Cursor(one.repo(), "courier").advance(None, tip))
    one.acts()
    try:
        Cursor(one.repo(), "courier").advance(None, tip)
    except ConflictError:
        assert point != "after-fence"
    assert Cursor(one.repo(), "courier").read() == tip
    agree(three, one)


def test_killed_while_it_takes_over(three: Three) -> None:
    one, two, other = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    dies("after-taken", lambda: two.takes_over(2))
    other.takes_over(3)
    other.writes("second")
    two.takes_over(4)
    assert two.words() == ["second", "first"]
    agree(three, two)


def put(machine: Machine, text: bytes) -> None:
    machine.acts()
    envelope = Envelope("ana@union.example", ("water@hub.example",), WHEN)
    Spool(machine.config.spool_in).put([Item(envelope, text)])


def waiting(machine: Machine) -> list[bytes]:
    spool = Spool(machine.config.spool_in)
    return [item.raw for path in spool.pending() for item in spool.read(path)]


def test_250_is_kept_on_two_machines(three: Three) -> None:
    """Whatever was put into a spool is there when its machine is not."""
    one, two, other = three
    one.takes_over(1)
    put(one, b"first")
    other.place_gone()
    put(one, b"second")
    one.place_gone()
    other.place_back()
    two.takes_over(2)
    assert waiting(two) == [b"first", b"second"]


def test_no_250_when_nobody_else_has_it(three: Three) -> None:
    one, two, other = three
    one.takes_over(1)
    two.place_gone()
    other.place_gone()
    with pytest.raises(NotKeptError):
        put(one, b"alone")
    assert waiting(one) == []


def test_a_deposed_owner_says_no_250(three: Three) -> None:
    one, two, _ = three
    one.takes_over(1)
    put(one, b"first")
    two.takes_over(2)
    with pytest.raises(NotKeptError):
        put(one, b"second")
    assert waiting(two) == [b"first"]


@pytest.mark.parametrize("point", STEP)
def test_mail_is_there_once_wherever_it_is_killed(three: Three, point: str) -> None:
    one, two, _ = three
    one.takes_over(1)
    put(one, b"first")
    dies(point, lambda: put(one, b"second"))
    two.takes_over(2)
    found = waiting(two)
    assert found[0] == b"first"
    assert found[1:] in ([], [b"second"]), "nobody was told 250 for the second"


@pytest.mark.parametrize("point", STEP)
def test_the_next_mail_is_taken_wherever_it_is_killed(three: Three, point: str) -> None:
    one, *_ = three
    one.takes_over(1)
    put(one, b"first")
    dies(point, lambda: put(one, b"second"))
    put(one, b"third")
    assert waiting(one)[-1] == b"third"


def test_what_is_gone_is_gone_and_in_no_history(three: Three) -> None:
    one, two, _ = three
    one.takes_over(1)
    put(one, b"first")
    spool = Spool(one.config.spool_in)
    spool.done(spool.pending()[0])
    put(one, b"second")
    two.takes_over(2)
    assert waiting(two) == [b"second"]
    carried = two.repo("private/carried.git")
    assert carried.git("rev-list", "--count", "main") == b"1\n"


def test_plain_files_and_what_was_removed_go_along(three: Three) -> None:
    one, two, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    ballot = "private/polls/water/p1/votes/v/1.yaml"
    (one.config.root / ballot).parent.mkdir(parents=True)
    (one.config.root / ballot).write_text("yes")
    (one.config.keys).mkdir()
    (one.config.keys / "dkim.pem").write_text("secret")
    put(one, b"mail")
    two.takes_over(2)
    assert (two.config.root / ballot).read_text() == "yes"
    assert not (two.config.keys / "dkim.pem").exists()
    two.acts()
    (two.config.root / ballot).unlink()
    two.repo().path.rename(two.config.conferences / "fire.git")
    put(two, b"more")
    one.takes_over(3)
    assert not (one.config.root / ballot).exists()
    assert not one.config.conferences.joinpath("water.git").exists()
    assert one.words("content/conferences/fire.git") == ["first"]
    assert (one.config.private / "left-behind/content/conferences/water.git").is_dir()


def test_comparing_says_who_is_behind(three: Three) -> None:
    one, two, other = three
    one.found()
    one.takes_over(1)
    one.writes("first")
    two.place_gone()
    one.writes("second")
    two.place_back()
    other.place_gone()
    states = {
        (row.repository, row.place): (row.state, row.lag) for row in comparing.compare(one.config)
    }
    water = "content/conferences/water.git"
    assert states[water, str(two.place)] == ("behind", 1)
    assert states[water, str(other.place)][0] == "silent"
    assert states[water, str(one.place)] == ("same", 0)
    other.place_back()
    refs.swap(two.place / water, FENCE, None, refs.read(two.place / water, FENCE))
    rows = {
        row.place: row.state for row in comparing.compare(one.config) if row.repository == water
    }
    assert rows[str(two.place)] == "missing"
