"""Signs of life: a lock that the kernel keeps, and what the supervisor noted."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import liveness


def sign(state: Path, stage: str) -> liveness.Sign:
    return next(one for one in liveness.signs(state) if one.stage == stage)


def child(state: Path, stage: str) -> int:
    """A process that is the stage until it is killed; it has begun when this returns."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        liveness.Pulse(state, stage)
        os.write(writing, b"1")
        signal.pause()
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return pid


def test_a_stage_runs_until_it_is_killed(tmp_path: Path) -> None:
    assert not sign(tmp_path, "desk").runs
    pid = child(tmp_path, "desk")
    assert sign(tmp_path, "desk").runs
    assert sign(tmp_path, "desk").runs  # looking takes nothing away
    assert sign(tmp_path, "desk").trouble is None
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not sign(tmp_path, "desk").runs
    assert sign(tmp_path, "desk").trouble == "desk does not run"


def test_ones_own_stage_runs(tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        liveness.Pulse(tmp_path, "web")
        seen = sign(tmp_path, "web").runs
        again = os.fork()
        if again == 0:  # a child of a stage is not the stage
            os._exit(0 if sign(tmp_path, "web").runs else 1)
        _, status = os.waitpid(again, 0)
        os._exit(0 if seen and status == 0 else 1)
    assert os.waitpid(pid, 0)[1] == 0


def test_a_stage_that_does_not_come_round(tmp_path: Path) -> None:
    pid = child(tmp_path, "ingest")
    try:
        with clock.fixed(datetime(2999, 1, 1, tzinfo=UTC)):
            assert "has been at one piece of work" in str(sign(tmp_path, "ingest").trouble)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_ends_are_noted_and_forgotten(tmp_path: Path) -> None:
    liveness.note_end(tmp_path, "web", -9, 1)
    assert sign(tmp_path, "web").trouble == "web does not run (killed by signal 9)"
    liveness.note_end(tmp_path, "deliver", 70, 3)
    assert "keeps ending (exit code 70, 3 times)" in str(sign(tmp_path, "deliver").trouble)
    with clock.fixed(datetime(2999, 1, 1, tzinfo=UTC)):  # long ago
        assert sign(tmp_path, "deliver").ends == 0
    liveness.begin(tmp_path)
    assert sign(tmp_path, "deliver").ends == 0
