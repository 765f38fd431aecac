"""nginx (Debian: nginx-light or nginx): the same files from a folder, one worker, precompressed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.testing.ports import free_port
from tests.bench.hub import await_port

_SETTINGS = """daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log /dev/null;
events {{ worker_connections 512; }}
http {{
  include /etc/nginx/mime.types; access_log off; sendfile on; tcp_nopush on; gzip_static on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; index index.html; }}
}}
"""


def absent() -> str:
    """What is missing, or nothing."""
    return "" if shutil.which("nginx") or os.path.exists("/usr/sbin/nginx") else "nginx is missing"


@dataclass(frozen=True, slots=True)
class Running:
    """A web server on loopback."""

    port: int
    pid: int


@contextlib.contextmanager
def serving(root: Path, folder: Path, core: int) -> Iterator[Running]:
    """Serves `root` on a free port, on one core of the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = folder / "nginx.conf"
    settings.write_text(_SETTINGS.format(folder=folder, port=port, root=root))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with subprocess.Popen(
        ["taskset", "-c", str(core), program, "-c", settings],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            await_port(port, process)
            yield Running(port, process.pid)
        finally:
            process.terminate()
