"""Debian's Firefox for tests, without a window: driven by Marionette, which it brings itself.

A message is `<octets>:<JSON>` on a socket of this machine: [0, id, command, parameters] there,
[1, id, error, result] back (Mozilla: Testing, Marionette, Protocol).
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_PATIENCE = 90.0  # seconds
_PREFS = """
user_pref("marionette.port", 0);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.download.useDownloadDir", true);
user_pref("browser.download.folderList", 2);
"""


class Firefox:
    """One that runs; its pages are opened one after the other."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket, self._count = connection, 0
        self._file = connection.makefile("rb")
        self._read()  # it says who it is

    def _read(self) -> Any:
        length = b""
        while (sign := self._file.read(1)) not in (b":", b""):
            length += sign
        return json.loads(self._file.read(int(length)))

    def command(self, name: str, **values: Any) -> Any:
        """What it answers. Fails the test where it says an error."""
        self._count += 1
        octets = json.dumps([0, self._count, name, values]).encode()
        self._socket.sendall(b"%d:%s" % (len(octets), octets))
        _, _, error, result = self._read()
        assert error is None, (name, error)  # noqa: S101 - this is what it is for
        return result

    def open(self, url: str) -> None:
        """Opens a page and waits until it is there."""
        self.command("WebDriver:Navigate", url=url)

    def run(self, script: str, *values: Any) -> Any:
        """What a script returns; its `arguments` are these."""
        return self.command("WebDriver:ExecuteScript", script=script, args=values)["value"]

    def until(self, script: str, *values: Any) -> Any:
        """What a script returns as soon as that is something; fails the test otherwise."""
        ends = time.monotonic() + _PATIENCE
        while not (found := self.run(script, *values)):
            assert time.monotonic() < ends, script  # noqa: S101
            time.sleep(0.05)
        return found


@contextlib.contextmanager
def firefox(profile: Path) -> Iterator[Firefox]:
    """Firefox with a new profile; what it saves lies in `downloads` there. Skips the test where the
    machine has none."""
    path = shutil.which("firefox-esr")
    if path is None:
        pytest.skip("there is no firefox-esr here; `make debian` installs it")
    (profile / "downloads").mkdir(parents=True)
    prefs = f'user_pref("browser.download.dir", {json.dumps(str(profile / "downloads"))});\n'
    (profile / "user.js").write_text(_PREFS + prefs)
    command = [path, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    environment = {"HOME": str(profile), "PATH": "/usr/bin:/bin", "MOZ_HEADLESS": "1"}
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            with socket.create_connection(("127.0.0.1", _port(profile, process))) as connection:
                connection.settimeout(_PATIENCE)
                browser = Firefox(connection)
                browser.command("WebDriver:NewSession")
                yield browser
        finally:
            process.terminate()


def _port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    """Where it listens, as soon as it says so."""
    file, ends = profile / "MarionetteActivePort", time.monotonic() + _PATIENCE
    while not (file.exists() and file.read_text().strip().isdigit()):
        assert process.poll() is None, "Firefox ended"  # noqa: S101
        assert time.monotonic() < ends, "Firefox does not listen"  # noqa: S101
        time.sleep(0.05)
    return int(file.read_text())
