"""A stage that rests has a process only while there is something for it to do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from solicomm_build.cli import shared
from solicomm_build.cli.serving import supervisor
from solicomm_build.cli.serving.supervisor import Supervisor
from solicomm_build.foundation import bell
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub import liveness
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse, Sign, Stage

_NAME = "mirror"  # signs are of the stages there are


def _sign(state: Path) -> Sign:
    return next(one for one in liveness.signs(state) if one.stage == _NAME)


def _supervised(
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
    turn: Callable[[int], int],
    wakes: Callable[[Config], Bell] | None = None,
) -> tuple[Config, list[str]]:
    """A hub of one stage that rests, until it is asked to stop; what `turn` gives for the how
    manieth process is the code that it ends with. What the stage saw of itself, a line each."""
    config = Config(root, "A hub", "hub.example", "https://hub.example")
    seen = root / "seen"

    def run(hub: Config, ready: Callable[[], None]) -> None:
        ready()
        with seen.open("a") as file:
            file.write(f"{_sign(hub.state).runs}\n")
        number = len(seen.read_text().splitlines())
        Pulse(hub.state, _NAME)
        if number == 3:
            os.kill(os.getppid(), signal.SIGTERM)
        raise SystemExit(turn(number))

    stage = Stage(_NAME, 1, run, "os", rests=True, wakes=wakes)
    monkeypatch.setattr(supervisor, "stages", lambda: {_NAME: stage})
    monkeypatch.setattr(supervisor, "FIRST", ())
    monkeypatch.setattr(supervisor, "_REST", 3600.0 if wakes else 0.01)
    monkeypatch.setattr(shared, "load", lambda languages, root, beforehand: None)
    handlers = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    handlers |= {one: signal.getsignal(one) for one in (signal.SIGHUP, signal.SIGCHLD)}
    try:
        assert Supervisor(config).run() == 0
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return config, seen.read_text().splitlines()


def test_it_is_begun_again_and_counts_as_running_meanwhile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, seen = _supervised(monkeypatch, tmp_path, lambda number: 0)
    assert seen == ["True"] * 3
    assert _sign(config.state).runs  # as long as the supervisor is there
    assert _sign(config.state).ends == 0
    assert "starts again" not in capsys.readouterr().err


def test_one_that_fails_is_said_to_have_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, seen = _supervised(monkeypatch, tmp_path, lambda number: 70 if number == 1 else 0)
    assert seen == ["True"] * 3
    assert (_sign(config.state).ends, _sign(config.state).code) == (1, 70)
    assert "mirror ended with code 70" in capsys.readouterr().err


def test_one_that_rests_is_begun_when_its_bell_rings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever rings while it ends is heard, too."""

    def wakes(_config: Config) -> Bell:
        return Bell(tmp_path / "its.bell")

    heard = tmp_path / "heard"

    def turn(number: int) -> int:
        mine = wakes(Config(tmp_path, "A hub", "hub.example", "https://hub.example"))
        with heard.open("a") as file:
            file.write(f"{mine.wait(0)}\n")
        if number == 2:
            mine.close()
        mine.ring()
        return 0

    try:
        assert _supervised(monkeypatch, tmp_path, turn, wakes)[1] == ["True"] * 3
        assert heard.read_text().split()[:2] == ["False", "True"]  # the third may be ended before
    finally:
        for path in list(bell._kept):
            bell._kept.pop(path).close()


def test_it_is_begun_without_another_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody is mailed later because a courier had a rest."""
    made = Supervisor(Config(tmp_path, "A hub", "hub.example", "https://hub.example"))
    its, (wake, ring) = Bell(tmp_path / "its.bell"), os.pipe()
    pulse = Pulse(made._config.state, _NAME)
    made._resting[_NAME], made._bells[_NAME] = pulse, its
    made._due[_NAME] = time.monotonic() + 3600
    begun: list[str] = []
    monkeypatch.setattr(made, "_start", begun.append)
    its.listen()
    its.ring()
    try:
        made._wait(wake)
        made._restart()
        assert begun == [_NAME]
        assert its.wait(0), "the ring is left to it"
    finally:
        its.close()
        pulse.end()
        os.close(wake)
        os.close(ring)
