"""Real web servers in front of a hub, on loopback, with the configuration that we generate."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

from solicomm_build.testing.webserver import Answer

_PATIENCE = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Front:
    """A running server; `tls` whether it speaks HTTPS."""

    port: int
    tls: bool = False

    def get(
        self,
        host: str,
        path: str = "/",
        *,
        method: str = "GET",
        body: bytes | None = None,
        **fields: str,
    ) -> Answer:
        """One request, for `host`; certificates are not looked at."""
        headers = {"Host": host} | {name.replace("_", "-"): value for name, value in fields.items()}
        client = self._client(host)
        try:
            client.request(method, path, body=body, headers=headers)
            answer = client.getresponse()
            known = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, known, answer.read())
        finally:
            client.close()

    def _client(self, host: str) -> HTTPConnection:
        if not self.tls:
            return HTTPConnection("127.0.0.1", self.port, timeout=20)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context)
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        client.sock = context.wrap_socket(raw, server_hostname=host)
        return client


def missing(program: str) -> bool:
    """Whether a server is not installed here."""
    return shutil.which(program) is None


@contextlib.contextmanager
def nginx(config: Path, port: int, folder: Path, *, tls: bool = False) -> Iterator[Front]:
    """nginx with the generated file, everything else of it in `folder`."""
    paths = "".join(
        f"{name}_temp_path {folder}/{name}; "
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.getuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(
        f"{user}daemon off; master_process off; pid {folder}/nginx.pid;\n"
        f"error_log {folder}/error.log;\nevents {{}}\nhttp {{ {paths} include {config}; }}\n"
    )
    with _running(["nginx", "-e", f"{folder}/error.log", "-c", str(main)], folder, port):
        yield Front(port, tls)


@contextlib.contextmanager
def caddy(config: Path, port: int, folder: Path, *, tls: bool = False) -> Iterator[Front]:
    """Caddy with the generated file, everything else of it in `folder`."""
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(config)]
    with _running(command, folder, port):
        yield Front(port, tls)


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    environment = {
        "PATH": os.environ["PATH"] + ":/usr/sbin",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "CADDY_ADMIN": f"unix/{folder}/admin.sock",
    }
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait(process, port, folder)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError((folder / "output").read_text("utf-8", "replace"))
