"""A full build by two machines is the build of one, octet by octet; whoever dies or has no key of
the hub is left out. A real scheduler and workers, on loopback."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path
from signal import SIGKILL, SIGSTOP

import pytest

from solicomm_build.builder.hands.ahead import Ahead
from solicomm_build.features.workers import certificate
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing.ports import free_port
from tests.unit.workers import pools
from tests.unit.workers.pools import WAIT, Pool, connected, pages, rows


def test_two_machines_make_what_one_makes(
    brought: list[bool],
    indexed: list[Path],
    ahead: list[bool],
    kept: list[bool],
    sample_pool: Pool,
) -> None:
    pool = sample_pool  # built alone, which is noted, too
    pool.machines("w1", "w2")
    for page in (pool.hub.public / "conferences").rglob("*"):
        if page.is_file():
            page.unlink()  # so that what is there was brought
    report = pool.build()
    assert (pool.count, pool.said, report.failures) == (2, [], [])
    assert ahead == [False, True]
    assert kept
    assert all(kept)
    assert pages(pool.hub) == pool.alone.pages
    assert rows(pool.hub) == pool.alone.rows
    assert len(indexed) == 1  # solidaridad: others are large, moderated, for members only
    assert brought == [False] * 3 + [True, True, False]  # alone; then all but the members'
    assert all(
        (pool.processes.folder / name / "state" / "building").exists() for name in ("w1", "w2")
    )


def test_without_room_for_what_goes_between_them_one_builds_alone(
    pool: Pool, brought: list[bool]
) -> None:
    pool.machines("w1")
    for name in ("brought.sqlite", "lent.sqlite"):
        (pool.hub.state / name).mkdir()  # nothing can be written there

    with contextlib.ExitStack() as reading:

        def say(sentence: str) -> None:
            pool.said.append(sentence)
            if len(pool.said) == 1:  # from now somebody reads the index as it was
                db = reading.enter_context(contextlib.closing(connected(pool.hub)))
                db.execute("BEGIN")
                db.execute("SELECT * FROM reflects").fetchone()

        with pool.calling(say) as hands:
            report = pool.built(hands)
    assert report.failures == []
    assert [one.partition(":")[0] for one in pool.said] == [
        "what others have found of conferences is not taken in, and this machine reads them itself",
        "nobody helps with the rest of this build, and this machine does it alone",
    ]
    assert brought == [False] * 3
    assert (pages(pool.hub), rows(pool.hub)) == (pool.alone.pages, pool.alone.rows)


def test_a_machine_that_dies_is_named_and_its_work_done(pool: Pool) -> None:
    pool.machines("w1", "w2")

    def kill() -> None:
        pool.signal("w1", SIGKILL)

    assert pool.build(kill).failures == []
    assert [one.split(":")[0] for one in pool.said] == ["w1 does not help with this build"]
    assert pages(pool.hub) == pool.alone.pages


@pytest.mark.parametrize("has_room", [True, False])
def test_who_dies_before_the_search_has_done_its_work_or_is_named(
    pool: Pool, brought: list[bool], monkeypatch: pytest.MonkeyPatch, has_room: bool
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    if not has_room:  # for segments that were made beside the pages
        monkeypatch.setattr(Ahead, "_keep", full)
    pool.machines("w1")

    def kill() -> None:
        pool.signal("w1", SIGKILL)

    assert pool.build(then=kill).failures == []
    said = [] if has_room else ["w1 does not help with this build"]
    assert [one.split(":")[0] for one in pool.said] == said
    assert brought == [has_room, has_room, False]
    assert pages(pool.hub) == pool.alone.pages


def test_a_machine_that_stands_still_is_named_and_its_work_done(pool: Pool) -> None:
    pool.machines("w1")

    def stop() -> None:
        pool.signal("w1", SIGSTOP)

    assert pool.build(stop, patience=12.0).failures == []
    (said,) = pool.said
    assert said.startswith("w1 does not help with this build")
    assert "12 seconds" in said
    assert pages(pool.hub) == pool.alone.pages


def test_another_version_is_named_and_not_asked(pool: Pool, tmp_path: Path) -> None:
    another = 'bench.Bench.ask = lambda self, name, given: "another digest"'
    pool.machines("w1", program=pools.program(tmp_path, another))
    with pool.calling(pool.said.append) as hands:
        assert hands.count == 0
        assert pool.said == [
            "w1 does not help with this build: its version of SoliComm, a library or theme is "
            "another"
        ]


def test_without_anybody_left_it_is_built_here(pool: Pool) -> None:
    pool.machines("w1")

    def kill() -> None:
        pool.signal("w1", SIGKILL)

    assert pool.build(kill).failures == []
    assert len(pool.said) == 1
    assert pages(pool.hub) == pool.alone.pages


def test_who_has_not_the_key_of_the_hub_gets_nowhere(pool: Pool) -> None:
    other = hubyaml.load(pool.hub.root)
    file = certificate.path(other)
    ours = file.read_bytes()
    file.unlink()
    assert certificate.make(other)
    strange = file.read_bytes()
    file.write_bytes(ours)
    known = len(pool.scheduler.log("scheduler"))
    pool.processes.helper("w3", pool.hub.root, key=strange)
    pool.scheduler.until("scheduler", "TLS", known)
    with pool.calling(pool.said.append) as hands:
        assert hands.count == 0


def test_nobody_answers(pool: Pool) -> None:
    pools.set_port(pool.hub.root, free_port())
    pool.hub = hubyaml.load(pool.hub.root)
    with pytest.raises(HubError, match="nobody answers at tls://127"):
        pool.calling(pool.said.append)


def test_who_is_asked_to_stop_without_a_scheduler_stops(pool: Pool) -> None:
    pools.set_port(pool.hub.root, free_port())
    processes = pool.processes
    processes.schedule(pool.hub.root)
    pool.machines("w1", "w2")
    for name in ("scheduler", "w1", "w2"):
        processes.of[name].terminate()
    for name in ("w1", "w2", "scheduler"):
        assert processes.of[name].wait(WAIT) == 0, processes.log(name)


def test_a_key_that_others_may_read_is_refused(pool: Pool) -> None:
    certificate.path(pool.hub).chmod(0o644)
    with pytest.raises(HubError, match="others may read"):
        pool.calling(pool.said.append)
