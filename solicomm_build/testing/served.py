"""`solicomm serve` as people start it: a process of its own session, asked over SMTP and HTTP."""

from __future__ import annotations

import contextlib
import os
import signal
import smtplib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation.hub.config import Config, HostPort
from solicomm_build.testing import loaded
from solicomm_build.testing.loaded import Program
from solicomm_build.testing.ports import free_ports

_PATIENCE = 120.0  # seconds; a loaded machine is slow, and nothing here is measured
_MAIN = "solicomm_build.cli.main"
_LOOK = 0.02  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Served:
    """A running `solicomm serve`: where it listens, its process and what it writes."""

    config: Config
    http: HostPort
    smtp: HostPort
    process: Program | subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """The address of its front page, without the last slash."""
        return f"http://{self.http[0]}:{self.http[1]}"

    def ready(self) -> None:
        """Waits until it takes mail and shows pages."""
        self.until(self._greeting, "greeting of the bridge")
        self.page("/")

    def _greeting(self) -> str:
        try:
            with self.client() as client:
                return str(client.sock)
        except OSError:  # smtplib's errors are OSErrors
            return ""

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page; status 0 while nobody listens."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""
        except OSError:
            return 0, ""

    def page(self, path: str, *words: str) -> str:
        """The page at `path` as soon as it is there and holds all of `words`."""

        def look() -> str:
            status, text = self.get(path)
            return text if status == 200 and all(word in text for word in words) else ""

        return self.until(look, f"{path} with {words}")

    def until(self, look: Callable[[], str], what: str) -> str:
        """Waits until `look` finds something. Raises TimeoutError with the process's last words."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if found := look():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(_LOOK)
        raise TimeoutError(f"no {what}; it said:\n{self.log.read_text()[-3000:]}")

    def client(self) -> smtplib.SMTP:
        """A connection to its bridge; the caller quits or closes it."""
        return smtplib.SMTP(*self.smtp, timeout=_PATIENCE)

    def send(self, raw: bytes, *to: str, sender: str = "ana@union.example") -> None:
        """Sends one message on a connection of its own."""
        with self.client() as client:
            client.sendmail(sender, list(to), raw, ["BODY=8BITMIME"])

    def members(self) -> list[int]:
        """All processes of its session, git's included; itself until it was waited for."""
        return session(self.process.pid)

    def end(self) -> int:
        """Asks it to stop as init systems do; the exit code when it and all of its own are gone."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(_PATIENCE)
        self._all_gone()
        return code

    def kill(self) -> None:
        """Ends every process of the session at once, as a power cut does."""
        while members := self.members():
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.poll()
        self.process.wait()

    def _all_gone(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while self.members() and time.monotonic() < deadline:
            time.sleep(_LOOK)


@contextlib.contextmanager
def serving(
    config: Config,
    *options: str,
    log: Path | None = None,
    http: int | None = None,
    anew: bool = False,
) -> Iterator[Served]:
    """Serves a hub on free ports (`http` on that one) until the block ends; then nothing of it is
    left. `anew` by a Python that has loaded nothing yet."""
    served = start(config, *options, log=log, http=http, anew=anew)
    try:
        served.ready()
        yield served
    finally:
        served.kill()


def start(
    config: Config,
    *options: str,
    log: Path | None = None,
    http: int | None = None,
    anew: bool = False,
) -> Served:
    """Starts `solicomm serve` and does not wait for it."""
    free, smtp = free_ports(2)
    http = http or free
    log = log or config.root.with_name(f"{config.root.name}.log")
    words = [
        "serve",
        "--hub",
        os.fspath(config.root),
        "--http",
        f"127.0.0.1:{http}",
        "--smtp",
        f"127.0.0.1:{smtp}",
        *options,
    ]
    env = {name: value for name, value in os.environ.items() if name != "SOLICOMM_HUB"}
    with open(log, "ab") as out:
        process = (None if anew else loaded.start(_MAIN, words, env, out)) or subprocess.Popen(
            [sys.executable, "-m", _MAIN, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env=env,
        )
    return Served(config, ("127.0.0.1", http), ("127.0.0.1", smtp), process, log)


def session(sid: int) -> list[int]:
    """The processes of a session that still run (Linux /proc)."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, _, member_of = _stat(folder)[:4]
                if int(member_of) == sid and state != "Z":
                    found.append(int(folder.name))
    return found


def _stat(folder: Path) -> Sequence[str]:
    """State, parent, process group, session, …"""
    return (folder / "stat").read_text().rpartition(") ")[2].split()
