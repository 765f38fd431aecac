"""Postfix with a configuration, a queue and a port of its own, below a temporary folder.

It takes mail for hub.example and holds all of it in its queue: nothing is delivered, nothing leaves
the machine, and its queue manager has no work. That is the least Postfix does to make a message
durable. Needs root, because Postfix gives its processes to the user `postfix`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.testing.ports import free_port
from tests.bench.hub import DOMAIN

_MAIN = """\
compatibility_level = 3.10
config_directory = {folder}/etc
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{domain}
mydestination = {domain}
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = reject_unauth_destination, static:HOLD
default_transport = error:nothing leaves
relay_transport = error:nothing leaves
local_transport = discard:held before it comes to this
alias_maps =
alias_database =
smtpd_tls_security_level = none
smtpd_client_connection_count_limit = 0
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - 100 smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
showq     unix n - n - - showq
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def absent() -> str:
    """Why Postfix cannot be measured here; empty when it can."""
    if shutil.which("postfix") is None:
        return "Postfix is absent (make bench-peers installs it)"
    return "" if os.geteuid() == 0 else "Postfix needs root"


class Postfix:
    """A running Postfix: its port, and how many messages its queue holds."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder

    def held(self) -> int:
        """Messages in the queue."""
        return sum(len(names) for _, _, names in os.walk(self._folder / "queue" / "hold"))


@contextlib.contextmanager
def postfix() -> Iterator[Postfix]:
    """Runs it in /tmp, because Postfix wants folders above its own that others may pass."""
    folder = Path(tempfile.mkdtemp(prefix="bench-postfix-"))
    folder.chmod(0o755)
    port = free_port()
    try:
        _configure(folder, port)
        _ask(folder, "start")
        time.sleep(1)
        yield Postfix(folder, port)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            _ask(folder, "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path, port: int) -> None:
    etc = folder / "etc"
    etc.mkdir()
    (folder / "queue").mkdir()
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix")
    (etc / "main.cf").write_text(_MAIN.format(folder=folder, domain=DOMAIN))
    (etc / "master.cf").write_text(_MASTER.format(port=port))


def _ask(folder: Path, what: str) -> None:
    subprocess.run(["postfix", "-c", str(folder / "etc"), what], check=True, capture_output=True)
