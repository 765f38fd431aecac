"""Sealed for one hub alone: age, with the hub's SSH key as the recipient, so that a hub has one key
(C2SP, age; its recipients of type ssh-ed25519).

The one place that knows pyrage, which is loaded when it is needed.
"""

from __future__ import annotations

from pathlib import Path

from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.identity import Identity


def seal(content: bytes, key: str) -> bytes:
    """The content for the hub of this public key."""
    import pyrage

    return bytes(pyrage.encrypt(content, [pyrage.ssh.Recipient.from_str(key)]))


def open_(blob: bytes, identity: Identity) -> bytes:
    """What another hub sealed for this one. Raises ContentError."""
    import pyrage

    try:
        own = [pyrage.ssh.Identity.from_buffer(one) for one in (identity.pem, *identity.former)]
        return bytes(pyrage.decrypt(blob, own))
    except (pyrage.DecryptError, ValueError) as error:
        raise closed() from error


def seal_file(source: Path, out: Path, key: str) -> None:
    """The same of files, which are never in memory whole. Blocking."""
    import pyrage

    pyrage.encrypt_file(str(source), str(out), [pyrage.ssh.Recipient.from_str(key)])


def open_file(source: Path, out: Path, identity: Identity) -> None:
    """The same of a file. Raises ContentError. Blocking."""
    import pyrage

    try:
        own = [pyrage.ssh.Identity.from_buffer(one) for one in (identity.pem, *identity.former)]
        pyrage.decrypt_file(str(source), str(out), own)
    except (pyrage.DecryptError, ValueError) as error:
        raise closed() from error


def closed(what: str = "what is sealed") -> ContentError:
    """The fault of what is not for us, or damaged."""
    remedy = "It was sealed for another hub, or damaged; get it anew"
    return ContentError(f"{what} cannot be opened", remedy=remedy)
