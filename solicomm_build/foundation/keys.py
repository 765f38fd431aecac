"""The hub's secrets on disk: `private/keys`, mode 0700, not in git.

Foundation; imports safeio, clock and errors. `token.key` holds 32 random octets that all VERP tags
and leave tokens are signed with (people/token.py): whoever loses it makes every link in mails sent
so far invalid. Where the key was changed, `token-<time>.key` has a newer one, which signs from then
on; what the one before signed is good for a year more (`TERM`), or no longer when the name ends in
`-alone.key`. What is only called by a hash goes on to be called by that of the first. `posts.key`
holds as many octets: ids of posts are made with it where only pseudonyms are shown
(post/store/knownids.py). `spool.key` seals what is kept in a store of objects, and is the same on
each machine of a hub. DKIM keys are PEM files, one a domain and selector.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.safeio import fsync_dir

TOKEN_KEY = "token.key"  # noqa: S105 - the name of a file
POST_KEY = "posts.key"
SPOOL_KEY = "spool.key"
TERM = timedelta(days=366)
"""So long what a key signed stays good after another took its place."""
_OCTETS = 32
_STEP = timedelta(seconds=1)  # between two keys, by their names
_LATER = re.compile(r"token-([0-9]{8}T[0-9]{6}Z)(-alone)?\.key")
_TIME = "%Y%m%dT%H%M%SZ"
_PRICE = "a new one would make the links in all mails sent so far invalid"
_PRICE_OF_POSTS = "with a new one answers would not find posts where only pseudonyms are shown"
_PRICE_OF_SPOOL = "what waits in S3 could not be read with a new one"


@dataclass(frozen=True, slots=True)
class Later:
    """A key that took the place of another: since when, whether nothing of before is good any more,
    its octets."""

    since: datetime
    is_alone: bool
    octets: bytes


class TokenKey(bytes):
    """The first key of a hub, by which things are called, and what its tokens are signed with now.
    A process that stays sees a new one at once; asking costs a look at the folder's stamp."""

    folder: Path
    _seen: tuple[int, tuple[Later, ...]]

    def __new__(cls, octets: bytes, folder: Path) -> TokenKey:
        made = super().__new__(cls, octets)
        made.folder, made._seen = folder, (-1, ())
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return TokenKey, (bytes(self), self.folder)

    @property
    def later(self) -> tuple[Later, ...]:
        """The keys after the first, the oldest first. Raises StoreError for a damaged one."""
        with contextlib.suppress(FileNotFoundError):
            stamp = self.folder.stat().st_mtime_ns
            if stamp != self._seen[0]:
                self._seen = stamp, tuple(_later(self.folder))
        return self._seen[1]

    @property
    def signing(self) -> bytes:
        """What a new token is signed with."""
        later = self.later
        return later[-1].octets if later else bytes(self)

    @property
    def accepted(self) -> tuple[bytes, ...]:
        """What a token may be signed with, the newest first."""
        later, found = self.later, [self.signing]
        if not later:
            return tuple(found)
        earlier = [bytes(self), *(one.octets for one in later[:-1])]
        for octets, after in zip(reversed(earlier), reversed(later), strict=True):
            if after.is_alone or clock.now() >= after.since + TERM:
                break
            found.append(octets)
        return tuple(found)


def _later(folder: Path) -> list[Later]:
    return [
        Later(_since(match), bool(match[2]), _read(path, _PRICE)) for path, match in _named(folder)
    ]


def _named(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    """The files of the keys after the first, the oldest first."""
    paths = sorted(folder.glob("token-*.key"))
    return [(path, match) for path in paths if (match := _LATER.fullmatch(path.name))]


def _since(match: re.Match[str]) -> datetime:
    return datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)


def token_key(folder: Path) -> TokenKey:
    """The key in `<folder>/token.key`, with those that came after; made on first use, durable on
    return, mode 0600.

    Two processes that ask at the same time get the same one. Raises StoreError when the file is
    not a key: it must never be replaced in silence.
    """
    return TokenKey(_key(folder / TOKEN_KEY, _PRICE), folder)


def change_token_key(folder: Path, *, alone: bool) -> datetime:
    """Has tokens be signed with a new key from now on; what was signed before is good for `TERM`
    more, or, when the new key stands `alone`, not at all. Durable on return; since when: now, or a
    second after the newest key that is there, where that bears this second, or the clock was ahead.
    """
    token_key(folder)
    secret = secrets.token_bytes(_OCTETS)
    while True:
        known = [_since(match) + _STEP for _, match in _named(folder)]
        since = max([clock.now().replace(microsecond=0), *known])
        path = folder / f"token-{since.strftime(_TIME)}{'-alone' if alone else ''}.key"
        before = folder.stat().st_mtime_ns
        keep_once(path, secret)
        if path.read_bytes() == secret:  # else somebody was faster
            _stamp(folder, before)
            return since


def _stamp(folder: Path, before: int) -> None:
    """Has a folder's stamp be later than before, by which processes see that a key came: the file
    system's clock goes in steps, and two changes may fall into one."""
    found = folder.stat()
    os.utime(folder, ns=(found.st_atime_ns, max(before, found.st_mtime_ns) + 1))


def signs(key: bytes) -> bytes:
    """What of a key a new token is signed with."""
    return key.signing if isinstance(key, TokenKey) else key


def accepts(key: bytes) -> tuple[bytes, ...]:
    """All that a token may be signed with."""
    return key.accepted if isinstance(key, TokenKey) else (key,)


def post_key(folder: Path) -> bytes:
    """The key in `<folder>/posts.key`; made and kept like `token_key`. Raises StoreError."""
    return _key(folder / POST_KEY, _PRICE_OF_POSTS)


def post_key_if_any(folder: Path) -> bytes | None:
    """The same, or None while the hub has never needed it. Raises StoreError."""
    return post_key(folder) if os.path.exists(f"{folder}/{POST_KEY}") else None


def spool_key(folder: Path) -> bytes:
    """The key in `<folder>/spool.key`; made and kept like `token_key`. Raises StoreError."""
    return _key(folder / SPOOL_KEY, _PRICE_OF_SPOOL)


def damaged(folder: Path) -> Iterator[tuple[str, str]]:
    """Which of these keys are none any more, by their names, and what to do. Makes none."""
    priced = {TOKEN_KEY: _PRICE, POST_KEY: _PRICE_OF_POSTS, SPOOL_KEY: _PRICE_OF_SPOOL}
    for path in sorted(folder.glob("*.key")):
        price = _PRICE if _LATER.fullmatch(path.name) else priced.get(path.name)
        if price is not None and path.stat().st_size != _OCTETS:
            yield path.name, f"Bring it back from a backup; {price}"


def _key(path: Path, price: str) -> bytes:
    if not path.exists():
        keep_once(path, secrets.token_bytes(_OCTETS))
    return _read(path, price)


def _read(path: Path, price: str) -> bytes:
    key = path.read_bytes()
    if len(key) != _OCTETS:
        raise StoreError(
            f"{path} is not a key of {_OCTETS} octets. Bring it back from a backup; {price}"
        )
    return key


def keep_once(path: Path, secret: bytes) -> None:
    """Writes a new secret and gives it its name in one step, mode 0600, durable on return; leaves
    what is there when somebody was faster."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(fd, secret)
        os.fsync(fd)
    finally:
        os.close(fd)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
    temporary.unlink()
    fsync_dir(path.parent)


def dkim_key_path(folder: Path, domain: str, selector: str = "") -> Path:
    """Where a DKIM key of a domain lies: PEM, mode 0600. Without a `selector` it is the first one
    that the hub had."""
    return folder / f"dkim-{domain.lower()}{f'~{selector}' if selector else ''}.pem"
