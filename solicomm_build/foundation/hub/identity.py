"""Who a hub is: its key, its id, and its fingerprint in words that can be read out by telephone.

The key is Ed25519 in the form of OpenSSH, `private/keys/hub`. The id is the first label of the
hub's domain and eight characters of the first key's hash, such as `water-3fk2q7ab`: who has another
key has another id, but for a hub that gave up its key by both signatures (keychain.py). Once a card
says it (`private/network/card.yaml`) it stays, also when the domain becomes another:

    private/keys/hub.chain       the steps from the first key to this one
    private/keys/hub.former-<n>  keys that were given up; what was sealed to them can still be read
    private/keys/hub.next        the next key, while it changes
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation import clock, keys, safeio, schema, yamlsafe
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import keychain, sshsig
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.keychain import Keys, Step
from solicomm_build.foundation.types import HUB_ID
from solicomm_build.foundation.yamlsafe import Node

KEY = "hub"
ID = HUB_ID
"""What ids of hubs look like (use with fullmatch)."""

_CARD = "network/card.yaml"
"""Below `private/`: what the hub says of itself to others (docs/formats/network.md)."""
_NAMED = re.compile(rb"^id: [\"']?([a-z0-9-]+)[\"']?$", re.MULTILINE)
_CHAIN = "solicomm/keychain@1"
_MOST_CHAIN = 64 * 1024  # octets
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_WORDS = 6  # of 16 bits each: nobody finds another key with the same in a lifetime


@dataclass(frozen=True, slots=True)
class Identity:
    """This hub, as it signs. `pem` is the file of the private key, `former` those of keys that it
    gave up, `chain` how it did."""

    id: str
    public: str
    pem: bytes
    chain: tuple[Step, ...] = ()
    former: tuple[bytes, ...] = ()

    @property
    def keys(self) -> Keys:
        """This key, and those before."""
        return keychain.keys(self.chain, self.public)

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


def rekey(config: Config) -> Identity:
    """Gives up the hub's key for a new one, by both signatures; the hub as it is then. Durable on
    return, and safe to do again when it broke off. Not to be called by two at once. Raises
    StoreError when there is no key, or it was changed too often."""
    now = if_any(config)
    if now is None:
        raise StoreError(
            f"{key_path(config)} is not there, and without the old key nobody can sign that there"
            " is a new one. Bring it back from a backup; else `solicomm peer init` makes a hub that"
            " is new to all others, and every operator compares again"
        )
    if len(now.chain) >= keychain.MOST:
        raise StoreError(
            f"the key was changed {len(now.chain)} times, and others follow no more. Take"
            f" {config.keys} aside and begin with a new one: `solicomm peer init`"
        )
    path, new = key_path(config), sshsig.new_key()
    root = keychain.root_of(now.chain[0].key if now.chain else now.public)
    chain = (*now.chain, keychain.step(root, now.pem, new, clock.now()))
    former = path.with_name(f"{path.name}.former-{len(chain)}")
    safeio.write_atomic(former, now.pem, mode=0o600)
    safeio.write_atomic(_next(path), new, mode=0o600)
    point("network.rekey-made")
    top: dict[str, Node] = {"schema": _CHAIN, "steps": keychain.write(chain)}
    safeio.write_atomic(_chain(path), yamlsafe.dump(top).encode(), mode=0o600)  # now it counts
    point("network.rekey-signed")
    return _read(config, path)


def _finish(path: Path, last: str) -> None:
    """Ends a change of the key that broke off behind its signatures."""
    pem = _next(path).read_bytes() if _next(path).exists() else b""
    if pem and sshsig.public_key(pem) == last:
        safeio.write_atomic(path, pem, mode=0o600)
        _next(path).unlink()


def _read(config: Config, path: Path) -> Identity:
    chain = _steps(_chain(path))
    try:
        if chain and sshsig.public_key(path.read_bytes()) != chain[-1].next:
            _finish(path, chain[-1].next)
        pem = path.read_bytes()
        public = sshsig.public_key(pem)
    except ValueError as error:
        raise StoreError(
            f"{path} is not an Ed25519 key of OpenSSH. Bring it back from a backup; with a new one"
            " other hubs would not know this one any more"
        ) from error
    former = tuple(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}.former-*")))
    if not chain:
        return Identity(_id(config, public), public, pem)
    if public != chain[-1].next:
        raise StoreError(
            f"{path} is not the key that {_chain(path).name} leads to. Bring both back from a"
            " backup; with another key other hubs would not know this one any more"
        )
    return Identity(_id(config, chain[0].key), public, pem, chain, former)


def _id(config: Config, first: str) -> str:
    """What others call the hub with this first key: as its card has said it, else by its domain."""
    try:
        said = _NAMED.search((config.private / _CARD).read_bytes())
    except OSError:
        said = None
    named = said[1].decode("ascii") if said else ""
    return named if fits(named, first) else id_of(config.domain, first)


def _steps(path: Path) -> tuple[Step, ...]:
    if not path.exists():
        return ()
    top = schema.open_file(path.read_bytes(), file=str(path), max_bytes=_MOST_CHAIN)
    top.schema(_CHAIN)
    found = keychain.read(top.sections("steps", most=keychain.MOST))
    top.close()
    top.raise_faults()
    return found


def _chain(path: Path) -> Path:
    return path.with_name(f"{path.name}.chain")


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def id_of(domain: str, public: str) -> str:
    """The id of a hub by its mail domain and its key. Raises ValueError for what is no key."""
    label = re.sub(r"[^a-z0-9]+", "-", domain.lower().partition(".")[0])[:19].strip("-") or "hub"
    return f"{label}-{keychain.root_of(public)}"


def root(identifier: str) -> str:
    """What an id says of the hub's first key."""
    return identifier.rpartition("-")[2]


def fits(identifier: str, public: str) -> bool:
    """Whether an id is one that the holder of this key may have."""
    try:
        return bool(ID.fullmatch(identifier)) and root(identifier) == keychain.root_of(public)
    except ValueError:
        return False


def words(public: str) -> str:
    """The fingerprint of a key as words that can be said: five letters for each 16 bits (proquints,
    arXiv:0901.4016). Raises ValueError."""
    return spoken(sshsig.digest(public)[: 2 * _WORDS])


def spoken(octets: bytes) -> str:
    """Octets, of which there is an even number, as such words: a word for each two."""
    return " ".join(_word(octets[at] << 8 | octets[at + 1]) for at in range(0, len(octets) - 1, 2))


def _word(bits: int) -> str:
    c, v = _CONSONANTS, _VOWELS
    parts = (c[bits >> 12], v[bits >> 10 & 3], c[bits >> 6 & 15], v[bits >> 4 & 3], c[bits & 15])
    return "".join(parts)
