"""A store of objects that answers 200 and forgets, and one that does not know the hub's account any
more: real SeaweedFS behind a proxy that does so.

SMTP → bridge ─PUT→ proxy (passes on | keeps nothing | 403) → SeaweedFS
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from solicomm_build.foundation import maillog
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.ingest import run as ingest
from solicomm_build.post.store import fsck
from solicomm_build.testing import objectstores, smallhub
from solicomm_build.testing.bridge import running_bridge
from solicomm_build.testing.objectstores import Store
from tests.e2e.test_spool_in_s3 import send, subjects

pytestmark = pytest.mark.skipif(objectstores.missing(), reason="SeaweedFS is there with make dev")

_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_OF_ONE_STEP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Between(ThreadingHTTPServer):
    """Passes requests on, unless it `forgets` what is put or `denies` everything."""

    daemon_threads = True
    forgets = denies = False

    def __init__(self, behind: str) -> None:
        self.behind = urlsplit(behind)
        super().__init__(("127.0.0.1", 0), _Request)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Between

    def do_GET(self) -> None:
        octets = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.denies:
            self._answer(403, {"Content-Type": "application/xml"}, _DENIED)
        elif self.server.forgets and self.command == "PUT":
            self._answer(200, {"ETag": '"0123456789abcdef0123456789abcdef"'}, b"")
        else:
            self._pass_on(octets)

    do_PUT = do_HEAD = do_DELETE = do_POST = do_GET

    def _pass_on(self, octets: bytes) -> None:
        behind = self.server.behind
        client = HTTPConnection(behind.hostname or "", behind.port, timeout=30)
        with contextlib.closing(client):
            client.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                client.putheader(name, value)
            client.endheaders(octets)
            answer = client.getresponse()
            said = {k: v for k, v in answer.getheaders() if k.lower() not in _OF_ONE_STEP}
            length = answer.getheader("Content-Length") if self.command == "HEAD" else None
            self._answer(answer.status, said, answer.read(), length)

    def _answer(
        self, status: int, said: dict[str, str], octets: bytes, length: str | None = None
    ) -> None:
        self.send_response(status)
        for name, value in said.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(octets)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(octets)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with objectstores.seaweedfs(tmp_path / "seaweedfs") as found:
        yield found


@pytest.fixture
def between(store: Store) -> Iterator[Between]:
    with Between(store.s3.endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_nobody_is_told_250_for_what_a_store_forgets_or_refuses(
    tmp_path: Path, store: Store, between: Between
) -> None:
    lying = dataclasses.replace(store, s3=dataclasses.replace(store.s3, endpoint=between.url))
    hub = lying.of(smallhub.make(tmp_path / "hub"), "spool")
    log = maillog.to_nobody()
    with running_bridge(hub) as bridge:
        assert send(bridge.smtp[1], 1) == [250]
        between.forgets = True
        assert send(bridge.smtp[1], 2) == [451]
        between.forgets, between.denies = False, True
        assert send(bridge.smtp[1], 3) == [451]
        with pytest.raises(ObjectsError, match=r"Denied"):
            ingest.ingest(hub, once=True, log=log)
        between.denies = False
        ingest.ingest(hub, once=True, log=log)
        assert len(subjects(hub)) == 1
        assert send(bridge.smtp[1], 2, 3) == [250, 250]  # their senders try again
    ingest.ingest(hub, once=True, log=log)
    assert len(subjects(hub)) == 3
    assert store.bucket("spool").names() == []
    assert list(fsck.check(hub)) == []
