"""Domains of unions: proved by a TXT record, kept in `private/domains.json`.

    {"dockers.example": {"union": "dockers", "proven": "2026-11-24T20:00:00+00:00"}}

Written whole, under a lock, durable. What the record must say is a MAC of union and domain under
the hub's key, so nothing is kept of a domain that was never proved, and one union's record is of no
use to another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation import clock, keys, safeio
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.dns import Resolver
from solicomm_build.foundation.hub.webhost import Hosts, plain

RECORD = "_solicomm"
"""The name below the domain at which the record stands."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the DNS must say: a TXT record with this name and this text."""

    name: str
    text: str


class Domains:
    """The proven domains, read again when the file changes. Cheap to ask at every request."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stamp: tuple[int, int] | None = None
        self._hosts = Hosts(config.url, config.domain, config.pages)

    @property
    def hosts(self) -> Hosts:
        """Which host name shows what, as of now."""
        stamp = _stamp(_path(self._config))
        if stamp != self._stamp:
            found = proven(self._config)
            config = self._config
            self._hosts = Hosts(config.url, config.domain, config.pages, found)
            self._stamp = stamp
        return self._hosts


def challenge(config: Config, union: str, domain: str) -> Challenge:
    """What proves that a union may have a domain. Raises UsageError for a name that no union may
    have, HubError when there is no such union or no pages domain."""
    name, union = _checked(config, union, domain), _now(config, union)
    said = f"domain\0{union}\0{name}".encode()
    mac = hmac.digest(keys.token_key(config.keys), said, hashlib.sha256)
    word = base64.b32encode(mac).decode("ascii").lower()[:32]
    return Challenge(f"{RECORD}.{name}", f"solicomm-site={union}.{word}")


def check(config: Config, union: str, domain: str, resolver: Resolver) -> str:
    """Asks the DNS and keeps the domain, durable on return; returns it as kept. Raises HubError
    when the record is not there, NameLookupError when nobody answers."""
    wanted, name = challenge(config, union, domain), plain(domain)
    found = resolver.txt(wanted.name)
    if wanted.text.encode() not in found.records:
        there = ", ".join(record.decode("ascii", "replace")[:80] for record in found.records[:3])
        raise HubError(
            f"{wanted.name} has no such TXT record{f' (it says {there})' if there else ''}. "
            f'It must say "{wanted.text}"; after a change wait some minutes'
        )
    with safeio.locked(config.private / ".domains.lock"):
        known = _read(config)
        known[name] = {
            "union": _now(config, union),
            "proven": clock.now().isoformat(timespec="seconds"),
        }
        _write(config, known)
    return name


def remove(config: Config, union: str, domain: str) -> None:
    """Ends a domain, durable on return. Raises HubError when the union does not have it."""
    with safeio.locked(config.private / ".domains.lock"):
        known = _read(config)
        if known.get(plain(domain), {}).get("union") != _now(config, union):
            raise HubError(
                f"{union} does not have {domain}. `solicomm site list` shows who has what"
            )
        del known[plain(domain)]
        _write(config, known)


def rename(config: Config, old: str, new: str) -> None:
    """Has the domains of a union be those of its new id, durable on return; safe to call again."""
    with safeio.locked(config.private / ".domains.lock"):
        known = _read(config)
        mine = {name: row for name, row in known.items() if row["union"] == old}
        if mine:
            _write(config, {**known, **{name: {**row, "union": new} for name, row in mine.items()}})


def proven(config: Config) -> dict[str, str]:
    """The unions by their proven domains."""
    return {name: row["union"] for name, row in _read(config).items()}


def _checked(config: Config, union: str, domain: str) -> str:
    if not config.union_repo(union).exists():
        raise HubError(f"There is no union {union} in this hub")
    name = plain(domain)
    fault = Hosts(config.url, config.domain, config.pages).fault(name)
    union = _now(config, union)
    other = _now(config, config.mail_domains.get(name, union))
    taken = proven(config).get(name, union)
    if fault:
        raise UsageError(". ".join(fault))
    if other != union or taken != union:
        whose = other if other != union else taken
        raise UsageError(f"{name} belongs to {whose} here. Take it from them first")
    return name


def _now(config: Config, union: str) -> str:
    """The id of a union, by any that it has or had."""
    return config.union_repo(union).stem


def _read(config: Config) -> dict[str, Mapping[str, str]]:
    try:
        found: dict[str, Mapping[str, str]] = json.loads(_path(config).read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise HubError(
            f"{_path(config)} cannot be read: {error}. Bring it back from a backup, or take it "
            "away and prove the domains again"
        ) from None
    return found


def _write(config: Config, known: Mapping[str, Mapping[str, str]]) -> None:
    text = json.dumps(known, indent=1, sort_keys=True) + "\n"
    safeio.write_atomic(_path(config), text.encode(), mode=0o600)


def _path(config: Config) -> Path:
    return config.private / "domains.json"


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino
