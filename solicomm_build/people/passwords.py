"""Passwords of people who read kept mail: `private/keys/passwd`, mode 0600, not in git.

One line for each mailbox, sorted: `<name>@<domain>:{ARGON2ID}$argon2id$v=19$...`, the form that
Dovecot's passwd-file and `doveadm pw` use. Argon2id (RFC 9106) with one lane, which is all that
libsodium checks, 64 MiB and three passes: the second choice that RFC 9106 4 recommends, with one
lane in place of four.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import locked, write_atomic

FILE = "passwd"
SHORTEST = 10

_SCHEME = "{ARGON2ID}"
_KIBIBYTES = 64 * 1024


def hashed(password: str) -> str:
    """What is stored of a password. Takes a tenth of a second or so."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # a hook of git needs none

    made = Argon2id(
        salt=secrets.token_bytes(16), length=32, iterations=3, lanes=1, memory_cost=_KIBIBYTES
    )
    return _SCHEME + made.derive_phc_encoded(password.encode("utf-8"))


def set_password(config: Config, address: str, password: str) -> None:
    """A new password for an address, durable on return. Raises UsageError for one too short."""
    if len(password) < SHORTEST:
        raise UsageError(f"A password has at least {SHORTEST} characters")
    if not password.isprintable():
        raise UsageError("A password has no characters that cannot be seen")
    _change(config, address, hashed(password))


def is_set(config: Config, address: str) -> bool:
    """Whether an address has a password."""
    return address in read(config)


def fits(config: Config, address: str, password: str) -> bool:
    """Whether it is the password of an address. Takes a tenth of a second or so, also where there
    is none."""
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    stored = read(config).get(address, "") or hashed("")
    phc = stored.removeprefix(_SCHEME)
    try:
        Argon2id.verify_phc_encoded(password.encode("utf-8"), phc)
    except (InvalidKey, ValueError, UnicodeEncodeError):
        return False
    return address in read(config)


def forget(config: Config, address: str) -> None:
    """Ends a password; nothing happens where there is none."""
    if address in read(config):
        _change(config, address, "")


def read(config: Config) -> dict[str, str]:
    """The hashes by address."""
    try:
        text = _path(config).read_text("utf-8")
    except FileNotFoundError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {address: stored for address, _, stored in pairs}


def _change(config: Config, address: str, stored: str) -> None:
    path = _path(config)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(path.with_name(".passwd.lock")):
        all_of_them = {**read(config), address: stored}
        lines = [f"{who}:{what}\n" for who, what in sorted(all_of_them.items()) if what]
        write_atomic(path, "".join(lines).encode("utf-8"), mode=0o600)
        os.chmod(path, 0o600)


def _path(config: Config) -> Path:
    return config.keys / FILE
