"""The hub's secrets on disk: `private/keys`, mode 0700, not in git.

Foundation; imports safeio and errors. `token.key` holds 32 random octets that all VERP tags
and leave tokens are signed with (people/token.py): whoever loses it makes every link in mails sent
so far invalid. `posts.key` holds as many: ids of posts are made with it where only pseudonyms are
shown (post/store/knownids.py). DKIM keys are PEM files, one a domain and selector.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.safeio import fsync_dir

TOKEN_KEY = "token.key"  # noqa: S105 - the name of a file
POST_KEY = "posts.key"
_OCTETS = 32


def token_key(folder: Path) -> bytes:
    """The key in `<folder>/token.key`; made on first use, durable on return, mode 0600.

    Two processes that ask at the same time get the same one. Raises StoreError when the file is
    not a key: it must never be replaced in silence.
    """
    return _key(
        folder / TOKEN_KEY, "a new one would make the links in all mails sent so far invalid"
    )


def post_key(folder: Path) -> bytes:
    """The key in `<folder>/posts.key`; made and kept like `token_key`. Raises StoreError."""
    return _key(
        folder / POST_KEY,
        "with a new one answers would not find posts where only pseudonyms are shown",
    )


def post_key_if_any(folder: Path) -> bytes | None:
    """The same, or None while the hub has never needed it. Raises StoreError."""
    return post_key(folder) if (folder / POST_KEY).exists() else None


def _key(path: Path, price: str) -> bytes:
    if not path.exists():
        keep_once(path, secrets.token_bytes(_OCTETS))
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
