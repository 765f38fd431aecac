"""Tokens and tags in addresses and links (docs/mail-rules.md#tokens). All are 26 characters of
base32 in lower case: 128 bits, so that a list's name and a purpose fit beside them into 64 octets.

Pure, but for the randomness of `fresh`. Six kinds:

- *stored* tokens (`fresh`): 128 random bits. What they allow is a `token` event in the roster,
  under `digest(token)`; the token itself is only in the mail. Single use.
- *leave* tokens: member number (32 bits), hash of the conference (16), HMAC (80). Nothing is
  stored; a token is good as long as the member number exists.
- *member* tokens: the same for one thing of a conference, such as a vote: member number (32), hash
  of the conference (16), HMAC (80) over these, what it is for and the thing's id. Good for the
  member's answers about this thing, as often as it takes.
- *VERP tags*: member number (32 bits), day of the post (16, days since 1970-01-01: enough until
  2149), HMAC (80).
- *numbered* tokens, for what a feature counts itself, such as who follows which topic: the number
  (48 bits) and HMAC (80) over it and the feature's word.
- *document* tokens, in links only: last day (16 bits), HMAC (112) over it, a deposit's key and the
  SHA-256 of one of its files.

A forged one passes with probability 2^-80. The signed kinds are told apart by what is hashed,
so one is never good as the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import unquote

from solicomm_build.foundation.keys import accepts, signs

LENGTH = 26
"""Characters of a token: 16 octets in base32 without padding."""

LONGEST = 200
"""Characters of a text that is looked at for a token: an address has 254 octets at most (RFC 5321
4.5.3.1), of which the token is 26, and a subject around it is short."""

MOST_NUMBER = 2**32 - 1
"""The highest member number that a tag can carry."""

_MAC_OCTETS = 10
_VOTE = "vote"
_TOKEN = re.compile(r"[a-z2-7]{26}")
_CANDIDATE = re.compile(r"(?<![a-z0-9])(?:=?3d)?([a-z2-7]{26})(?![a-z0-9])")
_SOFT_BREAK = re.compile(r"(?:=|(?<![= \t]))[ \t]*+\r?\n[ \t]*+")


def fresh() -> str:
    """A new stored token."""
    return _text(secrets.token_bytes(16))


def digest(token: str) -> str:
    """What is stored of a token: SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()


def verp_tag(key: bytes, number: int, epoch_day: int) -> str:
    """The tag of the reverse-path of a copy: who it was for and the day it was sent."""
    facts = number.to_bytes(4, "big") + epoch_day.to_bytes(2, "big")
    return _text(facts + _mac(signs(key), b"verp", facts))


def read_verp_tag(key: bytes, tag: str) -> tuple[int, int] | None:
    """(member number, epoch day) of a tag that we made; None for any other text."""
    octets = _octets(tag)
    if octets is None or not _is_any(key, octets[6:], lambda one: _mac(one, b"verp", octets[:6])):
        return None
    return int.from_bytes(octets[:4], "big"), int.from_bytes(octets[4:6], "big")


def leave_token(key: bytes, conference: str, number: int) -> str:
    """The token by which a member leaves a conference without further question."""
    member = number.to_bytes(4, "big")
    return _text(member + _short(conference) + _leave_mac(signs(key), conference, member))


def read_leave_token(key: bytes, token: str, conferences: Iterable[str]) -> tuple[str, int] | None:
    """(conference, member number) of a token that we made, when the conference is among
    `conferences`; None for any other text."""
    octets = _octets(token)
    if octets is None:
        return None
    for conference in conferences:
        wanted = partial(_leave_mac, conference=conference, member=octets[:4])
        if _short(conference) == octets[4:6] and _is_any(key, octets[6:], wanted):
            return conference, int.from_bytes(octets[:4], "big")
    return None


def member_token(key: bytes, use: str, conference: str, thing: str, number: int) -> str:
    """The token by which a member answers about a thing of a conference; `use` is the feature's own
    word for what it allows, so that a token of one use is never good for another."""
    facts = number.to_bytes(4, "big") + _short(conference)
    return _text(facts + _mac(signs(key), use.encode(), facts + thing.encode()))


def read_member_token(key: bytes, use: str, token: str, thing: str) -> int | None:
    """The member number of a token for this use and thing that we made; None for any other text."""
    octets = _octets(token)
    if octets is None:
        return None
    wanted = partial(_mac, kind=use.encode(), facts=octets[:6] + thing.encode())
    return int.from_bytes(octets[:4], "big") if _is_any(key, octets[6:], wanted) else None


def is_of(token: str, conference: str) -> bool:
    """Whether a member token is for a thing of this conference."""
    octets = _octets(token)
    return octets is not None and octets[4:6] == _short(conference)


def numbered_token(key: bytes, use: str, number: int) -> str:
    """The token for one of the things that a feature counts; `use` is the feature's own word."""
    facts = number.to_bytes(6, "big")
    return _text(facts + _mac(signs(key), use.encode(), b"numbered\0" + facts))


def read_numbered_token(key: bytes, use: str, token: str) -> int | None:
    """The number of a token for this use that we made; None for any other text."""
    octets = _octets(token)
    if octets is None:
        return None
    wanted = partial(_mac, kind=use.encode(), facts=b"numbered\0" + octets[:6])
    if not _is_any(key, octets[6:], wanted):
        return None
    return int.from_bytes(octets[:6], "big")


def vote_token(key: bytes, conference: str, poll: str, number: int) -> str:
    """The token by which a member votes in a poll of a conference."""
    return member_token(key, _VOTE, conference, poll, number)


def read_vote_token(key: bytes, token: str, poll: str) -> int | None:
    """The member number of a token for a poll that we made; None for any other text."""
    return read_member_token(key, _VOTE, token, poll)


def document_token(key: bytes, deposit: str, sha256: str, who: str, epoch_day: int) -> str:
    """The token by which somebody fetches one file of a deposit, until the end of a day."""
    day = epoch_day.to_bytes(2, "big")
    return _text(day + _document_mac(signs(key), deposit, sha256, who, day))


def read_document_token(key: bytes, token: str, deposit: str, sha256: str, who: str) -> int | None:
    """The last day of a token for this file that we made for somebody; None for any other text."""
    octets = _octets(token)
    if octets is None:
        return None
    wanted = partial(_document_mac, deposit=deposit, sha256=sha256, who=who, day=octets[:2])
    if not _is_any(key, octets[2:], wanted):
        return None
    return int.from_bytes(octets[:2], "big")


def normalise(text: str) -> str | None:
    """The one token in what mail programs, people and gateways make of it, or None.

    Upper case, `=3D` and soft line breaks of quoted-printable that nobody decoded, percent signs,
    folding, and the rest of a `mailto:` address or a subject around it are seen through. With
    several candidates the one after a `+` counts. In more than `LONGEST` characters there is none.
    """
    if len(text) > LONGEST:
        return None
    plain = unquote(_SOFT_BREAK.sub("", text), errors="replace").lower()
    for attempt in (plain, "".join(plain.split())):
        found = list(_CANDIDATE.finditer(attempt))
        tagged = [match for match in found if attempt[: match.start()].endswith("+")]
        tokens = {match[1] for match in tagged or found}
        if len(tokens) == 1:
            return tokens.pop()
    return None


def _text(octets: bytes) -> str:
    return base64.b32encode(octets).decode("ascii").rstrip("=").lower()


def _octets(token: str) -> bytes | None:
    """The 16 octets of a token in its one spelling."""
    if not _TOKEN.fullmatch(token):
        return None
    octets = base64.b32decode(token.upper() + "======")
    return octets if _text(octets) == token else None


def _is_any(key: bytes, mac: bytes, made: Callable[[bytes], bytes]) -> bool:
    """Whether a MAC is made by one of the keys that count."""
    return any([hmac.compare_digest(mac, made(one)) for one in accepts(key)])


def _mac(key: bytes, kind: bytes, facts: bytes) -> bytes:
    return hmac.digest(key, b"solicomm\0" + kind + b"\0" + facts, "sha256")[:_MAC_OCTETS]


def _document_mac(key: bytes, deposit: str, sha256: str, who: str, day: bytes) -> bytes:
    facts = b"solicomm\0document\0" + day + f"{deposit}\0{sha256}\0{who}".encode()
    return hmac.digest(key, facts, "sha256")[:14]


def _leave_mac(key: bytes, conference: str, member: bytes) -> bytes:
    return _mac(key, b"leave", member + conference.encode())


def _short(conference: str) -> bytes:
    return hashlib.sha256(conference.encode()).digest()[:2]
