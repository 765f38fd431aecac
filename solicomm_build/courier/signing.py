"""The hub's DKIM key on disk, as a signer. One key a domain, in `private/keys`, made on first use.

Blocking; making an RSA key takes some tenths of a second, once in the life of a hub.
"""

from __future__ import annotations

from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.auth import dkim
from solicomm_build.message.auth.dkim import Signer


def signer_of(config: Config) -> Signer:
    """What signs for the hub's domain. Raises ContentError when the key is no key."""
    return Signer(key_of(config), config.domain)


def key_of(config: Config) -> bytes:
    """The private key of the hub's domain as PEM; two processes that ask first get the same."""
    path = keys.dkim_key_path(config.keys, config.domain)
    if not path.exists():
        keys.keep_once(path, dkim.new_key())
    return path.read_bytes()
