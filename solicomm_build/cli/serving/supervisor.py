"""Starts the stages, each a forked process, and keeps them running.

A stage that ends without being asked is started again, at once the first time, then with growing
pauses; what it was doing is on disk. SIGTERM and SIGINT ask all of them to stop and wait; a second
signal does not wait. A stage that rests (liveness.Stage) is begun again now and then, and when its
doorbell rings; meanwhile its sign of life is the supervisor's. SIGHUP has certificates read again.
When this process is killed the kernel asks them to stop (cli/stages.py).
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import click

from solicomm_build.cli import running, shared, upgrading
from solicomm_build.cli.running import FIRST, stages
from solicomm_build.cli.serving import mapped
from solicomm_build.cli.stages import die_with_parent, stand_back
from solicomm_build.courier import home
from solicomm_build.foundation import bell, data, hooks, watch
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import liveness
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.language import catalogue
from solicomm_build.people import rosterstore

_HEAD_START = 5.0  # seconds that the first stages get at most before mail is taken
_PATIENCE = 20.0  # seconds between asking a stage to stop and ending it
_LONGEST_PAUSE = 30.0
_SPEAK_TLS = ("bridge", "web", liveness.NODE)
_MANY = 20_000
"""Files of events, after which it is said how far the roster is."""
_LOOK = 5.0  # seconds between looks whether one more stage is needed
_REST = 30.0  # seconds between looks of a stage that rests whether there is something to do
_LEAVING = 3.0  # seconds in which the stages of a hub that was just killed are gone
_SETTLED = 10.0  # a stage that ran this long starts again at once


@dataclass(slots=True)
class _Child:
    pid: int
    started: float
    ready: int  # read end of a pipe: an octet when the stage listens, none when it ended before


def _folded(count: int) -> None:
    """Says how far the roster is folded, where it takes long."""
    if count % _MANY == 0:
        click.echo(f"solicomm: members: {count:,} files of events are read", err=True)


def _let_go() -> None:
    """Of what this process has mapped of files, and does not use while nothing happens."""
    mapped.let_go()
    catalogue.let_go()


def is_served(config: Config) -> bool:
    """Whether another `solicomm serve` runs this hub: stages that there is one of do, and go on.
    Waits a moment for stages that end. Blocking."""
    end = time.monotonic() + _LEAVING
    named = ("follow",) if config.cluster.divided else ("desk", "deliver")
    while all(liveness.runs(config.state, one) for one in named):
        if time.monotonic() > end:
            return True
        time.sleep(0.1)
    return False


def _of_hub(config: Config) -> list[str]:
    """The stages that have something to do in this hub, in the order of mail."""
    needed = [name for name in stages() if liveness.is_needed(name, config.root)]
    return liveness.in_cells(config.root, needed)


class Supervisor:
    """Runs the stages of one hub, or those that `wanted` names, where a machine has a part of it:
    then `is_whole` says whether it has what is the hub's as a whole."""

    def __init__(
        self,
        config: Config,
        *,
        sample_mail: bool = False,
        wanted: Callable[[Config], list[str]] = _of_hub,
        is_whole: bool = True,
    ) -> None:
        self._config = config
        self._sample_mail = sample_mail
        self._of, self._is_whole = wanted, is_whole
        self._children: dict[str, _Child] = {}
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._ends: dict[str, int] = {}
        self._resting: dict[str, liveness.Pulse] = {}  # theirs while they have no process
        self._bells: dict[str, Bell] = {}
        self._asked = False
        self._helper = 0

    def run(self) -> int:
        """Until it is asked to stop; returns the exit code. Blocking."""
        wake, ring = os.pipe()
        os.set_blocking(ring, False)
        signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._renew)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        shared.load(self._config.languages, self._config.root, self._beforehand)
        running.open_log(self._config)
        running.open_memory()
        bell.when_it_rests(_let_go)
        if self._is_whole:
            for upgrade in upgrading.carry_out(self._config):
                click.echo(f"solicomm: {upgrade.name}: {upgrade.says}", err=True)
            rosterstore.prepare(self._config, _folded)
            liveness.begin(self._config.state)
        wanted = self._of(self._config)
        if "web" in wanted:
            importlib.import_module("solicomm_build.web.run").prepare(self._config)
        first = FIRST if self._is_whole else [one for one in wanted if one.startswith(FIRST)]
        for name in first:
            self._start(name)
        self._head_start()
        for name in wanted:
            if name not in first:
                self._start(name)
        if not self._all_ready():
            self._end()
            return 75
        if self._is_whole:
            self._greet()
        _let_go()
        while not self._asked:
            self._wait(wake)
            self._reap()
            self._restart()
            self._begin_late()
        self._end()
        return 0

    def _beforehand(self) -> None:
        """Begins what the first build would wait for, while the rest is loaded."""
        work = importlib.import_module("solicomm_build.builder.apart.beforehand")
        if self._is_whole and not work.is_done(self._config, data.theme()) and os.fork() == 0:
            _child(partial(_compile_templates, self._config))

    def _wait(self, wake: int) -> None:
        """Until a signal, the bell of a stage that rests, or the next look."""
        resting = self._bells.keys() & self._due.keys() & self._resting.keys()
        bells = {self._bells[one].listen().fileno(): one for one in resting}
        heard, _, _ = select.select([wake, *bells], [], [], min(_LOOK, self._next_due()))
        for one in heard:
            if one == wake:
                os.read(wake, 512)
            else:  # the ring is left to the stage, which stays for a while when there was one
                self._due[bells[one]] = time.monotonic()

    def _stop(self, _number: int, _frame: object) -> None:
        if self._asked:
            for child in self._children.values():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
        self._asked = True

    def _renew(self, _number: int, _frame: object) -> None:
        """Passes SIGHUP on to those who speak TLS: they read the certificate again."""
        for name in _SPEAK_TLS:
            if name in self._children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._children[name].pid, signal.SIGHUP)

    def _start(self, name: str) -> None:
        kind, cell = liveness.parted(name)
        stage, config = stages()[kind], self._config.in_cell(cell)
        if stage.rests and name not in self._resting:
            self._resting[name] = liveness.Pulse(self._config.state, name)
            if stage.wakes is not None:
                self._bells[name] = stage.wakes(config)
                self._bells[name].keep()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _child(lambda: stage.run(config, lambda: _tell(writing)))
        os.close(writing)
        self._children[name] = _Child(pid, time.monotonic(), reading)

    def _head_start(self) -> None:
        """Waits until the first stages are ready, or long enough."""
        end = time.monotonic() + _HEAD_START
        waiting = {child.ready for child in self._children.values()}
        while waiting and not self._asked and time.monotonic() < end:
            waiting -= set(select.select(waiting, [], [], 0.1)[0])

    def _all_ready(self) -> bool:
        """Waits until every stage listens; False when one could not start at all."""
        for name, child in self._children.items():
            while not self._asked and not select.select([child.ready], [], [], 0.2)[0]:
                pass
            if not self._asked and not os.read(child.ready, 1):
                _, status = os.waitpid(child.pid, 0)
                code = os.waitstatus_to_exitcode(status)
                click.echo(f"solicomm: {name} could not start (exit {code})", err=True)
                del self._children[name]
                return False
        return True

    def _greet(self) -> None:
        config = self._config
        click.echo(f"{config.name} is up (Ctrl-C ends it)")
        click.echo(f"  pages   {config.own_url}/")
        click.echo(
            f"  mail    {config.smtp[0]} port {config.smtp[1]}, for addresses @{config.domain}"
        )
        if config.delivery == "sink":
            click.echo(f"  sent    nobody is mailed: outgoing mail is kept in {config.sink}")
        elif home.is_elsewhere(config):
            click.echo(f"  sent    NO MAIL GOES OUT. {home.WHY}")
        conference = next((p.stem for p in sorted(config.conferences.glob("*.git"))), None)
        if (config.conferences / "organising.git").is_dir():
            conference = "organising"
        if conference:
            click.echo(
                f"  try     echo Hello | {sys.argv[0]} post {conference} --hub {config.root}"
                " --from you@union.example --subject 'First words'"
            )
            click.echo(f"  read    {config.own_url}/conferences/{conference}/")
        sys.stdout.flush()
        if self._sample_mail:
            self._send_sample()

    def _send_sample(self) -> None:
        self._helper = os.fork()
        if self._helper == 0:
            _child(partial(_sample_mail, self._config))

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name = next((n for n, child in self._children.items() if child.pid == pid), None)
            if name is not None and not self._asked:
                self._ended(name, os.waitstatus_to_exitcode(status))

    def _ended(self, name: str, code: int) -> None:
        child = self._children.pop(name)
        os.close(child.ready)
        if code == 0 and name in self._resting:
            looks = stages()[liveness.parted(name)[0]].looks
            self._due[name] = time.monotonic() + (looks or _REST)
            return
        if name in self._resting:
            self._resting.pop(name).end()
        lasted = time.monotonic() - child.started
        doubled = self._pauses.get(name, 0.0) * 2 or 0.2
        pause = 0.0 if lasted > _SETTLED else min(_LONGEST_PAUSE, doubled)
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if code == -signal.SIGPROF:  # the kernel, because of one item: others need not wait for it
            item = watch.note_overdue(self._config.state / watch.FOLDER, name)
            pause, how = 0.0, f"stood too long for one item, {item}, which is set aside"
        self._pauses[name] = pause
        self._ends[name] = 1 if lasted > _SETTLED else self._ends.get(name, 0) + 1
        liveness.note_end(self._config.state, name, code, self._ends[name])
        self._due[name] = time.monotonic() + pause
        click.echo(f"solicomm: {name} {how}; it starts again in {pause:.1f} s", err=True)

    def _begin_late(self) -> None:
        """Starts what has got something to do since the hub began."""
        if self._asked:
            return
        for name in self._of(self._config):
            if name not in self._children and name not in self._due:
                self._start(name)

    def _next_due(self) -> float:
        if not self._due:
            return _LOOK
        return max(0.0, min(self._due.values()) - time.monotonic())

    def _restart(self) -> None:
        for name, pulse in self._resting.items():
            if name in self._due:
                pulse.beat()
        for name in [n for n, at in self._due.items() if at <= time.monotonic()]:
            del self._due[name]
            self._start(name)

    def _end(self) -> None:
        """Asks every stage to stop, waits, ends what does not."""
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE
        waiting = {child.pid for child in self._children.values()}
        while waiting and time.monotonic() < deadline:
            waiting = {pid for pid in waiting if not _is_gone(pid)}
            if waiting:
                time.sleep(0.02)
        for pid in waiting:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _sample_mail(config: Config) -> None:
    for send in hooks.each("stages", "SAMPLE_MAIL"):
        send(config)


def _compile_templates(config: Config) -> None:
    stand_back(running.BUILDERS)
    work = importlib.import_module("solicomm_build.builder.apart.beforehand")
    with contextlib.suppress(OSError):  # the builder does it, and says what is wrong
        work.compile_templates(config, data.theme())


def _tell(writing: int) -> None:
    """Says that the stage listens. Nobody may wait for it any more."""
    with contextlib.suppress(BrokenPipeError):
        os.write(writing, b"1")
    os.close(writing)


def _is_gone(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _child(work: Callable[[], None]) -> None:
    """A child's whole life: default signals, the work, and an end without the parent's cleanup."""
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # who speaks TLS listens to it again
        die_with_parent()
        work()
        code = 0
    except SoliCommError as error:
        click.echo(f"solicomm: {error.public}", err=True)
        code = error.exit_code
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # the edge of the process; the supervisor starts it again
        logging.getLogger("solicomm").critical("ended by a fault of ours", exc_info=True)
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
