"""`solicomm check`: would this hub work as an operator means it to? Reads, and makes the DKIM key.

What hub.yaml says (its form is config.py's business), who may read what is private, the key, the
disk, the clock, and whether the relay answers. Nothing but a relay on this machine, and the DNS
that hub.yaml names, is ever contacted.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from solicomm_build import clock, keys
from solicomm_build.config import FILE, Config
from solicomm_build.errors import ContentError
from solicomm_build.message import dkim, dnsrecords
from solicomm_build.message.dnsrecords import DnsRecord
from solicomm_build.store import signing
from solicomm_build.store.dns import resolver_of

_PATIENCE = 5.0  # seconds for the relay
_AHEAD = 120.0  # seconds that a file may be younger than now
_RESERVED = (".example", ".invalid", ".test", ".localhost", ".local")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `fault` stops mail or leaks it; `warning` is to be known."""

    level: Literal["fine", "warning", "fault"]
    what: str
    finding: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.level}: {self.what}: {self.finding}"
        return f"{text}. {self.remedy}" if self.remedy else text


def check(config: Config) -> list[Finding]:
    """Everything that was looked at, in reading order. Blocking, for seconds when the DNS or the
    relay is slow."""
    return [
        *_names(config),
        *_delivery(config),
        *_privacy(config),
        *_key(config),
        *_published(config),
        *_disk(config),
        *_clock(config),
    ]


def records(config: Config) -> tuple[DnsRecord, ...]:
    """The DNS records this hub needs; its key is made when it has none. Raises ContentError."""
    host = f"mail.{config.domain}"
    reports = f"postmaster@{config.domain}" if config.operator else None
    key = dkim.key_record(signing.key_of(config))
    found = dnsrecords.records(config.domain, host=host, dkim_record=key, reports=reports)
    for domain in sorted(config.mail_domains):
        found += dnsrecords.for_people(domain, host=host, reports=reports)
    return found


def _names(config: Config) -> Iterator[Finding]:
    sends = config.delivery == "relay"
    host = urlsplit(config.url).hostname or ""
    if "." not in config.domain or f".{config.domain}".endswith(_RESERVED):
        yield Finding(
            "fault" if sends and not _is_loopback(config.relay[0]) else "warning", "domain",
            f"{config.domain} cannot be reached from elsewhere",
            "Fine for a trial; else write your own domain",
        )  # fmt: skip
    else:
        yield Finding("fine", "domain", config.domain)
    if _is_loopback(host):
        yield Finding(
            "warning", "url", f"links in mails start with {config.url}, which only works here",
            "Write the address that members reach the hub by",
        )  # fmt: skip
    elif not config.url.startswith("https:"):
        yield Finding(
            "warning", "url", "one-click unsubscribing has to be https (RFC 8058 3.1)",
            "Put a web server with TLS in front and write `url: https://…`",
        )  # fmt: skip
    else:
        yield Finding("fine", "url", config.url)
    if config.operator is None:
        yield Finding(
            "warning", "operator", "nobody gets what is written to postmaster and abuse",
            "Write `operator: you@…` (RFC 2142 asks for it)",
        )  # fmt: skip


def _delivery(config: Config) -> Iterator[Finding]:
    host, port = config.relay
    if config.delivery == "sink":
        yield Finding("fine", "delivery", "sink: nobody is mailed")
    elif not _is_loopback(host):
        yield Finding(
            "warning", "relay", f"{host}:{port} is another machine, and was not tried",
            "Lists are best handed to a mail server on this machine, which queues and encrypts",
        )  # fmt: skip
    elif (trouble := _trouble(host, port)) is not None:
        yield Finding(
            "fault", "relay", f"{host}:{port} {trouble}",
            "Start the mail server there, or mend `relay:`",
        )  # fmt: skip
    else:
        yield Finding("fine", "relay", f"{host}:{port} answers")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _trouble(host: str, port: int) -> str | None:
    """Why a mail server cannot be talked to; None when it greets (RFC 5321 4.2, 220)."""
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE) as connection:
            greeting = connection.recv(512)
            connection.sendall(b"QUIT\r\n")
    except OSError as error:
        return f"does not answer ({error.strerror or 'it took too long'})"
    return None if greeting.startswith(b"220") else "is not ready for mail"


def _privacy(config: Config) -> Iterator[Finding]:
    wide = [
        path.relative_to(config.root).as_posix()
        for path in (config.private, config.keys, *_files(config.keys))
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if wide:
        yield Finding(
            "fault", "private", f"others on this machine can read {', '.join(wide)}",
            f"chmod -R go-rwx {config.private}",
        )  # fmt: skip
    elif not os.access(config.private, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(
            "fault", "private", "this user cannot write there",
            "Run as the user that the hub belongs to",
        )  # fmt: skip
    else:
        yield Finding("fine", "private", "only its owner can read it")


def _files(folder: Path) -> list[Path]:
    """The keys themselves; locks hold nothing."""
    return sorted(one for one in folder.glob("*") if one.suffix != ".lock")


def _key(config: Config) -> Iterator[Finding]:
    path = keys.dkim_key_path(config.keys, config.domain)
    shown = path.relative_to(config.root).as_posix()
    made = not path.exists()
    try:
        signer = signing.signer_of(config)
    except (ContentError, OSError) as error:
        yield Finding(
            "fault", "DKIM key", f"{shown}: {error}", "Put a good key there, or remove the file"
        )
        return
    fate = "made just now" if made else "is there"
    yield Finding("fine", "DKIM key", f"{shown} ({signer.algorithm}) {fate}")


def _published(config: Config) -> Iterator[Finding]:
    resolver = resolver_of(config)
    if resolver is None:
        yield Finding("fine", "DNS", "`dns: off`, so it was not asked what is published")
        return
    try:
        lacking = list(dnsrecords.missing(records(config), resolver.txt))
    except (ContentError, OSError):
        return  # the key is of no use; that has been said
    for one in lacking:
        yield Finding("warning", "DNS", one, "`solicomm check --dns` prints what to publish")
    if not lacking:
        yield Finding("fine", "DNS", "SPF, DKIM and DMARC are published")


def _disk(config: Config) -> Iterator[Finding]:
    usage = shutil.disk_usage(config.root)
    free = 100 * usage.free // usage.total
    text = f"{free} % free, {usage.free / 2**30:.1f} GiB"
    least = config.limits.free_disk_percent
    if free < least:
        yield Finding("fault", "disk", f"{text}; below {least} % no mail is taken", "Make room")
    elif free < 2 * least:
        yield Finding("warning", "disk", f"{text}; below {least} % no mail is taken", "Make room")
    else:
        yield Finding("fine", "disk", text)


def _clock(config: Config) -> Iterator[Finding]:
    written = (config.root / FILE).stat().st_mtime
    if clock.timestamp() < written - _AHEAD:
        yield Finding(
            "fault", "clock", f"it is behind: {clock.now():%Y-%m-%d %H:%M} UTC is before {FILE}",
            "Set it, and let it be kept (systemd-timesyncd, chrony): signatures and tokens expire",
        )  # fmt: skip
    else:
        yield Finding("fine", "clock", f"{clock.now():%Y-%m-%d %H:%M} UTC")
