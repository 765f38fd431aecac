"""A hub in a temporary folder below build/bench/, and `solicomm serve` for it on free ports."""

from __future__ import annotations

import atexit
import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from solicomm_build.testing.ports import free_port
from tests.bench import process
from tests.bench.corpus import PROJECT, Corpus

SOLICOMM = Path(sys.executable).parent / "solicomm"
OUT = PROJECT / "build" / "bench"
CONFERENCE = "bench"
DOMAIN = "hub.example"
_ROOM = 20 << 30  # octets that are to stay free
_done: list[Path] = []
_RESTING = 0.05  # seconds of work in a second


class Hub:
    """The sample hub with one more, open conference: `bench`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "hub"
        self.repo = self.root / "content" / "conferences" / f"{CONFERENCE}.git"
        self.mail_repo = self.root / "private" / "mail.git"
        self.run("init", str(self.root), "--sample", "--domain", DOMAIN)
        self.run("new", "conference", CONFERENCE, "--title", "Bench", "--posting", "open")

    def run(self, *words: str) -> process.Ran:
        """Runs a solicomm command on the hub."""
        return process.run([SOLICOMM, *words], SOLICOMM_HUB=str(self.root))

    def take(self, corpus: Corpus) -> process.Ran:
        """Imports the messages into the conference."""
        return self.run("import", CONFERENCE, str(corpus.write(self.folder / "mail.mbox")))

    def posts(self) -> int:
        """Posts in the conference's repository."""
        names = git(self.repo, "ls-tree", "-r", "--name-only", "HEAD")
        return names.count("/posts/")

    def built(self) -> bool:
        """Whether the builder's cursor has reached the conference's last commit."""
        refs = git(
            self.repo,
            "for-each-ref",
            "--format=%(objectname)",
            "refs/heads/main",
            "refs/solicomm/cursors/pages",
        ).split()
        return len(refs) == 2 and refs[0] == refs[1]


class Served:
    """A running `solicomm serve` in a session of its own."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.http, self.smtp = free_port(), free_port()
        self._log = open(hub.folder / "serve.log", "ab")  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [
                SOLICOMM,
                "serve",
                "--http",
                f"127.0.0.1:{self.http}",
                "--smtp",
                f"127.0.0.1:{self.smtp}",
            ],
            env={**os.environ, "SOLICOMM_HUB": str(hub.root)},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        for port in (self.http, self.smtp):
            await_port(port, self._process)

    def pids(self) -> list[int]:
        """All processes of it."""
        return process.session(self._process.pid)

    def settle(self, timeout: float = 300) -> None:
        """Waits until the pages show every commit and nothing is in the spool."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if not any((self.hub.root / "spool" / "in").glob("[!.]*")) and self.hub.built():
                return
            time.sleep(0.05)
        raise TimeoutError(f"the pages are not up to date after {timeout:.0f} s")

    def rest(self, timeout: float = 60) -> None:
        """Waits until nothing of it has been at work for a second: what a start brings is done."""
        self.settle()
        end, before = time.monotonic() + timeout, -1.0
        while time.monotonic() < end:
            used = sum(map(_used, self.pids()))
            if used - before < _RESTING:
                return
            before = used
            time.sleep(1)
        raise TimeoutError(f"the hub is still at work after {timeout:.0f} s")

    def connection(self) -> http.client.HTTPConnection:
        """A connection to the web part that stays open."""
        return http.client.HTTPConnection("127.0.0.1", self.http, timeout=30)

    def stop(self) -> None:
        """Asks it to end; ends it when it does not within 30 s."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            for pid in self.pids():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()


def _used(pid: int) -> float:
    try:
        return process.cpu_seconds(pid)
    except OSError:  # it has ended meanwhile
        return 0.0


@contextlib.contextmanager
def hub() -> Iterator[Hub]:
    """A new hub; removed when all is measured, or at once where the disk is small.

    For five minutes ext4 looks at every inode that was freed before it gives one away: whoever
    makes many files after others were removed takes up to three times as long for each.
    """
    OUT.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="hub-", dir=OUT))
    try:
        yield Hub(folder)
    finally:
        _done.append(folder)
        if shutil.disk_usage(OUT).free < _ROOM:
            remove_all()
        os.sync()  # what is left to write would be written while the next one is measured


@atexit.register
def remove_all() -> None:
    """Removes the hubs that nobody uses any more."""
    while _done:
        shutil.rmtree(_done.pop(), ignore_errors=True)


@contextlib.contextmanager
def served(of: Hub) -> Iterator[Served]:
    """The hub, served."""
    running = Served(of)
    try:
        yield running
    finally:
        running.stop()


def git(repo: Path, *words: str) -> str:
    """What git says of a repository. Raises CalledProcessError."""
    command = ["git", "--git-dir", os.fspath(repo), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def await_port(port: int, started: subprocess.Popen[Any], seconds: float = 60) -> None:
    """Waits until somebody listens. Raises RuntimeError when the process ends before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if started.poll() is not None:
            raise RuntimeError(f"{started.args!r} ended at its start")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port} after {seconds:.0f} s")


def await_page(page: Path, seconds: float = 60) -> None:
    """Waits until a page is on the disk. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not page.is_file():
        if time.monotonic() > end:
            raise TimeoutError(f"{page} did not come")
        time.sleep(0.01)
