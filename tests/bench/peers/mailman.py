"""Mailman 3 (Debian: mailman3): a list with members, its runners, a post by LMTP.

Its copies are neither personal nor signed here: one transaction carries up to 500 recipients, which
is how it is set up as a rule. Settings, database and queues lie in a temporary folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import smtplib
import subprocess
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

from solicomm_build.testing.ports import free_port
from tests.bench import process
from tests.bench.mailsink import Sink

_LIST = "bench@hub.example"
_SETTINGS = """[mailman]
site_owner: owner@hub.example
layout: bench
[paths.bench]
var_dir: {folder}
bin_dir: {bin}
queue_dir: $var_dir/queue
list_data_dir: $var_dir/lists
log_dir: $var_dir/logs
lock_dir: $var_dir/locks
data_dir: $var_dir/data
cache_dir: $var_dir/cache
etc_dir: $var_dir/etc
ext_dir: $var_dir/ext
messages_dir: $var_dir/messages
archive_dir: $var_dir/archives
template_dir: $var_dir/templates
pid_file: $var_dir/master.pid
lock_file: $lock_dir/master.lck
[database]
url: sqlite:///{folder}/data/mailman.db
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_host: 127.0.0.1
smtp_port: {relay}
lmtp_host: 127.0.0.1
lmtp_port: {lmtp}
[webservice]
hostname: 127.0.0.1
port: {web}
"""
_PATIENCE = 120.0


def absent() -> str:
    """What is missing, or nothing."""
    return "" if shutil.which("mailman") else "mailman3 is not installed"


class Running:
    """Mailman with one list."""

    def __init__(self, folder: Path, relay: int) -> None:
        self.lmtp = free_port()
        self._settings = folder / "mailman.cfg"
        folder.mkdir(parents=True)
        for name in ("etc", "data"):
            (folder / name).mkdir()
        self._settings.write_text(
            _SETTINGS.format(
                folder=folder,
                relay=relay,
                lmtp=self.lmtp,
                web=free_port(),
                bin="/usr/lib/mailman3/bin",
            )
        )

    def do(self, *words: str | Path) -> None:
        """Runs one of its commands. Nothing of it is read: what it starts would keep the pipe."""
        root = ["--run-as-root"] if os.geteuid() == 0 else []
        subprocess.run(
            ["mailman", *root, "-C", self._settings, *words],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        """Stops all its processes; `stop` alone does not wait for them."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.do("stop")
        end = time.monotonic() + 30
        while self._pids() and time.monotonic() < end:
            time.sleep(0.1)
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _pids(self) -> list[int]:
        """Its processes: those that were started with our settings."""
        named = os.fspath(self._settings)
        found = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
        return [pid for pid in found if named in process.command_line(pid)]


@contextlib.contextmanager
def serving(folder: Path, relay: int, members: int) -> Iterator[Running]:
    """Mailman with a list of so many members, whose relay is a port of this machine."""
    running = Running(folder / "mailman", relay)
    running.do("create", _LIST)
    people = folder / "mailman-people.txt"
    people.write_text("".join(f"M {n} <m{n}@members.example>\n" for n in range(members)))
    running.do("addmembers", "--no-welcome-msg", people, _LIST)
    running.do("start", "--force")
    try:
        _await_lmtp(running.lmtp)
        yield running
    finally:
        running.end()


def post(running: Running, sink: Sink, members: int, number: int) -> tuple[float, float]:
    """(seconds from the acceptance of a post to its first copy, copies a second after that)."""
    _await_silence(sink)
    raw = (
        f"From: M 1 <m1@members.example>\r\nTo: {_LIST}\r\nSubject: To all of you {number}\r\n"
        f"Message-ID: <{number}.{time.time_ns()}@members.example>\r\nDate: {formatdate()}\r\n\r\n"
        + "A few lines that everybody gets.\r\n"
        * 20
    )
    with smtplib.LMTP("127.0.0.1", running.lmtp) as client:
        client.sendmail("m1@members.example", [_LIST], raw)
        sent = time.time()
    end, addresses, first, last = time.monotonic() + _PATIENCE, 0, 0.0, 0.0
    while addresses < members:
        if time.monotonic() > end:
            raise TimeoutError(f"{addresses} of {members} were written to in {_PATIENCE:.0f} s")
        time.sleep(0.05)
        taken = sink.taken()
        addresses += taken.addresses
        first, last = first or taken.first, taken.last or last
    return first - sent, (members - 1) / max(last - first, 1e-6)


def _await_silence(sink: Sink) -> None:
    """Until nothing has come for two seconds: what is measured is the next post alone."""
    quiet = time.monotonic()
    while time.monotonic() - quiet < 2:
        time.sleep(0.1)
        if sink.taken().messages:
            quiet = time.monotonic()


def _await_lmtp(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            with smtplib.LMTP("127.0.0.1", port, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("Mailman's LMTP runner does not listen")
