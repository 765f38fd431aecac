"""Addresses under which forwarded mail travels on, so that SPF holds and bounces find home.

Pure. A server that gets mail from us asks whether we may send for the domain of the reverse-path
(RFC 7208 2.4), so a forward has one of ours: the sender rewriting scheme's

    srs0=<mac>=<day>=<domain>=<local part>@<our domain>

where `day` is two characters of base32, the day modulo 1,024, and `mac` eight, of an HMAC over day
and address. Nothing is stored. An address is good for `DAYS` days; later, or with a mac that is not
ours, it is no address here. Everything is compared in lower case, since servers on the way may
write it so; the domain is written in A-labels (RFC 5890 2.3.2.1). A sender whose address would
become longer than the 64 octets that every server must take (RFC 5321 4.5.3.1.1), or has quotes, is
not rewritten.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from solicomm_build.foundation.keys import accepts, signs
from solicomm_build.people.address import fold
from solicomm_build.people.recipients import ascii_domain

DAYS = 21
"""How long a bounce may take. Queues give up after five days (RFC 5321 4.5.4.1)."""

PREFIX = "srs0="
LONGEST = 64

_ROUND = 1024  # days until two characters of base32 begin anew
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_ADDRESS = re.compile(r"([a-z2-7]{8})=([a-z2-7]{2})=([^=@]+)=(.+)")
_LOCAL = re.compile(r"[^\s<>()\[\],:;\\\"@\x00-\x1f\x7f]+")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def rewritten(key: bytes, sender: str, our_domain: str, epoch_day: int) -> str | None:
    """The reverse-path for a forward of `sender`'s mail; None where there can be none."""
    local, _, domain = sender.rpartition("@")
    local, domain = fold(local), ascii_domain(domain)
    if not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        return None
    day = _day(epoch_day)
    ours = f"{PREFIX}{_mac(signs(key), day, local, domain)}={day}={domain}={local}"
    return f"{ours}@{our_domain}" if len(ours.encode()) <= LONGEST else None


def original(key: bytes, local_part: str, epoch_day: int) -> str | None:
    """Whose mail travelled under this local part; None when it is not ours, or over."""
    local_part = fold(local_part)
    match = _ADDRESS.fullmatch(local_part.removeprefix(PREFIX))
    if match is None or not local_part.startswith(PREFIX):
        return None
    mac, day, domain, local = match.groups()
    made = (_mac(one, day, local, domain) for one in accepts(key))
    if not any([hmac.compare_digest(mac, one) for one in made]):
        return None
    age = (epoch_day - _number(day)) % _ROUND
    return f"{local}@{domain}" if age <= DAYS or age == _ROUND - 1 else None  # a clock set back


def _mac(key: bytes, day: str, local: str, domain: str) -> str:
    facts = f"srs\0{day}\0{local}@{domain}".encode()
    octets = hmac.digest(key, facts, hashlib.sha256)[:5]
    return base64.b32encode(octets).decode("ascii").lower()


def _day(epoch_day: int) -> str:
    number = epoch_day % _ROUND
    return _DIGITS[number >> 5] + _DIGITS[number & 31]


def _number(day: str) -> int:
    return (_DIGITS.index(day[0]) << 5) + _DIGITS.index(day[1])
