"""What holds a stage is ended by the kernel and set aside; nothing else is."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation import maillog, watch
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.foundation.watch import Watch

AT = datetime(2026, 11, 24, tzinfo=UTC)


def item(text: str) -> Item:
    return Item(Envelope("ana@x.example", ("bar@hub.example",), AT), text.encode())


def child(work: Callable[[], None]) -> int:
    """Runs it in a process of its own; how that ended."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def spin(folder: Path, name: str) -> None:
    with Watch(folder, "desk").item(name, seconds=0.05):
        re.compile("(?:a|a)*b").match("a" * 64)  # in C, and for ever


def test_the_kernel_ends_what_holds_a_stage_and_the_item_is_named(tmp_path: Path) -> None:
    assert child(lambda: spin(tmp_path, "one.0")) == -signal.SIGPROF
    assert watch.note_overdue(tmp_path, "desk") == "one.0"
    ended = Watch(tmp_path, "desk").ended()
    assert ended is not None
    assert (ended.name, ended.reason) == ("one.0", watch.HELD.format(stage="desk"))


def test_what_is_about_to_be_read_buys_time(tmp_path: Path) -> None:
    one = Watch(tmp_path, "desk")
    one.buys(40 << 20)  # nothing is in work
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    with one.item("one.0"):
        before, _ = signal.getitimer(signal.ITIMER_PROF)
        one.buys(40 << 20)
        after, _ = signal.getitimer(signal.ITIMER_PROF)
    assert 9 < after - before <= 10.1
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_work_that_ends_in_time_leaves_no_mark(tmp_path: Path) -> None:
    one = Watch(tmp_path, "desk")
    with one.item("one.0"):
        pass
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert Watch(tmp_path, "desk").ended() is None


def test_a_process_that_was_killed_costs_an_item_nothing_twice(tmp_path: Path) -> None:
    def killed() -> None:
        one = Watch(tmp_path, "desk")
        assert one.ended() is None
        with one.item("one.0"):
            os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(watch.MOST_ENDS):
        assert child(killed) == -signal.SIGKILL
    ended = Watch(tmp_path, "desk").ended()
    assert ended is not None
    assert "3 times" in ended.reason


def test_another_item_starts_at_one(tmp_path: Path) -> None:
    def killed(name: str) -> None:
        one = Watch(tmp_path, "desk")
        one.ended()
        with one.item(name):
            os.kill(os.getpid(), signal.SIGKILL)

    for number in range(5):
        child(lambda number=number: killed(f"{number}.0"))  # type: ignore[misc]
    assert Watch(tmp_path, "desk").ended() is None


def test_one_message_of_a_file_goes_and_the_others_keep_their_names(tmp_path: Path) -> None:
    spool, folder = Spool(tmp_path / "spool" / "in"), tmp_path / "work"
    path = spool.put([item("a"), item("b"), item("c")])
    names = [one.name for one in spool.read(path)]
    with_mark = Watch(folder, "ingest")
    child(lambda: spin(folder, names[1]))
    (folder / "desk").rename(folder / "ingest")
    watch.note_overdue(folder, "ingest")
    watch.set_aside(with_mark := Watch(folder, "ingest"), spool, maillog.to_stderr())
    assert [(one.name, one.raw) for one in spool.read(path)] == [(names[0], b"a"), (names[2], b"c")]
    ((aside, reason),) = spool.quarantined()
    assert reason == watch.HELD.format(stage="ingest")
    assert [one.raw for one in spool.read(aside)] == [b"b"]
    assert with_mark.ended() is None
    watch.set_aside(with_mark, spool, maillog.to_stderr())
    assert len(spool.quarantined()) == 1


def test_what_is_no_mail_is_passed_over_from_then_on(tmp_path: Path) -> None:
    spool, folder = Spool(tmp_path / "spool" / "bounces"), tmp_path / "work"
    assert child(lambda: spin(folder, "post:bar/abc")) == -signal.SIGPROF
    watch.note_overdue(folder, "desk")
    watch.set_aside(Watch(folder, "desk"), spool, maillog.to_stderr())
    again = Watch(folder, "desk")
    assert again.is_aside("post:bar/abc")
    assert not again.is_aside("post:bar/abd")
    assert not spool.quarantined()


def test_nothing_is_watched_where_nobody_asked() -> None:
    with Watch.idle().item("one.0", seconds=0.01):
        sum(range(100_000))
    assert Watch.idle().ended() is None


def test_names_that_a_hub_of_before_passed_over_stay_so(tmp_path: Path) -> None:
    aside = tmp_path / "quarantine"
    (tmp_path / "deliver.aside").write_text("post:bar/abc\npost:bar/abd\n")
    for _ in range(2):
        one = Watch(tmp_path, "deliver", aside)
        assert one.aside == {"post:bar/abc", "post:bar/abd"}
    assert not (tmp_path / "deliver.aside").exists()
    found = quarantine.aside(aside)
    assert {(one.folder, one.reason) for one in found} == {
        ("deliver", watch.HELD.format(stage="deliver"))
    }


def test_an_item_within_another_is_the_one_that_is_set_aside(tmp_path: Path) -> None:
    def work(inner: float) -> None:
        one = Watch(tmp_path, "desk")
        with one.item("outer", seconds=0.2):
            with one.item("inner", seconds=inner):
                re.compile("(?:a|a)*b").match("a" * (64 if inner < 1 else 8))
            re.compile("(?:a|a)*b").match("a" * 64)

    for inner, name in ((0.05, "inner"), (60.0, "outer")):
        assert child(lambda inner=inner: work(inner)) == -signal.SIGPROF  # type: ignore[misc]
        assert watch.note_overdue(tmp_path, "desk") == name


def test_what_a_child_was_at_is_set_aside_by_its_parent(tmp_path: Path) -> None:
    parent, log = Watch(tmp_path, "build"), maillog.to_nobody()

    def held() -> None:
        with parent.child("0").item("page:/a/", seconds=0.05):
            re.compile("(?:a|a)*b").match("a" * 64)

    def killed() -> None:
        with parent.child("0").item("page:/b/"):
            os.kill(os.getpid(), signal.SIGKILL)

    assert parent.child_ended("0", child(held), log)
    ends = [parent.child_ended("0", child(killed), log) for _ in range(watch.MOST_ENDS)]
    assert ends == [False, False, True]
    assert parent.aside == Watch(tmp_path, "build").aside == {"page:/a/", "page:/b/"}
    assert parent.child("0").is_aside("page:/a/")


def test_what_an_operator_has_tried_again_is_passed_over_no_more(tmp_path: Path) -> None:
    one = Watch(tmp_path, "build")
    one.pass_over("page:/a/")
    assert not one.look_again()
    quarantine.put_back(quarantine.aside(tmp_path)[0])
    assert one.look_again()
    assert not one.is_aside("page:/a/")
