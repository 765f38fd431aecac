"""The key of backups: one age identity (X25519, age-encryption.org/v1), made with the first backup.

    private/keys/backup.age   one line, `AGE-SECRET-KEY-1…`, mode 0600

The one place of backups that knows pyrage. `age -d -i FILE` opens what is sealed here, too. Names
of pieces are made with the secret as well, so nobody who holds a backup can tell by their names
which files somebody else has, or put others in their place.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.backup.errors import BackupError
from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config

FILE = "backup.age"
_PURPOSE = b"solicomm backup: names of pieces, 1"


@dataclass(frozen=True, slots=True)
class Key:
    """What seals and opens a backup. `recipient` is public and names it, `age1…`."""

    secret: str
    recipient: str

    def seal(self, content: bytes) -> bytes:
        """Octets that the holder of the key alone can read."""
        import pyrage

        return bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(self.recipient)]))

    def open(self, sealed: bytes) -> bytes:
        """The octets that were sealed. Raises ValueError when they are not what was sealed, or not
        for this key."""
        import pyrage

        try:
            identity = pyrage.x25519.Identity.from_str(self.secret)
            return bytes(pyrage.decrypt(sealed, [identity]))
        except pyrage.DecryptError as error:
            raise ValueError(str(error)) from error

    def name(self, content: bytes) -> str:
        """What a piece with this content is called: 64 hex digits, the same for the same."""
        naming = hmac.new(_PURPOSE, self.secret.encode("ascii"), hashlib.sha256).digest()
        return hmac.new(naming, content, hashlib.sha256).hexdigest()


def path_of(config: Config) -> Path:
    """Where a hub keeps its key."""
    return config.keys / FILE


def of_hub(config: Config) -> Key:
    """The hub's own; made on first use, durable on return, mode 0600. Raises BackupError."""
    import pyrage

    path = path_of(config)
    if not path.exists():
        made = str(pyrage.x25519.Identity.generate())
        keys.keep_once(path, f"{made}\n".encode("ascii"))
    return read(path.read_text("ascii", "replace"), path)


def read(text: str, where: object) -> Key:
    """The key in the text of a file, as `age-keygen` writes one: lines with `#` are words. Raises
    BackupError when there is none."""
    import pyrage

    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    try:
        identity = pyrage.x25519.Identity.from_str(found[0])
    except (IndexError, ValueError, pyrage.IdentityError) as error:
        raise BackupError(
            f"{where} holds no key of a backup: one line that begins with AGE-SECRET-KEY-1. "
            "`solicomm backup key` prints a hub's own"
        ) from error
    return Key(found[0], str(identity.to_public()))


def of_file(path: Path | None) -> Key | None:
    """The key in a file that somebody names; None where none is named. Raises BackupError."""
    if path is None:
        return None
    try:
        return read(path.read_text("ascii", "replace"), path)
    except OSError as error:
        raise BackupError(
            f"{path}: {os.strerror(error.errno or 0)}. Name the key's file"
        ) from error
