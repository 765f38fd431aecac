"""The hub's DKIM keys on disk, as a signer. One signs, in `private/keys`, made on first use.

    dkim-<domain>.pem              the first key, selector `solicomm`
    dkim-<domain>~<selector>.pem   one that comes after it
    dkim-<domain>.json             which signs, since when, and which did before

A new key is published beside the old one (RFC 6376 3.1) before it signs, and the old one stays
published until nothing that it signed is under way. Blocking; making an RSA key takes some tenths
of a second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import keys, safeio
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.auth.signer import LIFETIME, SELECTOR, Signer, new_key

KEPT = timedelta(seconds=LIFETIME) + timedelta(days=7)
"""So long an old key stays published: as its signatures hold, and a week."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Which selector signs, since when (UTC-aware; None when there was never another), and which
    signed before, as long as it has to stay published."""

    selector: str = SELECTOR
    since: datetime | None = None
    before: str = ""


def signer_of(config: Config) -> Signer:
    """What signs for the hub's domain. Raises ContentError when the key is no key."""
    return Signer(key_of(config), config.domain, now(config).selector)


def key_of(config: Config) -> bytes:
    """The private key that signs as PEM; two processes that ask first get the same."""
    path = _path(config, now(config).selector)
    if not path.exists():
        keys.keep_once(path, new_key())
    return path.read_bytes()


def now(config: Config) -> Signing:
    """Which key signs. Raises ContentError when the file that says it is damaged."""
    path = _noted(config)
    try:
        found = json.loads(path.read_bytes())
        since = datetime.fromisoformat(found["since"])
        return Signing(str(found["selector"]), since, str(found["before"]))
    except FileNotFoundError:
        return Signing()
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError("does not say which key signs", file=path.name) from error


def published(config: Config) -> Mapping[str, bytes]:
    """All keys by selector: the one that signs first, which is made when there is none, then the
    others that are here. Raises ContentError."""
    found = {now(config).selector: key_of(config)}
    base = keys.dkim_key_path(config.keys, config.domain)
    if base.exists():
        found.setdefault(SELECTOR, base.read_bytes())
    for path in sorted(config.keys.glob(f"{base.stem}~*.pem")):
        found.setdefault(path.stem.rpartition("~")[2], path.read_bytes())
    return found


def prepare(config: Config, at: datetime) -> str:
    """A new key that does not sign yet, durable on return; its selector."""
    base = f"s{at:%Y%m%d}"
    names = (base, *(f"{base}-{number}" for number in range(2, 100)))
    selector = next(one for one in names if not _path(config, one).exists())
    keys.keep_once(_path(config, selector), new_key())
    return selector


def switch(config: Config, selector: str, at: datetime) -> None:
    """From now on this key signs, in processes that begin after; durable on return."""
    Signer(_path(config, selector).read_bytes(), config.domain, selector)  # raises when it is none
    row = {"selector": selector, "since": at.isoformat(), "before": now(config).selector}
    safeio.write_atomic(_noted(config), json.dumps(row).encode() + b"\n", mode=0o600)


def retire(config: Config) -> str:
    """Takes the key away that signed before; its selector. Durable on return."""
    was = now(config)
    _path(config, was.before).unlink(missing_ok=True)
    since = was.since.isoformat() if was.since else ""
    row = {"selector": was.selector, "since": since, "before": ""}
    safeio.write_atomic(_noted(config), json.dumps(row).encode() + b"\n", mode=0o600)
    return was.before


def _path(config: Config, selector: str) -> Path:
    name = "" if selector == SELECTOR else selector
    return keys.dkim_key_path(config.keys, config.domain, name)


def _noted(config: Config) -> Path:
    return keys.dkim_key_path(config.keys, config.domain).with_suffix(".json")
