"""Real stores that speak S3, on loopback, each with a folder of its own: SeaweedFS, Swift."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import settings
from solicomm_build.foundation.objects.client import Bucket
from solicomm_build.foundation.objects.settings import S3, Account
from solicomm_build.testing.ports import free_port, free_ports

ACCESS, SECRET = "hub", "a-secret-of-tests"
_PATIENCE = 60.0  # seconds
_MEMORY = "400MiB"
_BUCKETS = ("t-spool", "t-pages", "t-members", "t-files")


@dataclass(slots=True)
class Store:
    """A running store with its four buckets; of these everybody may read `pages`."""

    s3: S3
    account: Account = field(default_factory=lambda: Account(ACCESS, SECRET))
    process: subprocess.Popen[bytes] | None = None

    def bucket(self, use: str) -> Bucket:
        """One of the buckets, for who has the account."""
        return Bucket(self.s3, self.s3.buckets[use], self.account)

    def anonymous(self, use: str) -> Bucket:
        """The same for anybody."""
        return Bucket(self.s3, self.s3.buckets[use], None)

    def path(self, use: str, name: str) -> str:
        """Where an object is on the store's host, for a web server."""
        return f"{urlsplit(self.s3.read).path}/{self.s3.buckets[use]}/{quote(name)}"

    def empty(self) -> None:
        """Takes away all objects."""
        for use in self.s3.buckets:
            one = self.bucket(use)
            for name in one.names():
                one.delete(name)

    def of(self, config: Config, *uses: str) -> Config:
        """A hub that keeps this, or all, in the store."""
        config.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = config.keys / settings.ACCOUNT
        path.touch(mode=0o600)
        path.write_text(f"{self.account.access} {self.account.secret}\n")
        unused = {use: "" for use in settings.BUCKETS if uses and use not in uses}
        s3 = replace(self.s3, **unused)
        return replace(config, cluster=replace(config.cluster, s3=s3))

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """The store does not answer meanwhile: connections wait, as behind a cut cable."""
        if self.process is None:
            raise AssertionError("this store has several processes")
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


def unreachable(s3: S3) -> S3:
    """The same store at a port where nobody listens."""
    return replace(s3, endpoint=f"http://127.0.0.1:{free_port()}")


def missing() -> bool:
    """Whether SeaweedFS is not installed here."""
    return not _weed().exists()


def _weed() -> Path:
    return Path(sys.executable).with_name("weed")


@contextlib.contextmanager
def seaweedfs(
    folder: Path, words: Sequence[str] = (), *, reached: str = "127.0.0.1"
) -> Iterator[Store]:
    """SeaweedFS as PyPI has it: master, volume, filer and S3 in one process of little memory.
    `words` start it on a machine of its own (namespaces.Place), which is `reached` from here."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir()
    ports = free_ports(8)
    master, volume, filer, s3 = ports[:4]
    grpc = dict(zip(("master", "volume", "filer", "s3"), ports[4:], strict=True))
    (folder / "s3.json").write_text(json.dumps(_identities()))
    bound = "0.0.0.0" if words else "127.0.0.1"  # noqa: S104 - of a namespace
    full = [
        *words,
        str(_weed()),
        "-logtostderr=true",
        "server",
        f"-dir={folder}/data",
        "-ip=127.0.0.1",
        f"-ip.bind={bound}",
        f"-master.port={master}",
        f"-volume.port={volume}",
        "-filer",
        f"-filer.port={filer}",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.config={folder}/s3.json",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
        "-master.telemetry=false",
        "-master.electionTimeout=1s",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=50",
        *(f"-{name}.port.grpc={port}" for name, port in grpc.items()),
    ]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    environment |= {"GOMEMLIMIT": _MEMORY, "GOMAXPROCS": "2"}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(full, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            store = Store(_settings(s3, reached), process=process)
            _wait(store, folder)
            yield store
        finally:
            _end(process)
            for port in ports:  # it names sockets by its ports, in one place for all
                for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
                    path.unlink(missing_ok=True)
            shutil.rmtree(folder / "data", ignore_errors=True)


def _settings(port: int, host: str) -> S3:
    return S3(f"http://{host}:{port}", "us-east-1", *_BUCKETS)


def _identities() -> dict[str, object]:
    hub = {"accessKey": ACCESS, "secretKey": SECRET}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {
        "identities": [
            {"name": "hub", "credentials": [hub], "actions": actions},
            {"name": "anonymous", "actions": [f"Read:{_BUCKETS[1]}"]},
        ]
    }


def _wait(store: Store, folder: Path) -> None:
    """Until each bucket takes an object."""
    end, left = time.monotonic() + _PATIENCE, list(store.s3.buckets)
    while left:
        if store.process is not None and store.process.poll() is not None:
            raise AssertionError((folder / "output").read_text("utf-8", "replace")[-3000:])
        try:
            if _answers(store.s3.endpoint):
                store.bucket(left[0]).put("begin", b"x")
                store.bucket(left[0]).delete("begin")
                left.pop(0)
                continue
        except Exception:
            if time.monotonic() > end:
                raise
        time.sleep(0.05)
        if time.monotonic() > end:
            raise AssertionError("the store does not answer")


def _answers(endpoint: str) -> bool:
    host, _, port = endpoint.removeprefix("http://").partition(":")
    client = HTTPConnection(host, int(port), timeout=2)
    try:
        client.request("GET", "/")
        return client.getresponse().status < 500
    except (TimeoutError, OSError):
        return False
    finally:
        client.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


ENGINES: dict[str, Callable[[Path], contextlib.AbstractContextManager[Store]]] = {
    "seaweedfs": seaweedfs
}
"""What may be started without root, by name; swiftstore.py adds another."""
