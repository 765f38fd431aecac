"""OpenStack Swift of Debian with its front for S3, on loopback: two devices, two copies. Needs root
and the packages that `make cluster` installs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from solicomm_build.foundation.objects.settings import BUCKETS, S3, Account
from solicomm_build.testing import objectstores
from solicomm_build.testing.objectstores import Store
from solicomm_build.testing.ports import free_ports

PROGRAMS = ("swift-proxy-server", "swift-object-server", "swift-ring-builder", "memcached")
_KINDS = ("account", "container", "object")
_SECRET = "a-secret-of-tests"  # noqa: S105
_PATIENCE = 60.0  # seconds
_CONF = """[swift-hash]
swift_hash_path_prefix = soli
swift_hash_path_suffix = comm
[storage-policy:0]
name = gold
default = yes
"""
_SERVER = """[DEFAULT]
bind_ip = 127.0.0.{number}
bind_port = {port}
user = swift
devices = {folder}/n{number}
mount_check = false
workers = 1
swift_dir = {folder}/conf
log_level = WARNING
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_PROXY = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 1
user = swift
swift_dir = {folder}/conf
[pipeline:main]
pipeline = catch_errors cache s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# a server that was late is asked again, and not left alone for a minute: there is no other
error_suppression_limit = 1000000
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memory}
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
dns_compliant_bucket_names = false
[filter:tempauth]
use = egg:swift#tempauth
user_soli_comm = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


def missing() -> bool:
    """Whether it cannot be started here."""
    return os.getuid() != 0 or any(shutil.which(program) is None for program in PROGRAMS)


@contextlib.contextmanager
def swift(folder: Path) -> Iterator[Store]:
    """Proxy, two account, two container and two object servers, and memcached."""
    conf = folder / "conf"
    for name in ("conf", "n1/d1", "n2/d2"):
        (folder / name).mkdir(parents=True)
    for path in (folder, *folder.parents[:3]):
        path.chmod(path.stat().st_mode | 0o055)
    proxy, memory, *own = free_ports(2 + len(_KINDS))
    ports = dict(zip(_KINDS, own, strict=True))
    _configure(folder, ports, proxy, memory)
    for path in [folder, *folder.rglob("*")]:
        shutil.chown(path, "swift", "swift")
    commands = [["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(memory)]]
    for kind in _KINDS:
        commands += [[f"swift-{kind}-server", f"{conf}/{kind}{number}.conf"] for number in (1, 2)]
    commands.append(["swift-proxy-server", f"{conf}/proxy.conf"])
    environment = {"PATH": os.environ["PATH"], "SWIFT_DIR": str(conf), "HOME": str(folder)}
    running: list[subprocess.Popen[bytes]] = []
    with (folder / "output").open("wb") as output:
        try:
            for command in commands:
                running.append(
                    subprocess.Popen(
                        command,
                        env=environment,
                        stdout=output,
                        stderr=output,
                        start_new_session=True,
                    )
                )
            at = f"http://127.0.0.1:{proxy}"
            names = {use: f"t-{use}" for use in BUCKETS}
            s3 = S3(at, "us-east-1", **names, read=f"{at}/v1/AUTH_soli")
            _make_buckets(proxy, s3, folder)
            yield Store(s3, Account("soli:comm", _SECRET))
        finally:
            for process in running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _configure(folder: Path, ports: dict[str, int], proxy: int, memory: int) -> None:
    conf = folder / "conf"
    (conf / "swift.conf").write_text(_CONF)
    for kind, port in ports.items():
        builder = [["create", "6", "2", "1"]]
        for number in (1, 2):
            place = f"r1z{number}-127.0.0.{number}:{port}/d{number}"
            builder.append(["add", place, "100"])
            text = _SERVER.format(number=number, port=port, folder=folder, kind=kind)
            (conf / f"{kind}{number}.conf").write_text(text)
        for words in (*builder, ["rebalance"]):
            command = ["swift-ring-builder", f"{kind}.builder", *words]
            subprocess.run(command, cwd=conf, check=True, capture_output=True, timeout=60)
    text = _PROXY.format(port=proxy, folder=folder, memory=memory, secret=_SECRET)
    (conf / "proxy.conf").write_text(text)


def _make_buckets(port: int, s3: S3, folder: Path) -> None:
    """By Swift's own protocol; everybody may read what is in the one for pages."""
    end = time.monotonic() + _PATIENCE
    token, left = "", dict(s3.buckets)
    while left:
        if time.monotonic() > end:
            raise AssertionError((folder / "output").read_text("utf-8", "replace")[-3000:])
        client = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            login = {"X-Auth-User": "soli:comm", "X-Auth-Key": _SECRET}
            client.request("GET", "/auth/v1.0", headers=login)
            answer = client.getresponse()
            answer.read()
            token = answer.getheader("X-Auth-Token", "")
            use, name = next(iter(left.items()))
            headers = {"X-Auth-Token": token}
            if use == "pages":
                headers["X-Container-Read"] = ".r:*"
            client.request("PUT", f"/v1/AUTH_soli/{name}", headers=headers)
            made = client.getresponse()
            made.read()
            if made.status in (201, 202):
                del left[use]
                continue
        except OSError:
            pass
        finally:
            client.close()
        time.sleep(0.2)


objectstores.ENGINES["swift"] = swift
