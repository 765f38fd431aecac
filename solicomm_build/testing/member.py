"""A member with a browser that keeps cookies, for tests of pages behind a login."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from solicomm_build.desk.run import desk
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.testing.webserver import Address

_LINK = re.compile(r"/login/[a-z2-7]{26}")


@dataclass(frozen=True)
class Seen:
    """An answer as it came. `head` is all its fields but the date, in order."""

    status: int
    head: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.head if key == name), "")


@dataclass
class Browser:
    """Asks, and keeps the cookies it is given."""

    address: Address
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Seen:
        """A page; names of header fields with `_` for `-`."""
        return self._asked("GET", path, None, headers)

    def send(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Seen:
        """A form."""
        headers["content-type"] = "application/x-www-form-urlencoded"
        return self._asked("POST", path, urlencode(fields or {"x": ""}).encode(), headers)

    def upload(
        self, path: str, fields: dict[str, str], *files: tuple[str, bytes], **headers: str
    ) -> Seen:
        """A form with files in its field `file`: names and octets (RFC 7578)."""
        parts = [
            f'--b7\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for name, octets in files:
            head = f'--b7\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            parts.append(f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + octets + b"\r\n")
        headers["content-type"] = "multipart/form-data; boundary=b7"
        return self._asked("POST", path, b"".join(parts) + b"--b7--\r\n", headers)

    def _asked(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Seen:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{key}={one}" for key, one in self.cookies.items())
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            seen = Seen(answer.status, _head(answer.getheaders()), answer.read())
        finally:
            connection.close()
        for name, value in seen.head:
            if name == "set-cookie":
                self._keep(value)
        return seen

    def _keep(self, value: str) -> None:
        name, _, rest = value.partition("=")
        kept = rest.partition(";")[0].strip('"')
        self.cookies[name] = kept
        if not kept:
            del self.cookies[name]


def _head(fields: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in fields if name.lower() != "date")


def mails(config: Config) -> list[Message]:
    """What the desk sends when it has done everything that waits."""
    desk(config, once=True, log=maillog.to_nobody())
    spool, found = Spool(config.spool_out), []
    for path in spool.pending():
        found += [parse(item.raw) for item in spool.read(path)]
        spool.done(path)
    return found


def link_in(mail: Message) -> str:
    """The path of the link in a mail."""
    found = _LINK.search(mail.text)
    assert found is not None, mail.text  # noqa: S101
    return found[0]


def signed_in(config: Config, at: Address, address: str, *, place: str = "") -> Browser:
    """The browser of a member who signed in by mail."""
    browser = Browser(at)
    browser.send("/login/", {"address": address, "to": place})
    (mail,) = mails(config)
    browser.send(link_in(mail))
    return browser
