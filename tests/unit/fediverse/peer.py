"""A small server of another network on loopback: actors with keys, inboxes that remember, requests
signed as Mastodon and as Lemmy sign them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from typing import Any, ClassVar

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from solicomm_build.foundation import clock
from solicomm_build.testing.webserver import Address

MASTODON = ("(request-target)", "host", "date", "digest", "content-type")
LEMMY = ("(request-target)", "content-type", "date", "digest", "host")
"""The fields that both sign, in the order in which they name them."""


@cache
def key(name: str = "") -> rsa.RSAPrivateKey:
    """A key; the same for the same name."""
    return rsa.generate_private_key(65537, 2048)


def pem(name: str = "") -> str:
    octets = (
        key(name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return octets.decode("ascii")


@dataclass
class Peer:
    """What the server knows and heard. `answers` are statuses by path that inboxes give instead of
    202; `pages` are documents, or octets, by path, of the media type `kind`."""

    address: Address
    heard: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    kind: str = "application/activity+json"

    @property
    def host(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def actor(self, name: str, *, shared: bool = True, key_name: str = "", **more: Any) -> str:
        """Makes an actor; its id."""
        me = f"{self.url}/users/{name}"
        self.pages[f"/users/{name}"] = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": me,
            "type": "Person",
            "preferredUsername": name,
            "inbox": f"{me}/inbox",
            "outbox": f"{me}/outbox",
            **({"endpoints": {"sharedInbox": f"{self.url}/inbox"}} if shared else {}),
            "publicKey": {"id": f"{me}#main-key", "owner": me, "publicKeyPem": pem(key_name)},
            **more,
        }
        return me

    def said(self, kind: str) -> list[dict[str, Any]]:
        """What was said to any inbox, of one kind; of what a group announces, the kind inside."""
        found = [body for _, _, body in self.heard]
        inner = [one["object"] if one["type"] == "Announce" else one for one in found]
        return [one for one in inner if isinstance(one, dict) and one.get("type") == kind]


@contextlib.contextmanager
def peer() -> Iterator[Peer]:
    """The server, until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        me: ClassVar[Peer]

        def do_GET(self) -> None:
            fields = {name.lower(): value for name, value in self.headers.items()}
            self.me.asked.append((self.path, fields))
            found = self.me.pages.get(self.path)
            status = found if isinstance(found, int) else 200 if found is not None else 404
            octets = found if isinstance(found, bytes) else json.dumps(found).encode()
            self._answer(status, octets if status == 200 else b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fields = {name.lower(): value for name, value in self.headers.items()}
            status = self.me.answers.get(self.path, 202)
            if status == 202:
                self.me.heard.append((self.path, fields, json.loads(body)))
            self._answer(status, b"")

        def _answer(self, status: int, octets: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", self.me.kind)
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(octets)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.me = Peer(("127.0.0.1", server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Handler.me
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fields_of(
    key_id: str,
    target: str,
    host: str,
    body: bytes,
    *,
    names: tuple[str, ...] = MASTODON,
    algorithm: str = "rsa-sha256",
    at: datetime | None = None,
    key_name: str = "",
    changed: Mapping[str, str] = {},
) -> dict[str, str]:
    """Header fields of a signed POST. `changed` are fields that are another after signing."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    found = {
        "host": host,
        "date": format_datetime(at or clock.now().astimezone(UTC), usegmt=True),
        "digest": f"SHA-256={digest}",
        "content-type": "application/activity+json",
    }
    lines = [
        f"{one}: {f'post {target}' if one == '(request-target)' else found[one]}" for one in names
    ]
    octets = key(key_name).sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    signature = base64.b64encode(octets).decode()
    found["signature"] = (
        f'keyId="{key_id}",algorithm="{algorithm}",headers="{" ".join(names)}",'
        f'signature="{signature}"'
    )
    return {**found, **changed}


def post(server: Address, target: str, fields: Mapping[str, str], body: bytes) -> tuple[int, str]:
    """Sends it; status and text of the answer."""
    connection = http.client.HTTPConnection(*server, timeout=60)
    try:
        connection.request("POST", target, body, dict(fields))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
