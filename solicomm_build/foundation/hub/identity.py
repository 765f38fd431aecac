"""Who a hub is: its key, its id, and its fingerprint in words that can be read out by telephone.

The key is Ed25519 in the form of OpenSSH, `private/keys/hub`, made once. The id is the first label
of the hub's domain and eight characters of the key's hash, such as `water-3fk2q7ab`: who has
another key has another id.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import sshsig
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import HUB_ID

KEY = "hub"
ID = HUB_ID
"""What ids of hubs look like (use with fullmatch)."""

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_WORDS = 6  # of 16 bits each: nobody finds another key with the same in a lifetime


@dataclass(frozen=True, slots=True)
class Identity:
    """This hub, as it signs. `pem` is the file of the private key."""

    id: str
    public: str
    pem: bytes

    def sign(self, data: bytes, namespace: str) -> str:
        """The armoured signature of this hub."""
        return sshsig.sign(data, self.pem, namespace)


def of(config: Config) -> Identity:
    """The hub's identity; the key is made at the first call, durable on return, mode 0600. Raises
    StoreError when the file is no key: a new one would make the hub a stranger to all others."""
    path = key_path(config)
    if not path.exists():
        keys.keep_once(path, sshsig.new_key())
    return _read(config, path)


def if_any(config: Config) -> Identity | None:
    """The same, or None while the hub has never needed one. Raises StoreError."""
    path = key_path(config)
    return _read(config, path) if path.exists() else None


def key_path(config: Config) -> Path:
    """Where the private key lies."""
    return config.keys / KEY


def _read(config: Config, path: Path) -> Identity:
    pem = path.read_bytes()
    try:
        public = sshsig.public_key(pem)
    except ValueError as error:
        raise StoreError(
            f"{path} is not an Ed25519 key of OpenSSH. Bring it back from a backup; with a new one"
            " other hubs would not know this one any more"
        ) from error
    return Identity(id_of(config.domain, public), public, pem)


def id_of(domain: str, public: str) -> str:
    """The id of a hub by its mail domain and its key. Raises ValueError for what is no key."""
    label = re.sub(r"[^a-z0-9]+", "-", domain.lower().partition(".")[0])[:19].strip("-") or "hub"
    return f"{label}-{_hashed(public)}"


def fits(identifier: str, public: str) -> bool:
    """Whether an id is one that the holder of this key may have."""
    try:
        return bool(ID.fullmatch(identifier)) and identifier.endswith(f"-{_hashed(public)}")
    except ValueError:
        return False


def words(public: str) -> str:
    """The fingerprint of a key as words that can be said: five letters for each 16 bits (proquints,
    arXiv:0901.4016). Raises ValueError."""
    octets = sshsig.digest(public)[: 2 * _WORDS]
    return " ".join(_word(octets[at] << 8 | octets[at + 1]) for at in range(0, 2 * _WORDS, 2))


def _word(bits: int) -> str:
    c, v = _CONSONANTS, _VOWELS
    parts = (c[bits >> 12], v[bits >> 10 & 3], c[bits >> 6 & 15], v[bits >> 4 & 3], c[bits & 15])
    return "".join(parts)


def _hashed(public: str) -> str:
    return base64.b32encode(sshsig.digest(public)[:5]).decode("ascii").lower()
